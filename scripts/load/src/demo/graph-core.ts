/** Who follows whom: Zipf-shaped, so that a few accounts have many followers and most have few. */

/** Account `i` follows the accounts `following[i]`; all numbers are indexes. */
export interface Graph {
  readonly following: readonly (readonly number[])[];
  readonly followers: readonly (readonly number[])[];
}

/** Each account follows 1 to this many: every follow is a request, and an account may send 300 in 5 minutes. */
export const FOLLOWS_MAX = 20;

/**
 * Popularity falls with the rank as 1/rank; account 0 is the most popular. Nobody follows himself or somebody
 * twice. `random` gives numbers in [0, 1).
 */
export function zipfGraph(accounts: number, random: () => number): Graph {
  const cumulative: number[] = [];
  let sum = 0;
  for (let rank = 1; rank <= accounts; rank++) cumulative.push((sum += 1 / rank));
  const following = Array.from({ length: accounts }, (_, account) => {
    const wanted = Math.min(accounts - 1, 1 + Math.floor(random() * FOLLOWS_MAX));
    return pickOthers(account, wanted, cumulative, random);
  });
  const followers: number[][] = Array.from({ length: accounts }, () => []);
  following.forEach((others, account) => {
    for (const other of others) followers[other]?.push(account);
  });
  return { following, followers };
}

/** Draws that hit nobody new before the next free rank is taken instead. */
const DRAWS_PER_FOLLOW_MAX = 20;

function pickOthers(
  account: number,
  wanted: number,
  cumulative: readonly number[],
  random: () => number,
): number[] {
  const chosen = new Set<number>();
  for (let draws = wanted * DRAWS_PER_FOLLOW_MAX; chosen.size < wanted && draws > 0; draws--) {
    const other = indexOf(cumulative, random() * (cumulative.at(-1) ?? 0));
    if (other !== account) chosen.add(other);
  }
  for (let other = 0; chosen.size < wanted; other++) if (other !== account) chosen.add(other);
  return [...chosen];
}

/** The first index whose cumulated weight exceeds `at`. */
function indexOf(cumulative: readonly number[], at: number): number {
  let low = 0;
  let high = cumulative.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulative[middle] ?? 0) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** `n` indexes spread evenly over all ranks, the popular and the lonely. */
export function sampleOf(accounts: number, n: number): number[] {
  const size = Math.min(accounts, n);
  return Array.from({ length: size }, (_, i) => Math.floor((i * accounts) / size));
}
