import { ask, askMany, windowsOf } from './exchanges.js';
import { metaAppend, metaAppendMany, metaDelete, metaProbe, metaProbeMany } from './meta-commands-core.js';
import type { MetaConnection } from './meta-connection.js';
import { flagOf } from './meta-parser-core.js';
import type { AppendResult } from './types.js';

/** Appends in one buffer and behind one fence. */
export const WINDOW_KEYS_MAX = 1_000;
/** Windows of one call under way on one server: enough to keep it busy, and a bound on what a call holds. */
export const WINDOWS_IN_FLIGHT_MAX = 4;
/** How often a refused append is tried again when its value changes meanwhile. */
const REFUSED_TRIES_MAX = 5;

export type AppendOutcome = 'stored' | 'absent' | 'dropped' | 'unavailable';

interface Tally {
  stored: number;
  absent: number;
  unavailable: string[];
}

/** Appends to all keys of one server, window by window, a few windows at a time. */
export async function appendOnServer(
  connection: MetaConnection,
  keys: readonly string[],
  bytes: Buffer,
): Promise<AppendResult> {
  const tally: Tally = { stored: 0, absent: 0, unavailable: [] };
  const windows = windowsOf(keys, WINDOW_KEYS_MAX);
  const worker = async (): Promise<void> => {
    for (const window of windows) await appendWindow(connection, window, bytes, tally);
  };
  const workers = Math.min(WINDOWS_IN_FLIGHT_MAX, Math.ceil(keys.length / WINDOW_KEYS_MAX));
  await Promise.all(Array.from({ length: workers }, worker));
  return tally;
}

async function appendWindow(
  connection: MetaConnection,
  keys: readonly string[],
  bytes: Buffer,
  tally: Tally,
): Promise<void> {
  const replies = await askMany(connection, metaAppendMany(keys, bytes));
  if (replies === null) {
    for (const key of keys) tally.unavailable.push(key);
    return;
  }
  if (replies.length === 0) {
    tally.stored += keys.length;
    return;
  }
  // NS names its key. SERVER_ERROR does not: memcached had no memory for the request, and has dropped the
  // old value for that ("avoid stale data persisting in cache"), so that key is absent now.
  const refused = replies.flatMap((reply) => (reply.code === 'NS' ? [flagOf(reply.rest, 'k') ?? ''] : []));
  tally.stored += keys.length - replies.length;
  tally.absent += replies.length - refused.length;
  await settleRefused(connection, refused, bytes, tally);
}

/**
 * memcached answers NS to an append for two reasons: there is no such value (nothing to do), or it is
 * there and cannot grow (over the item limit, no memory): that one must not live on without the entry.
 */
async function settleRefused(
  connection: MetaConnection,
  refused: readonly string[],
  bytes: Buffer,
  tally: Tally,
): Promise<void> {
  if (refused.length === 0) return;
  const present = await askMany(connection, metaProbeMany(refused));
  if (present === null) {
    tally.unavailable.push(...refused);
    return;
  }
  tally.absent += refused.length - present.length;
  for (const reply of present) {
    const key = flagOf(reply.rest, 'k') ?? '';
    const outcome = await appendOrDrop(connection, key, bytes);
    if (outcome === 'stored') tally.stored++;
    else if (outcome === 'unavailable') tally.unavailable.push(key);
    else tally.absent++;
  }
}

/**
 * One append, and the value deleted when it is there but cannot take it. "It is there" is only certain
 * when the same value is seen before and after a refusal: else somebody has begun it in between.
 */
export async function appendOrDrop(
  connection: MetaConnection,
  key: string,
  bytes: Buffer,
): Promise<AppendOutcome> {
  let seenCas: string | null = null;
  for (let tries = 0; tries < REFUSED_TRIES_MAX; tries++) {
    const reply = await ask(connection, metaAppend(key, bytes));
    if (reply === null) return 'unavailable';
    if (reply.code === 'HD') return 'stored';
    if (reply.code !== 'NS') return 'dropped';
    const probe = await ask(connection, metaProbe(key));
    if (probe === null) return 'unavailable';
    const cas = flagOf(probe.rest, 'c');
    if (probe.code !== 'HD' || cas === null) return 'absent';
    if (cas === seenCas) {
      const deleted = await ask(connection, metaDelete(key, cas));
      if (deleted === null) return 'unavailable';
      if (deleted.code !== 'EX') return 'dropped';
    }
    seenCas = cas;
  }
  return 'unavailable';
}
