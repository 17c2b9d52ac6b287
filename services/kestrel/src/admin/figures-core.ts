import type { Distribution } from '../queue/distribution-core.js';
import type { Alias, Family, Registry } from '../queue/registry-core.js';
import { totals, type JournalFacts, type ServerFacts } from '../queue/stats-core.js';
import type { StatusKeeper } from '../queue/status-core.js';

/** All figures of a server at one moment, by the names Kestrel's admin port gives them. */
export interface Figures {
  readonly counters: Map<string, number>;
  readonly gauges: Map<string, number>;
  readonly labels: Map<string, string>;
  readonly metrics: Map<string, Distribution>;
}

export interface FigureSources {
  readonly registry: Registry;
  readonly status: StatusKeeper;
  readonly facts: ServerFacts;
  readonly journal: JournalFacts;
}

/** Queues looked at between two yields. */
const QUEUES_AT_ONCE = 200;

/**
 * Takes all figures, and yields now and then, so that ten thousand queues need not be looked at in one go. The
 * distributions are those that go on counting, not copies.
 */
export function* takeFigures(from: FigureSources, now: number): Generator<void, Figures> {
  const figures: Figures = { counters: new Map(), gauges: new Map(), labels: new Map(), metrics: new Map() };
  takeServer(figures, from, now);
  let taken = 0;
  for (const family of [...from.registry.families()]) {
    takeQueue(figures, family, from.journal, now);
    taken += 1;
    if (taken % QUEUES_AT_ONCE === 0) yield;
  }
  for (const alias of from.registry.aliases()) takeAlias(figures, alias);
  return figures;
}

function takeServer(to: Figures, { registry, status, facts }: FigureSources, now: number): void {
  const { counts } = facts;
  setAll(to.counters, '', {
    cmd_get: counts.gets,
    cmd_set: counts.sets,
    cmd_peek: counts.peeks,
    cmd_monitor: counts.monitors,
    cmd_monitor_get: counts.monitorGets,
    get_hits: counts.hits,
    get_misses: counts.misses,
    bytes_read: facts.bytesRead,
    bytes_written: facts.bytesWritten,
    total_connections: facts.totalConnections,
    queue_creates: registry.counts.creates,
    queue_deletes: registry.counts.deletes,
    queue_expires: registry.counts.expires,
  });
  const { items, bytes, memory } = totals(registry);
  setAll(to.gauges, '', {
    uptime: Math.floor((now - facts.startedAt) / 1000),
    queues: registry.size,
    items,
    bytes,
    reserved_memory_ratio: Number((memory / facts.memoryLimit).toFixed(3)),
    connections: facts.connections,
    'status/readable': status.blocksReads ? 0 : 1,
    'status/writeable': status.blocksWrites ? 0 : 1,
  });
  for (const [protocol, count] of Object.entries(facts.connectionsBy))
    to.gauges.set(`connections/${protocol}`, count);
  to.labels.set('status', status.current);
}

function takeQueue(
  to: Figures,
  { queue, children, hadChildren }: Family,
  journal: JournalFacts,
  now: number,
) {
  const { counts, backlog, config } = queue;
  const files = journal(queue);
  const prefix = `q/${queue.name}/`;
  setAll(to.gauges, prefix, {
    items: queue.length,
    max_items: config.maxItems,
    bytes: queue.bytes,
    max_bytes: config.maxSize,
    journal_size: files.size,
    mem_items: backlog.memoryItems,
    mem_bytes: backlog.memoryBytes,
    age_msec: queue.headAge(now),
    waiters: queue.waiters.size,
    open_transactions: queue.openReads,
    create_time: Math.floor(queue.createdAt / 1000),
  });
  setAll(to.counters, prefix, {
    total_items: counts.totalItems,
    put_items: counts.putItems,
    put_bytes: counts.putBytes,
    get_items_hit: counts.hits,
    get_items_miss: counts.misses,
    transactions: counts.transactions,
    canceled_transactions: counts.canceled,
    expired_items: counts.expired,
    discarded: counts.discarded,
    total_flushes: counts.flushes,
    journal_rewrites: files.rewrites,
    journal_rotations: files.rotations,
  });
  const metrics: Readonly<Record<string, Distribution | null>> = {
    delivery_latency_msec: queue.delivery,
    get_timeout_msec: queue.getTimeouts,
    fill_readbehind_usec: files.fillUsec,
    journal_rewrite_usec: files.rewriteUsec,
    journal_rotation_usec: files.rotationUsec,
  };
  for (const [name, distribution] of Object.entries(metrics))
    if (distribution !== null) to.metrics.set(`${prefix}${name}`, distribution);
  if (hadChildren) to.labels.set(`${prefix}children`, [...children].join(','));
}

function takeAlias(to: Figures, { name, putItems, putBytes, destinations }: Alias): void {
  setAll(to.counters, `q/${name}/`, { put_items: putItems, put_bytes: putBytes });
  to.labels.set(`q/${name}/children`, destinations.join(','));
}

function setAll(to: Map<string, number>, prefix: string, values: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(values)) to.set(`${prefix}${name}`, value);
}
