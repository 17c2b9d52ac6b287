/** What the C loader says at its end, and whether that is what a queue owes. Pure. */
import type { Buckets } from '../common/measure-core.js';

const COUNTS = [
  'sets',
  'refused',
  'gets',
  'empty',
  'distinct',
  'duplicates',
  'strange',
  'disorder',
  'lowest',
  'highest',
  'seconds',
  'loaderCpuSeconds',
] as const;

export type Tally = Readonly<Record<(typeof COUNTS)[number], number>> & {
  /** Microseconds. */
  readonly setLatencies: Buckets;
  readonly getLatencies: Buckets;
};

/** Throws when a count is missing or no number. */
export function parseTally(text: string): Tally {
  const given = JSON.parse(text) as Record<string, unknown>;
  for (const name of COUNTS)
    if (typeof given[name] !== 'number') throw new Error(`the loader says ${name} = ${String(given[name])}`);
  for (const name of ['setLatencies', 'getLatencies'])
    if (!Array.isArray(given[name])) throw new Error(`the loader says ${name} = ${String(given[name])}`);
  return given as unknown as Tally;
}

export const operations = (tally: Tally): number => tally.sets + tally.gets;

/** Values that are not what was set, came twice, or were refused. */
const broken = (tally: Tally): number => tally.refused + tally.duplicates + tally.strange;

/** Faults of a run of pairs through a queue: every value set comes back once, and no get finds nothing. */
export function faultsOfPairs(tally: Tally, firstNumber = 0): number {
  return broken(tally) + tally.empty + lost(tally, { from: firstNumber, count: tally.sets });
}

/** Numbers `from` to `from + count - 1`; with `last` another one is the highest, and some between were never set. */
export interface Expected {
  readonly from: number;
  readonly count: number;
  readonly last?: number;
  /** They come in that order. */
  readonly ordered?: boolean;
}

/** Faults of reading what is expected, each number once. */
export function faultsOfDrain(tally: Tally, expected: Expected): number {
  return broken(tally) + lost(tally, expected) + (expected.ordered === true ? tally.disorder : 0);
}

/** What is not there of what should be, and what is there outside of it. */
function lost(tally: Tally, { from, count, last = from + count - 1 }: Expected): number {
  const missing = Math.abs(count - tally.distinct);
  if (tally.distinct === 0) return missing;
  return missing + (tally.lowest < from ? 1 : 0) + (tally.highest > last ? 1 : 0);
}
