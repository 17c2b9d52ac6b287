import { ANTI_STRANDING, type Point, type Score } from './score-core.js';

/** An entry of the index: whatever has a point, and an order among equals. */
export interface Entry {
  readonly sum: number;
  readonly skew: number;
  readonly order: number;
}

/** Machines with the same amounts free: one of them is as good as another. */
interface Group<E> {
  readonly sum: number;
  readonly skew: number;
  readonly members: E[];
}

export interface Found<E> {
  readonly entry: E;
  readonly cost: number;
}

const STRIPES = 1024;
/** Stripes for the width of the mean machine; beyond ±STRIPES/2 of them lies all in the outermost. */
const STRIPES_PER_MEAN = 64;
/** Thousandths; sums and skews of whole thousandths, scaled, are far more exact than this. */
const ROUNDING = 1e-3;

/**
 * The plane cut into stripes of like skew, each sorted by sum. The cheapest fit for a task is near its own skew and just above its own sum,
 * so the search goes outward from the task's stripe, and upward in each, until nothing farther out can be cheaper.
 */
export class Stripes<E extends Entry> {
  readonly #stripes: (Group<E>[] | undefined)[] = new Array<Group<E>[] | undefined>(STRIPES);
  /** One bit for each stripe that has a machine. */
  readonly #used = new Uint32Array(STRIPES / 32);
  readonly #width: number;
  readonly #score: Score;

  /** `mean`: CPUs of the mean machine, in thousandths. */
  constructor(mean: number, score: Score = ANTI_STRANDING) {
    this.#score = score;
    this.#width = Math.max(mean, 1) / STRIPES_PER_MEAN;
  }

  add(entry: E): void {
    const at = this.#stripeOf(entry.skew);
    const stripe = (this.#stripes[at] ??= []);
    if (stripe.length === 0) this.#mark(at, true);
    const i = lowerBound(stripe, entry.sum, entry.skew);
    const group = stripe[i];
    if (group?.sum !== entry.sum || group.skew !== entry.skew) {
      stripe.splice(i, 0, { sum: entry.sum, skew: entry.skew, members: [entry] });
      return;
    }
    const { members } = group;
    members.splice(rank(members, entry.order), 0, entry);
  }

  /** `entry` as it was added. */
  remove(entry: E): void {
    const at = this.#stripeOf(entry.skew);
    const stripe = this.#stripes[at] ?? [];
    const i = lowerBound(stripe, entry.sum, entry.skew);
    const members = stripe[i]?.members ?? [];
    const j = rank(members, entry.order);
    if (members[j] !== entry) throw new Error(`entry ${entry.order} is not in the index where it should be`);
    members.splice(j, 1);
    if (members.length === 0) stripe.splice(i, 1);
    if (stripe.length === 0) this.#mark(at, false);
  }

  /** The cheapest accepted machine below `cost`; of equal ones the one found first, which depends on the index alone. */
  search(task: Point, cost: number, accept: (entry: E) => boolean): Found<E> | null {
    const home = this.#stripeOf(task.skew);
    let below = this.#previous(home);
    let above = this.#next(home + 1);
    let best: Found<E> | null = null;
    let limit = cost;
    for (;;) {
      const gapBelow = below < 0 ? Infinity : this.#gap(below, task.skew);
      const gapAbove = above >= STRIPES ? Infinity : this.#gap(above, task.skew);
      const gap = Math.min(gapBelow, gapAbove);
      if (gap === Infinity || this.#score.floor(gap) >= limit) return best;
      const at = gapBelow <= gapAbove ? below : above;
      const found = this.#searchStripe(at, gap, task, limit, accept);
      if (found !== null) {
        best = found;
        limit = found.cost;
      }
      if (at === below) below = this.#previous(below - 1);
      else above = this.#next(above + 1);
    }
  }

  #searchStripe(
    at: number,
    gap: number,
    task: Point,
    cost: number,
    accept: (entry: E) => boolean,
  ): Found<E> | null {
    const score = this.#score;
    const stripe = this.#stripes[at] ?? [];
    const farthest = this.#farthest(at, task.skew);
    let best: Found<E> | null = null;
    let limit = cost;
    let highest = task.sum + score.sumLimit(limit, gap, farthest);
    for (let i = lowerBound(stripe, task.sum + gap - ROUNDING, -Infinity); i < stripe.length; i++) {
      const group = stripe[i];
      if (group === undefined || group.sum > highest) break;
      const distance = Math.abs(group.skew - task.skew);
      const left = group.sum - task.sum;
      if (left < distance - ROUNDING) continue;
      const its = score.costOf(left, distance);
      if (its >= limit) continue;
      const entry = group.members.find(accept);
      if (entry === undefined) continue;
      best = { entry, cost: its };
      limit = its;
      highest = task.sum + score.sumLimit(limit, gap, farthest);
    }
    return best;
  }

  #stripeOf(skew: number): number {
    const at = Math.floor(skew / this.#width) + STRIPES / 2;
    return Math.max(0, Math.min(STRIPES - 1, at));
  }

  /** How far the nearest machine of a stripe can be, at least. */
  #gap(at: number, skew: number): number {
    const low = at === 0 ? -Infinity : (at - STRIPES / 2) * this.#width;
    const high = at === STRIPES - 1 ? Infinity : (at + 1 - STRIPES / 2) * this.#width;
    return Math.max(0, low - skew - ROUNDING, skew - high - ROUNDING);
  }

  #farthest(at: number, skew: number): number {
    if (at === 0 || at === STRIPES - 1) return Infinity;
    const low = (at - STRIPES / 2) * this.#width;
    return Math.max(Math.abs(low - skew), Math.abs(low + this.#width - skew)) + ROUNDING;
  }

  #mark(at: number, used: boolean): void {
    const word = this.#used[at >>> 5] ?? 0;
    const bit = 1 << (at & 31);
    this.#used[at >>> 5] = used ? word | bit : word & ~bit;
  }

  /** The first used stripe from `at` upward; STRIPES if there is none. */
  #next(at: number): number {
    for (let w = at >>> 5, mask = -1 << (at & 31); w < this.#used.length; w++, mask = -1) {
      const word = (this.#used[w] ?? 0) & mask;
      if (word !== 0) return w * 32 + 31 - Math.clz32(word & -word);
    }
    return STRIPES;
  }

  /** The first used stripe from `at` downward; -1 if there is none. */
  #previous(at: number): number {
    if (at < 0) return -1;
    for (let w = at >>> 5, mask = -1 >>> (31 - (at & 31)); w >= 0; w--, mask = -1) {
      const word = (this.#used[w] ?? 0) & mask;
      if (word !== 0) return w * 32 + 31 - Math.clz32(word);
    }
    return -1;
  }
}

function lowerBound(stripe: readonly Point[], sum: number, skew: number): number {
  let low = 0;
  let high = stripe.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const point = stripe[middle];
    if (point !== undefined && (point.sum < sum || (point.sum === sum && point.skew < skew)))
      low = middle + 1;
    else high = middle;
  }
  return low;
}

function rank(members: readonly Entry[], order: number): number {
  let low = 0;
  let high = members.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((members[middle]?.order ?? Infinity) < order) low = middle + 1;
    else high = middle;
  }
  return low;
}
