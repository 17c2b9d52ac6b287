/**
 * Which server gets the next put. Each has an account of what it was given, and the next put is for the one that was
 * given least. Who answers late is charged more for each put and so gets fewer; who was away is charged for that time
 * too and so is not flooded when it is back. Small bursts stay together: one write to one server.
 */
import { BEHIND_PUTS, PUTS_TOGETHER_MAX, SLOW_COST_MAX, SLOW_FROM_MS } from './defaults.js';

/**
 * `none`: it cannot have it. `doubtful`: it is late, so only when all are. `full`: it would be good, but its socket has
 * enough for the moment; worth waiting for. `good`: the next put may be its.
 */
export type Fitness = 'none' | 'doubtful' | 'full' | 'good';

export interface SpreadTarget {
  fitness(nowMs: number): Fitness;
  /** Puts it has not answered. */
  pending(): number;
  /** What an answer took lately, ms; 0 = not known. */
  latencyMs(): number;
  /** Has puts of this turn that are not written yet: one more costs no write. */
  gathering(): boolean;
  /** The account; only the spread changes it. */
  given: number;
}

export class Spread<T extends SpreadTarget> {
  private readonly first: number;
  /** What the server chosen last had been given: nobody's account may be below it. */
  private level = 0;
  private last: T | null = null;
  private inARow = 0;

  /** `random` (0..1): so that many clients do not all begin with the same server. */
  constructor(random: number) {
    this.first = Math.floor(random * FIRST_MAX);
  }

  /** The server for one more put, its account charged; null when it has to wait. Not one of those that `refusedBy` names. */
  pick(targets: readonly T[], refusedBy: ReadonlySet<T>, nowMs: number): T | null {
    const { last } = this;
    if (last !== null && this.inARow < PUTS_TOGETHER_MAX && last.gathering() && !refusedBy.has(last)) {
      if (last.fitness(nowMs) === 'good') return this.charge(last, targets);
    }
    const next = this.next(targets, refusedBy, nowMs);
    if (next === null) return null;
    this.level = Math.max(this.level, next.given);
    this.last = next;
    this.inARow = 0;
    return this.charge(next, targets);
  }

  private next(targets: readonly T[], refusedBy: ReadonlySet<T>, nowMs: number): T | null {
    const good = this.least(targets, refusedBy, 'good', nowMs);
    if (good !== null) return good;
    for (const target of targets) if (target.fitness(nowMs) === 'full' && !refusedBy.has(target)) return null;
    return this.least(targets, refusedBy, 'doubtful', nowMs);
  }

  /** It refused a put: that counts as some more. */
  refused(target: T): void {
    target.given += SLOW_COST_MAX;
  }

  private charge(target: T, targets: readonly T[]): T {
    this.inARow += 1;
    target.given = Math.max(target.given, this.level) + costOf(target, targets);
    return target;
  }

  /** Who was given least, of those that are not far behind the others with their answers. */
  private least(targets: readonly T[], refusedBy: ReadonlySet<T>, wanted: Fitness, nowMs: number): T | null {
    let fewest = Infinity;
    for (const target of targets)
      if (target.fitness(nowMs) === wanted && !refusedBy.has(target))
        fewest = Math.min(fewest, target.pending());
    if (fewest === Infinity) return null;
    let best: T | null = null;
    let bestGiven = Infinity;
    for (let i = 0; i < targets.length; i++) {
      const target = targets[(this.first + i) % targets.length] as T;
      if (target.fitness(nowMs) !== wanted || refusedBy.has(target)) continue;
      if (target.pending() > 2 * fewest + BEHIND_PUTS) continue;
      const given = Math.max(target.given, this.level);
      if (given >= bestGiven) continue;
      best = target;
      bestGiven = given;
    }
    return best;
  }
}

/** 1 for a server that answers in time or about as fast as the fastest, up to `SLOW_COST_MAX` for a slow one. */
function costOf(target: SpreadTarget, targets: readonly SpreadTarget[]): number {
  const latency = target.latencyMs();
  if (latency <= SLOW_FROM_MS) return 1;
  let fastest = latency;
  for (const other of targets) fastest = Math.min(fastest, other.latencyMs());
  return Math.min(SLOW_COST_MAX, latency / Math.max(SLOW_FROM_MS, fastest));
}

const FIRST_MAX = 1024;
