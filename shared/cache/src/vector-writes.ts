import { encodeEntry, encodeIdVector, encodeTimelineVector, type Entry, type Id } from '@murmur/model';
import { cacheKeys, cacheTtl, type VectorCache } from './types.js';

export type AppendOne = 'stored' | 'absent' | 'unavailable';

/** One append to one vector; `absent`: not materialised, nothing to do. */
export async function appendToVector(cache: VectorCache, key: string, bytes: Buffer): Promise<AppendOne> {
  const { stored, unavailable } = await cache.appendMany([key], bytes);
  if (stored > 0) return 'stored';
  return unavailable.length > 0 ? 'unavailable' : 'absent';
}

/**
 * An entry into a vector of recent statuses (`posts:<author>`, `posts:public`): appended, or a partial vector
 * begun with it, which readers merge the store into. False when the server is away: the entry is then only
 * in the queue, and comes to readers by MySQL.
 */
export async function addRecentPost(
  cache: VectorCache,
  key: string,
  entry: Entry,
  ttl: number,
): Promise<boolean> {
  const bytes = encodeEntry(entry.id, entry.authorId);
  for (let tries = 0; tries < 2; tries++) {
    const appended = await appendToVector(cache, key, bytes);
    if (appended !== 'absent') return appended === 'stored';
    const added = await cache.add(key, bytes, ttl);
    if (added !== 'exists') return added === 'stored';
  }
  return false;
}

/**
 * The four vectors of a brand-new account, complete and empty: nobody has to ask MySQL for them. Only for an
 * account that cannot have anything yet. False when a server is away (then they are filled at the first read).
 */
export async function seedAccountVectors(cache: VectorCache, account: Id): Promise<boolean> {
  const timeline = encodeTimelineVector({ settleAtMs: 0, floor: 0n }, []);
  const ids = encodeIdVector([]);
  const results = await Promise.all([
    cache.add(cacheKeys.home(account), timeline, cacheTtl.home),
    cache.add(cacheKeys.posts(account), timeline, cacheTtl.posts),
    cache.add(cacheKeys.followers(account), ids, cacheTtl.followers),
    cache.add(cacheKeys.following(account), ids, cacheTtl.following),
  ]);
  return !results.includes('unavailable');
}

/** What a follow or an unfollow makes of the vectors; fan-out does the same once more. False: a server is away. */
export async function applyFollow(cache: VectorCache, follower: Id, followee: Id): Promise<boolean> {
  const appended = await Promise.all([
    appendToVector(cache, cacheKeys.followers(followee), packedId(follower)),
    appendToVector(cache, cacheKeys.following(follower), packedId(followee)),
  ]);
  // The home last: whoever rebuilds it now finds the new list.
  return (await cache.delete(cacheKeys.home(follower))) && !appended.includes('unavailable');
}

export async function applyUnfollow(cache: VectorCache, follower: Id, followee: Id): Promise<boolean> {
  const deleted = await Promise.all([
    cache.delete(cacheKeys.followers(followee)),
    cache.delete(cacheKeys.following(follower)),
  ]);
  return (await cache.delete(cacheKeys.home(follower))) && !deleted.includes(false);
}

function packedId(id: Id): Buffer {
  const out = Buffer.allocUnsafe(8);
  out.writeBigUInt64BE(id);
  return out;
}
