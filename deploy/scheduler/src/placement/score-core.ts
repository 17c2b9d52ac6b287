/**
 * What weighs a resource that is left without its partner, against what is left of both. Found by trial on the workloads of
 * `src/simulation`: 3 and 4 are alike; less strands resources on the Google-like class, 6 opens machines too early on the Azure class.
 */
export const STRANDED_WEIGHT = 4;

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
 * What a placement costs: √paired + 4·√stranded of what it leaves free, where `paired` is min(cpu, memory) and `stranded` is
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

/** No machine whose skew differs by at least `distance` from the task's costs less. */
export function costFloor(distance: number): number {
  return STRANDED_WEIGHT * Math.sqrt(distance);
}

/** No machine with more than this sum left costs less than `cost`, if its distance is within [nearest, farthest]. */
export function sumLimit(cost: number, nearest: number, farthest: number): number {
  const room = cost - costFloor(nearest);
  return farthest + 2 * room * room;
}
