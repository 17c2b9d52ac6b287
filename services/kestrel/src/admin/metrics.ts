import { setImmediate as turn } from 'node:timers/promises';
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

/** Queues shown between two turns of the event loop. */
const QUEUES_AT_ONCE = 200;

/**
 * Registers the metrics; they are read from the queues when somebody asks. Those of each queue are written here and not by
 * the library: it would make one object for each figure of each queue, all in one go.
 */
export function kestrelMetrics(metrics: Metrics, services: Services): void {
  serverMetrics(metrics, services);
  const { registry } = metrics;
  const ofServer = registry.metrics.bind(registry);
  registry.metrics = async () => `${await ofServer()}\n${await queueMetrics(services)}`;
}

async function queueMetrics({ hub, journalFacts }: Services): Promise<string> {
  const rows = [
    ...GAUGES.map((row) => ({ row, kind: 'gauge' })),
    ...COUNTERS.map((row) => ({ row, kind: 'counter' })),
  ];
  const texts = rows.map(({ row: [name, help], kind }) => ({
    whole: `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`,
    lines: [] as string[],
  }));
  // Joined piece by piece, so that the end has little to do.
  const join = (): void => {
    for (const text of texts) text.whole += text.lines.splice(0).join('');
  };
  let shown = 0;
  for (const { queue } of [...hub.registry.families()]) {
    const label = `{queue="${escaped(queue.name)}"}`;
    const journal = journalFacts(queue);
    const now = Date.now();
    for (const [i, { row }] of rows.entries())
      texts[i]?.lines.push(`${row[0]}${label} ${row[2](queue, journal, now)}\n`);
    shown += 1;
    if (shown % QUEUES_AT_ONCE > 0) continue;
    join();
    await turn();
  }
  join();
  return texts.map(({ whole }) => whole).join('\n');
}

/** A label's value, as Prometheus reads it. */
function escaped(name: string): string {
  return name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function serverMetrics(metrics: Metrics, services: Services): void {
  const queues = metrics.gauge('murmur_kestrel_queues', 'Queues', [], () => {
    queues.set(services.hub.registry.size);
  });
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
