import type { Metrics } from '@murmur/service';
import type { QueueCore } from '../queue/queue-core.js';
import type { JournalFigures } from '../queue/stats-core.js';
import { SETTABLE_STATUSES } from '../queue/status-core.js';
import type { Services } from '../services.js';

type Read = (queue: QueueCore, journal: JournalFigures, now: number) => number;
type Row = readonly [name: string, help: string, read: Read];

/** What is shown of each queue, under `queue="<name>"`. */
const GAUGES: readonly Row[] = [
  ['murmur_kestrel_items', 'Items queued, without open reads', (queue) => queue.length],
  ['murmur_kestrel_bytes', 'Bytes of the items queued', (queue) => queue.bytes],
  ['murmur_kestrel_memory_items', 'Those of them in memory', (queue) => queue.backlog.memoryItems],
  ['murmur_kestrel_memory_bytes', 'Bytes of those in memory', (queue) => queue.backlog.memoryBytes],
  ['murmur_kestrel_behind_items', 'Items that are in the journal only', (queue) => queue.backlog.behindItems],
  [
    'murmur_kestrel_head_age_seconds',
    'Age of the oldest item queued',
    (queue, _, now) => queue.headAge(now) / 1000,
  ],
  ['murmur_kestrel_waiters', 'Reads that wait for an item', (queue) => queue.waiters.size],
  ['murmur_kestrel_open_transactions', 'Items read and not yet confirmed', (queue) => queue.openReads],
  ['murmur_kestrel_journal_bytes', "Size of the journal's files", (_, journal) => journal.totalSize],
];
const COUNTERS: readonly Row[] = [
  ['murmur_kestrel_sets_total', 'Items set, with those refused', (queue) => queue.counts.puts],
  ['murmur_kestrel_gets_total', 'Items handed out', (queue) => queue.counts.hits],
  ['murmur_kestrel_expired_total', 'Items that died of age', (queue) => queue.counts.expired],
  ['murmur_kestrel_discarded_total', 'Items dropped from a full queue', (queue) => queue.counts.discarded],
  ['murmur_kestrel_journal_rewrites_total', 'Journals written anew', (_, journal) => journal.rewrites],
  ['murmur_kestrel_journal_rotations_total', 'Journal files begun', (_, journal) => journal.rotations],
];

/** Registers the metrics; they are read from the queues when somebody asks. */
export function kestrelMetrics(metrics: Metrics, services: Services): void {
  queueMetrics(metrics, services);
  serverMetrics(metrics, services);
}

function queueMetrics(metrics: Metrics, { hub, journalFacts }: Services): void {
  const { registry } = hub;
  // The first one asked in a scrape brings the counters up to date, so that they are shown as they are now.
  const queues = metrics.gauge('murmur_kestrel_queues', 'Queues', [], () => {
    queues.set(registry.size);
    const now = Date.now();
    for (const [counter, read] of counters) {
      counter.reset();
      for (const { queue } of registry.families())
        counter.inc({ queue: queue.name }, read(queue, journalFacts(queue), now));
    }
  });
  const counters = COUNTERS.map(
    ([name, help, read]) => [metrics.counter(name, help, ['queue']), read] as const,
  );
  for (const [name, help, read] of GAUGES) {
    const gauge = metrics.gauge(name, help, ['queue'], () => {
      gauge.reset();
      const now = Date.now();
      for (const { queue } of registry.families())
        gauge.set({ queue: queue.name }, read(queue, journalFacts(queue), now));
    });
  }
}

function serverMetrics(metrics: Metrics, services: Services): void {
  const connections = metrics.gauge(
    'murmur_kestrel_connections',
    'Connections open, by protocol',
    ['protocol'],
    () => {
      for (const [protocol, count] of Object.entries(services.facts().connectionsBy))
        connections.set({ protocol }, count);
    },
  );
  const journals = metrics.gauge('murmur_kestrel_open_journals', 'Journal files open for writing', [], () => {
    journals.set(services.facts().openJournals);
  });
  const { status } = services.hub;
  const now = metrics.gauge('murmur_kestrel_status', '1 for the present status', ['status'], () => {
    for (const name of [...SETTABLE_STATUSES, 'down' as const])
      now.set({ status: name }, status.current === name ? 1 : 0);
  });
}
