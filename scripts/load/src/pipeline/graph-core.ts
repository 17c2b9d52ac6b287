/** The crowd of the pipeline benchmark. Pure: chance is an argument. */

export interface CrowdSize {
  readonly users: number;
  readonly authors: number;
  /** Followers per author on average, the one with everybody left out. */
  readonly meanFollowers: number;
}

export interface PostingAuthor {
  readonly index: number;
  /** Indexes of the users who follow, each once. */
  readonly followers: Uint32Array;
}

/**
 * Follower counts fall as 1/rank (Zipf), scaled to the mean; followers are drawn without repeats. The
 * last author has every user as a follower.
 */
export function crowd(size: CrowdSize, random: () => number): PostingAuthor[] {
  let harmonic = 0;
  for (let rank = 1; rank <= size.authors; rank++) harmonic += 1 / rank;
  const top = (size.meanFollowers * size.authors) / harmonic;
  const authors: PostingAuthor[] = [];
  for (let rank = 1; rank <= size.authors; rank++) {
    const count = Math.min(size.users, Math.max(1, Math.round(top / rank)));
    authors.push({ index: rank - 1, followers: sample(size.users, count, random) });
  }
  const everybody = Uint32Array.from({ length: size.users }, (_, i) => i);
  authors.push({ index: size.authors, followers: everybody });
  return authors;
}

/** `count` different numbers below `below`, by Floyd's method. */
export function sample(below: number, count: number, random: () => number): Uint32Array {
  const chosen = new Set<number>();
  for (let top = below - count; top < below; top++) {
    const pick = Math.floor(random() * (top + 1));
    chosen.add(chosen.has(pick) ? top : pick);
  }
  return Uint32Array.from(chosen);
}

/** A small seeded generator (mulberry32), so that two runs post the same. */
export function seeded(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** The upper bound of the histogram bucket in which quantile `q` lies, from cumulative Prometheus buckets. */
export function quantileBound(
  buckets: readonly { readonly le: number; readonly count: number }[],
  q: number,
): number {
  const total = buckets.at(-1)?.count ?? 0;
  if (total === 0) return NaN;
  return buckets.find((b) => b.count >= q * total)?.le ?? Infinity;
}
