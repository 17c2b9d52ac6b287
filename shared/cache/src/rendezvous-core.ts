/**
 * Rendezvous (highest random weight) hashing: each server scores each key, the best score wins, so a
 * server that comes or goes moves only its own share. Pure. A key is hashed once, character by
 * character; a server costs one more mix of two 32-bit numbers.
 */

/** memcached's bound on a key, bytes. */
export const KEY_BYTES_MAX = 250;

/** FNV-1a over the characters of a memcached key. Throws a RangeError on a key memcached would not take. */
export function hashKey(key: string): number {
  const length = key.length;
  let hash = 0x811c9dc5;
  let valid = length > 0 && length <= KEY_BYTES_MAX;
  for (let i = 0; i < length; i++) {
    const c = key.charCodeAt(i);
    if (c < 0x21 || c > 0x7e) valid = false;
    hash = Math.imul(hash ^ c, 0x01000193);
  }
  if (!valid)
    throw new RangeError(
      `key ${JSON.stringify(key.slice(0, 300))}: allowed are 1 to ${KEY_BYTES_MAX} visible ASCII characters`,
    );
  return hash >>> 0;
}

/** The finaliser of MurmurHash3 (32 bit, public domain): every input bit reaches every output bit. */
function mix(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** A server's part of every score, from its `host:port`. */
export function serverSeed(endpoint: string): number {
  return mix(hashKey(endpoint));
}

/** Index of the winning server, or -1 of an empty list. Of equal scores the larger seed wins, whatever the order. */
export function pickServer(keyHash: number, seeds: readonly number[]): number {
  let best = -1;
  let bestScore = -1;
  let bestSeed = -1;
  for (let i = 0; i < seeds.length; i++) {
    const seed = seeds[i] as number;
    const score = mix(keyHash ^ seed);
    if (score > bestScore || (score === bestScore && seed > bestSeed)) {
      best = i;
      bestScore = score;
      bestSeed = seed;
    }
  }
  return best;
}
