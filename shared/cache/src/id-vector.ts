import { decodeIdVector, encodeIdVector, type Id } from '@murmur/model';
import { cacheTtl, type CasValue, type VectorCache } from './types.js';
import { CAS_TRIES_MAX } from './timeline-vector.js';

/**
 * An id vector (`followers:`, `following:`), filled where it is absent. The filler claims it with an empty
 * value, so that a follow meanwhile is appended, and merges by CAS; a claim that was deleted meanwhile (an
 * unfollow) is answered from, but not cached. Where another holds the claim it fills for itself only.
 * Rejects with the error of `fill`.
 */
export async function readIdVector(
  cache: VectorCache,
  key: string,
  fill: () => Promise<readonly Id[]>,
  ttl: number,
): Promise<readonly Id[]> {
  const there = await cache.get(key);
  if (there !== null) {
    const vector = decodeIdVector(there.value);
    return vector.complete ? vector.ids : union(await fill(), vector.ids);
  }
  if ((await cache.add(key, Buffer.alloc(0), cacheTtl.claim)) !== 'stored') return fill();
  const claim = await cache.get(key);
  try {
    const filled = await fill();
    return claim === null ? filled : await writeFilled(cache, key, claim, filled, ttl);
  } catch (error) {
    // The claim would keep everybody from filling for as long as it lives.
    await cache.delete(key);
    throw error;
  }
}

async function writeFilled(
  cache: VectorCache,
  key: string,
  claim: CasValue,
  filled: readonly Id[],
  ttl: number,
): Promise<readonly Id[]> {
  let ids = filled;
  for (let tries = 0; tries < CAS_TRIES_MAX; tries++) {
    const current = await cache.get(key);
    if (current?.generation !== claim.generation) return ids;
    const vector = decodeIdVector(current.value);
    ids = union(filled, vector.ids);
    if (vector.complete) return ids;
    const result = await cache.cas(key, encodeIdVector(ids), current.cas, ttl);
    if (result === 'stored') return ids;
    if (result !== 'exists') break;
  }
  await cache.delete(key);
  return ids;
}

function union(a: readonly Id[], b: readonly Id[]): readonly Id[] {
  return b.length === 0 ? a : [...new Set([...a, ...b])];
}
