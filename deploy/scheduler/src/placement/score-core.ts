/**
 * What weighs a resource that is left without its partner, against what is left of both. Found by trial on the workloads of
 * `src/simulation`: less strands resources on the Google-like class, 6 opens machines too early on the Azure class.
 */
export const STRANDED_WEIGHT = 3;

/** A point in the plane that is searched: `sum` = cpu + memory and `skew` = cpu - memory, memory scaled to CPUs of the mean machine. */
export interface Point {
  readonly sum: number;
  readonly skew: number;
}

/** `memoryScale`: thousandths of a CPU for one thousandth of a MiB, so that the mean machine has as much of both. */
export function pointOf(cpu: number, mem: number, memoryScale: number): Point {
  const scaled = mem * memoryScale;
  return { sum: cpu + scaled, skew: cpu - scaled };
}

/**
 * What a placement costs: √paired + 3·√stranded of what it leaves free, where `paired` is min(cpu, memory) and `stranded` is
 * |cpu − memory|. Lower is better.
 *
 * Roots, because they are steep near zero: a machine that is filled exactly, or whose two resources end alike, is worth more than two that are
 * nearly so. What is left is then either nothing or a large piece in shape, which a later task can use. Both terms have the same exponent, so
 * the order is the same in any unit.
 *
 * `dSum` and `distance` are the sum left and the absolute skew left; a small negative `dSum - distance` is a rounding error.
 */
export function costOf(dSum: number, distance: number): number {
  return Math.sqrt(Math.max(0, (dSum - distance) / 2)) + STRANDED_WEIGHT * Math.sqrt(distance);
}

/** What the index needs of a cost: the cost itself, and two bounds that let it stop early. */
export interface Score {
  readonly costOf: (dSum: number, distance: number) => number;
  /** No machine whose skew differs by at least `distance` from the task's costs less. */
  readonly floor: (distance: number) => number;
  /** No machine with more than this sum left costs less than `cost`, if its distance is within [nearest, farthest]. */
  readonly sumLimit: (cost: number, nearest: number, farthest: number) => number;
}

export const ANTI_STRANDING: Score = {
  costOf,
  floor: costFloor,
  sumLimit: (cost, nearest, farthest) => farthest + 2 * (cost - costFloor(nearest)) ** 2,
};

function costFloor(distance: number): number {
  return STRANDED_WEIGHT * Math.sqrt(distance);
}
