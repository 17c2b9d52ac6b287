import type { Metrics } from '@murmur/service';
import type { Services } from '../services.js';
import type { QueueCore } from '../queue/queue-core.js';

/** What is shown of each queue, under `queue="<name>"`. */
const GAUGES: readonly (readonly [string, string, (queue: QueueCore, now: number) => number])[] = [
  ['murmur_kestrel_items', 'Items queued, without open reads', (queue) => queue.length],
  ['murmur_kestrel_bytes', 'Bytes of the items queued', (queue) => queue.bytes],
  [
    'murmur_kestrel_head_age_seconds',
    'Age of the oldest item queued',
    (queue, now) => queue.headAge(now) / 1000,
  ],
  ['murmur_kestrel_waiters', 'Reads that wait for an item', (queue) => queue.waiters.size],
  ['murmur_kestrel_open_transactions', 'Items read and not yet confirmed', (queue) => queue.openReads],
];
const COUNTERS: readonly (readonly [string, string, (queue: QueueCore) => number])[] = [
  ['murmur_kestrel_sets_total', 'Items set, with those refused', (queue) => queue.counts.puts],
  ['murmur_kestrel_gets_total', 'Items handed out', (queue) => queue.counts.hits],
  ['murmur_kestrel_expired_total', 'Items that died of age', (queue) => queue.counts.expired],
  ['murmur_kestrel_discarded_total', 'Items dropped from a full queue', (queue) => queue.counts.discarded],
];

/** Registers the metrics; they are read from the queues when somebody asks. */
export function kestrelMetrics(metrics: Metrics, services: Services): void {
  const { registry } = services.hub;
  // The first one asked in a scrape brings the counters up to date, so that they are shown as they are now.
  const queues = metrics.gauge('murmur_kestrel_queues', 'Queues', [], () => {
    queues.set(registry.size);
    for (const [counter, read] of counters) {
      counter.reset();
      for (const { queue } of registry.families()) counter.inc({ queue: queue.name }, read(queue));
    }
  });
  const counters = COUNTERS.map(
    ([name, help, read]) => [metrics.counter(name, help, ['queue']), read] as const,
  );
  for (const [name, help, read] of GAUGES) {
    const gauge = metrics.gauge(name, help, ['queue'], () => {
      gauge.reset();
      const now = Date.now();
      for (const { queue } of registry.families()) gauge.set({ queue: queue.name }, read(queue, now));
    });
  }
  const journal = metrics.gauge('murmur_kestrel_journal_bytes', 'Size of the journal', ['queue'], () => {
    journal.reset();
    for (const { queue } of registry.families()) {
      journal.set({ queue: queue.name }, services.journalFacts(queue).size);
    }
  });
  const connections = metrics.gauge('murmur_kestrel_connections', 'Memcache connections open', [], () => {
    connections.set(services.facts().connections);
  });
}
