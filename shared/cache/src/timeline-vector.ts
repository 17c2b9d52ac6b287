import { decodeTimelineVector, encodeTimelineVector, trimTimeline, type TimelineVector } from '@murmur/model';
import {
  degradedTimeline,
  mergeRebuilt,
  timelineStep,
  type CompleteTimeline,
  type Rebuilt,
} from './timeline-vector-core.js';
import { cacheTtl, type CasValue, type VectorCache } from './types.js';

/** After a rebuild, when MySQL is looked at once more, ms. */
export const SETTLE_MS = 3_000;
/** Writes that lose against appends before the answer goes out uncached. */
export const CAS_TRIES_MAX = 10;

export interface ReadTimelineOptions {
  /** Unix ms. */
  readonly now: () => number;
  /** The timeline from the store (and the authors' vectors); called at most once, after the vector is claimed. */
  readonly rebuild: () => Promise<Rebuilt>;
  readonly settleMs?: number;
  readonly ttl: number;
}

export interface TimelineRead extends CompleteTimeline {
  /** The store is away: what is below the floor, and perhaps a little above it, is not known now. */
  readonly degraded: boolean;
}

interface Seen {
  readonly vector: TimelineVector;
  readonly raw: CasValue;
}

/**
 * A timeline vector, rebuilt, settled or trimmed where that is due. No entry appended while this goes on
 * is missing from what is cached. Rejects only with the error of `rebuild`, when nothing at all is known.
 */
export async function readTimelineVector(
  cache: VectorCache,
  key: string,
  options: ReadTimelineOptions,
): Promise<TimelineRead> {
  let seen = await look(cache, key);
  if (seen === null) {
    await cache.add(key, Buffer.alloc(0), cacheTtl.claim);
    // The generation of the claim is needed, be it ours or another reader's.
    seen = await look(cache, key);
  }
  switch (timelineStep(seen?.vector ?? null, options.now())) {
    case 'claim':
    case 'merge':
      return rebuildInto(cache, key, seen, options, options.now() + (options.settleMs ?? SETTLE_MS));
    case 'settle':
      return rebuildInto(cache, key, seen, options, 0);
    case 'trim':
      return trimmed(cache, key, seen as Seen, options.ttl);
    case 'serve':
      return { ...(degradedTimeline((seen as Seen).vector) as CompleteTimeline), degraded: false };
  }
}

async function look(cache: VectorCache, key: string): Promise<Seen | null> {
  const raw = await cache.get(key);
  return raw === null ? null : { raw, vector: decodeTimelineVector(raw.value) };
}

async function rebuildInto(
  cache: VectorCache,
  key: string,
  claimed: Seen | null,
  options: ReadTimelineOptions,
  settleAtMs: number,
): Promise<TimelineRead> {
  let rebuilt: Rebuilt;
  try {
    rebuilt = await options.rebuild();
  } catch (error) {
    const known = degradedTimeline((await look(cache, key))?.vector ?? claimed?.vector ?? null);
    if (known === null) throw error;
    return { ...known, degraded: true };
  }
  return { ...(await writeMerged(cache, key, claimed, rebuilt, settleAtMs, options.ttl)), degraded: false };
}

/**
 * Merges into the vector by CAS until that holds. Only into the value that was there before the rebuild
 * began: one of another generation was invalidated in between (a follow, an unfollow) and begun anew, and
 * what was read for the old one has no place in it.
 */
async function writeMerged(
  cache: VectorCache,
  key: string,
  claimed: Seen | null,
  rebuilt: Rebuilt,
  settleAtMs: number,
  ttl: number,
): Promise<CompleteTimeline> {
  let last: TimelineVector | null = claimed?.vector ?? null;
  for (let tries = 0; claimed !== null && tries < CAS_TRIES_MAX; tries++) {
    const current = await look(cache, key);
    if (current?.raw.generation !== claimed.raw.generation) break;
    last = current.vector;
    const merged = mergeRebuilt(rebuilt, last, settleAtMs);
    const bytes = encodeTimelineVector(merged.header, merged.entries);
    const result = await cache.cas(key, bytes, current.raw.cas, ttl);
    if (result === 'stored') return merged;
    if (result !== 'exists') break;
  }
  return mergeRebuilt(rebuilt, last, settleAtMs);
}

async function trimmed(cache: VectorCache, key: string, seen: Seen, ttl: number): Promise<TimelineRead> {
  const { header, entries } = degradedTimeline(seen.vector) as CompleteTimeline;
  const kept = trimTimeline(header, entries);
  // Lost against an append: the next reader trims.
  await cache.cas(key, encodeTimelineVector(kept.header, kept.entries), seen.raw.cas, ttl);
  return { ...kept, degraded: false };
}
