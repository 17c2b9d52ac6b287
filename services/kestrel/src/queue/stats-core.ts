import type { QueueCore } from './queue-core.js';
import type { Family, Registry } from './registry-core.js';
import type { HubCounts } from './session-core.js';

/** What the whole server counts beside its queues. */
export interface ServerFacts {
  readonly startedAt: number;
  readonly version: string;
  /** Of all protocols. */
  readonly connections: number;
  readonly connectionsBy: Readonly<Record<string, number>>;
  readonly totalConnections: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  readonly memoryLimit: number;
  readonly counts: Readonly<HubCounts>;
}

/** Journal figures of a queue; the core does not know its file. */
export type JournalFacts = (queue: QueueCore) => { readonly size: number; readonly rewrites: number };

export type Stat = readonly [name: string, value: string | number];

/** The server's own lines of `stats`, in Kestrel's order. */
export function serverStats(registry: Registry, facts: ServerFacts, now: number): readonly Stat[] {
  let items = 0;
  let bytes = 0;
  let total = 0;
  let memory = 0;
  for (const { queue } of registry.families()) {
    items += queue.length;
    bytes += queue.bytes;
    total += queue.counts.totalItems;
    memory += queue.config.maxMemorySize;
  }
  const { counts } = facts;
  return [
    ['uptime', Math.floor((now - facts.startedAt) / 1000)],
    ['time', Math.floor(now / 1000)],
    ['version', facts.version],
    ['curr_items', items],
    ['total_items', total],
    ['bytes', bytes],
    ['reserved_memory_ratio', (memory / facts.memoryLimit).toFixed(3)],
    ['curr_connections', facts.connections],
    ['total_connections', facts.totalConnections],
    ['cmd_get', counts.gets],
    ['cmd_set', counts.sets],
    ['cmd_peek', counts.peeks],
    ['get_hits', counts.hits],
    ['get_misses', counts.misses],
    ['bytes_read', facts.bytesRead],
    ['bytes_written', facts.bytesWritten],
    ['queue_creates', registry.counts.creates],
    ['queue_deletes', registry.counts.deletes],
    ['queue_expires', registry.counts.expires],
  ];
}

/** The figures of one queue, in Kestrel's order. `age` is the age of the head item, ms. */
export function queueStats(family: Family, journal: JournalFacts, now: number): readonly Stat[] {
  const { queue, children } = family;
  const { counts } = queue;
  const { size, rewrites } = journal(queue);
  const stats: Stat[] = [
    ['items', queue.length],
    ['bytes', queue.bytes],
    ['total_items', counts.totalItems],
    ['logsize', size],
    ['expired_items', counts.expired],
    ['mem_items', queue.length],
    ['mem_bytes', queue.bytes],
    ['age', queue.headAge(now)],
    ['discarded', counts.discarded],
    ['waiters', queue.waiters.size],
    ['open_transactions', queue.openReads],
    ['transactions', counts.transactions],
    ['canceled_transactions', counts.canceled],
    ['total_flushes', counts.flushes],
    ['journal_rewrites', rewrites],
    ['journal_rotations', 0],
  ];
  return family.hadChildren ? [...stats, ['children', [...children].join(',')]] : stats;
}

/** `stats` on the wire. */
export function encodeStats(
  registry: Registry,
  facts: ServerFacts,
  journal: JournalFacts,
  now: number,
): string {
  const lines = serverStats(registry, facts, now).map(([name, value]) => `STAT ${name} ${value}\r\n`);
  for (const family of registry.families()) {
    for (const [name, value] of queueStats(family, journal, now)) {
      lines.push(`STAT queue_${family.queue.name}_${name} ${value}\r\n`);
    }
  }
  return `${lines.join('')}END\r\n`;
}

/** `dump_stats` on the wire: a block per queue; all queues when none is named. */
export function encodeDump(
  registry: Registry,
  names: readonly string[],
  journal: JournalFacts,
  now: number,
): string {
  const wanted = names.length > 0 ? names : [...registry.families()].map(({ queue }) => queue.name);
  const blocks = wanted.map((name) => {
    const family = registry.lookup(name);
    const lines =
      family === undefined ? [''] : queueStats(family, journal, now).map(([key, value]) => `${key}=${value}`);
    return [`queue '${name}' {`, ...lines.map((line) => `  ${line}`), '}'].join('\r\n');
  });
  return `${blocks.join('\r\n')}\r\nEND\r\n`;
}
