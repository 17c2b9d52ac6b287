import type { QueueStats } from '@murmur/kestrel-client';
import type { Metrics } from '@murmur/service';
import type { Poison } from './persister-core.js';

/** Lag is seconds when all is well and hours after an outage. */
const LAG_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200] as const;
/** Two gauges of one scrape share one question to the Kestrels, ms. */
const QUEUE_STATS_FOR_MS = 500;

export interface PersisterMetrics {
  readonly persisted: (kind: 'status' | 'delete', lagSeconds: number) => void;
  readonly batch: () => void;
  readonly poison: (cause: Poison['cause']) => void;
  readonly retry: () => void;
  readonly refanned: (statuses: number) => void;
}

/** Where the gauges look when they are scraped. */
export interface PersisterView {
  /** Age of the oldest event in hand, s; 0 with empty hands. */
  lagSeconds(): number;
  queue(): Promise<readonly QueueStats[]>;
}

export function persisterMetrics(metrics: Metrics, view: () => PersisterView): PersisterMetrics {
  const lag = metrics.histogram('murmur_persister_lag_seconds', 'From acceptance to commit', [], LAG_BUCKETS);
  const rows = metrics.counter('murmur_persister_rows_total', 'Events written to MySQL', ['kind']);
  const batches = metrics.counter('murmur_persister_batches_total', 'Batches written and confirmed');
  const poison = metrics.counter('murmur_persister_poison_total', 'Events put aside for good', ['cause']);
  const retries = metrics.counter('murmur_persister_retries_total', 'Batches that had to be tried again');
  const refans = metrics.counter('murmur_persister_refans_total', 'Late statuses fanned out once more');
  const current = metrics.gauge(
    'murmur_persister_current_lag_seconds',
    'Age of the oldest event in hand',
    [],
    () => {
      current.set(view().lagSeconds());
    },
  );
  queueGauges(metrics, view);
  return {
    persisted: (kind, lagSeconds) => {
      rows.inc({ kind });
      lag.observe(lagSeconds);
    },
    batch: () => {
      batches.inc();
    },
    poison: (cause) => {
      poison.inc({ cause });
    },
    retry: () => {
      retries.inc();
    },
    refanned: (statuses) => {
      refans.inc(statuses);
    },
  };
}

function queueGauges(metrics: Metrics, view: () => PersisterView): void {
  let asked = { atMs: -Infinity, stats: Promise.resolve<readonly QueueStats[]>([]) };
  const stats = (): Promise<readonly QueueStats[]> => {
    const now = Date.now();
    if (now - asked.atMs > QUEUE_STATS_FOR_MS) asked = { atMs: now, stats: view().queue() };
    return asked.stats;
  };
  const items = metrics.gauge(
    'murmur_persister_queue_items',
    'Events that wait in statuses+persist',
    ['server'],
    async () => {
      const current = await stats();
      items.reset();
      for (const { server, items: waiting } of current) items.set({ server }, waiting);
    },
  );
  const age = metrics.gauge(
    'murmur_persister_queue_age_seconds',
    'Age of the head of statuses+persist',
    ['server'],
    async () => {
      const current = await stats();
      age.reset();
      for (const { server, ageMs } of current) age.set({ server }, ageMs / 1000);
    },
  );
}
