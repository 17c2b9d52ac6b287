/** Fills the vector pool with 100,000 settled timelines, and counts afterwards what arrived in them. */
import type { VectorCache } from '@murmur/cache';
import { cacheKeys, cacheTtl } from '@murmur/cache';
import {
  decodeTimelineVector,
  encodeIdVector,
  encodeTimelineVector,
  type Entry,
  type Id,
  VECTOR_ENTRIES_MAX,
} from '@murmur/model';
import type { PostingAuthor } from './graph-core.js';

const AT_ONCE = 500;

/** The id of user number `index`: what a real id looks like, and easy to turn back. */
export const userId = (index: number): Id => (1_700_000_000_000n << 16n) + BigInt(index);

export async function fillTimelines(cache: VectorCache, users: number): Promise<void> {
  const old: Entry[] = Array.from({ length: VECTOR_ENTRIES_MAX }, (_, i) => ({
    id: (1_600_000_000_000n << 16n) + BigInt(VECTOR_ENTRIES_MAX - i),
    authorId: userId(0),
  }));
  const value = encodeTimelineVector({ settleAtMs: 0, floor: 0n }, old);
  await inChunks(users, async (index) => {
    await cache.add(cacheKeys.home(userId(index)), value, cacheTtl.home);
  });
}

export async function fillFollowers(
  cache: VectorCache,
  authors: readonly PostingAuthor[],
  authorId: (index: number) => Id,
): Promise<void> {
  await inChunks(authors.length, async (i) => {
    const author = authors[i] as PostingAuthor;
    const ids = Array.from(author.followers, (index) => userId(index));
    await cache.add(cacheKeys.followers(authorId(author.index)), encodeIdVector(ids), cacheTtl.followers);
  });
}

export interface ArrivalCount {
  /** Deliveries that are not there. */
  readonly lost: number;
  /** Statuses that a reader would find out of turn or that nobody should have. */
  readonly strange: number;
  readonly arrived: number;
}

/** Reads every timeline and compares the number of different statuses from `sinceId` on with what it should be. */
export async function countArrivals(
  cache: VectorCache,
  expected: Uint32Array,
  sinceId: Id,
): Promise<ArrivalCount> {
  let lost = 0;
  let strange = 0;
  let arrived = 0;
  await inChunks(expected.length, async (index) => {
    const found = await cache.get(cacheKeys.home(userId(index)));
    const entries = found === null ? [] : decodeTimelineVector(found.value).entries;
    const fresh = entries.filter((entry) => entry.id >= sinceId).length;
    const wanted = expected[index] ?? 0;
    arrived += fresh;
    lost += Math.max(0, wanted - fresh);
    strange += Math.max(0, fresh - wanted);
  });
  return { lost, strange, arrived };
}

async function inChunks(count: number, one: (index: number) => Promise<void>): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, i) => one(from + i)));
}
