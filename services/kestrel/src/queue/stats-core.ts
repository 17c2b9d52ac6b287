import type { QueueCore } from './queue-core.js';
import type { Alias, Family, Registry } from './registry-core.js';
import type { Distribution } from './distribution-core.js';
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
  readonly openJournals: number;
  /** What the process may use, bytes. */
  readonly memoryLimit: number;
  readonly counts: Readonly<HubCounts>;
}

/** What a queue's journal says about itself. Sizes in bytes: of the file that is written, and of all files. */
export interface JournalFigures {
  readonly size: number;
  readonly totalSize: number;
  readonly rewrites: number;
  readonly rotations: number;
  /** How long rewrites and packs, rotations, and reads of what is behind memory took, microseconds; null: there was none. */
  readonly rewriteUsec: Distribution | null;
  readonly rotationUsec: Distribution | null;
  readonly fillUsec: Distribution | null;
}

/** Of a queue that keeps no journal. */
export const NO_FIGURES: JournalFigures = {
  size: 0,
  totalSize: 0,
  rewrites: 0,
  rotations: 0,
  rewriteUsec: null,
  rotationUsec: null,
  fillUsec: null,
};

/** Journal figures of a queue; the core does not know its file. */
export type JournalFacts = (queue: QueueCore) => JournalFigures;

export type Stat = readonly [name: string, value: string | number];

/** Sums over all queues. `memory` is what all may hold in memory together, bytes. */
export function totals(registry: Registry): { items: number; bytes: number; put: number; memory: number } {
  const sums = { items: 0, bytes: 0, put: 0, memory: 0 };
  for (const { queue } of registry.families()) {
    sums.items += queue.length;
    sums.bytes += queue.bytes;
    sums.put += queue.counts.totalItems;
    sums.memory += queue.config.maxMemorySize;
  }
  return sums;
}

/** The server's own lines of `stats`, in Kestrel's order. */
export function serverStats(registry: Registry, facts: ServerFacts, now: number): readonly Stat[] {
  const { items, bytes, put, memory } = totals(registry);
  const { counts } = facts;
  return [
    ['uptime', Math.floor((now - facts.startedAt) / 1000)],
    ['time', Math.floor(now / 1000)],
    ['version', facts.version],
    ['curr_items', items],
    ['total_items', put],
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
  const { counts, backlog } = queue;
  const { size, rewrites, rotations } = journal(queue);
  const stats: Stat[] = [
    ['items', queue.length],
    ['bytes', queue.bytes],
    ['total_items', counts.totalItems],
    ['logsize', size],
    ['expired_items', counts.expired],
    ['mem_items', backlog.memoryItems],
    ['mem_bytes', backlog.memoryBytes],
    ['age', queue.headAge(now)],
    ['discarded', counts.discarded],
    ['waiters', queue.waiters.size],
    ['open_transactions', queue.openReads],
    ['transactions', counts.transactions],
    ['canceled_transactions', counts.canceled],
    ['total_flushes', counts.flushes],
    ['journal_rewrites', rewrites],
    ['journal_rotations', rotations],
  ];
  if (family.hadChildren) stats.push(['children', [...children].join(',')]);
  return stats;
}

/** The figures of an alias; its children are the queues it stands for. */
export function aliasStats(alias: Alias): readonly Stat[] {
  return [
    ['put_items', alias.putItems],
    ['put_bytes', alias.putBytes],
    ['children', alias.destinations.join(',')],
  ];
}

/** Queues told in one piece of a long reply. */
export const QUEUES_AT_ONCE = 200;

/** A reply that is yielded, but for its last piece, which is returned: a short one has no other. */
export type InPieces = Generator<string, string>;

/**
 * `stats` on the wire, so that ten thousand queues need not be looked at in one go. What goes away between two pieces is
 * not told, nor is what comes.
 */
export function* statsInPieces(
  registry: Registry,
  facts: ServerFacts,
  journal: JournalFacts,
  now: number,
): InPieces {
  let lines = serverStats(registry, facts, now).map(([name, value]) => `STAT ${name} ${value}\r\n`);
  for (const [i, name] of [...namesOf(registry)].entries()) {
    if (i > 0 && i % QUEUES_AT_ONCE === 0) {
      yield lines.join('');
      lines = [];
    }
    for (const [key, value] of statsOf(registry, name, journal, now) ?? [])
      lines.push(`STAT queue_${name}_${key} ${value}\r\n`);
  }
  return `${lines.join('')}END\r\n`;
}

/** `dump_stats` on the wire: a block per queue; all queues and aliases when none is named. */
export function* dumpInPieces(
  registry: Registry,
  names: readonly string[],
  journal: JournalFacts,
  now: number,
): InPieces {
  const wanted = names.length > 0 ? names : [...namesOf(registry)];
  let blocks = wanted.length > 0 ? '' : '\r\n';
  for (const [i, name] of wanted.entries()) {
    if (i > 0 && i % QUEUES_AT_ONCE === 0) {
      yield blocks;
      blocks = '';
    }
    const stats = statsOf(registry, name, journal, now);
    if (stats === null && names.length === 0) continue;
    const lines = stats === null ? [''] : stats.map(([key, value]) => `${key}=${value}`);
    blocks += [`queue '${name}' {`, ...lines.map((line) => `  ${line}`), '}\r\n'].join('\r\n');
  }
  return `${blocks}END\r\n`;
}

/** What clients can name: queues, then aliases. A queue hidden by an alias is not among them. */
function* namesOf(registry: Registry): Generator<string> {
  for (const { queue } of registry.families()) if (registry.alias(queue.name) === undefined) yield queue.name;
  for (const { name } of registry.aliases()) yield name;
}

function statsOf(
  registry: Registry,
  name: string,
  journal: JournalFacts,
  now: number,
): readonly Stat[] | null {
  const alias = registry.alias(name);
  if (alias !== undefined) return aliasStats(alias);
  const family = registry.lookup(name);
  return family === undefined ? null : queueStats(family, journal, now);
}
