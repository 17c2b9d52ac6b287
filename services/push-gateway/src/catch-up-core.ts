/** Whose turn it is to be caught up. Three lanes, first in first out; each reader is in at most one place. */

/** In the order in which they are served: a reader that waits, a fresh one, all of them after a disturbance. */
export const LANES = ['resume', 'confirm', 'sweep'] as const;
export type Lane = (typeof LANES)[number];

export interface CatchUpLimits {
  /** Questions to timeline at a time. */
  readonly concurrencyMax: number;
  /** Readers that wait for their turn; the rest are refused. */
  readonly waitingMax: number;
  /** Starts per second for `confirm` and `sweep`. */
  readonly perSecond: number;
}

export interface Turn<T> {
  readonly who: T;
  readonly lane: Lane;
}

/** Starts saved up while there was nothing to do, as a part of a second. */
const BURST_PARTS = 10;

export class CatchUpQueue<T> {
  readonly #limits: CatchUpLimits;
  readonly #lanes: Readonly<Record<Lane, Set<T>>> = {
    resume: new Set(),
    confirm: new Set(),
    sweep: new Set(),
  };
  #underWay = 0;
  #credit = 0;
  #creditAtMs: number | null = null;

  constructor(limits: CatchUpLimits) {
    this.#limits = limits;
  }

  get waiting(): number {
    return LANES.reduce((sum, lane) => sum + this.#lanes[lane].size, 0);
  }

  get underWay(): number {
    return this.#underWay;
  }

  /** False when the queue is full. One that waits already keeps its place, or moves to a better lane. */
  add(who: T, lane: Lane): boolean {
    const before = LANES.find((other) => this.#lanes[other].has(who));
    if (before !== undefined) {
      if (LANES.indexOf(before) <= LANES.indexOf(lane)) return true;
      this.#lanes[before].delete(who);
    } else if (this.waiting >= this.#limits.waitingMax) {
      return false;
    }
    this.#lanes[lane].add(who);
    return true;
  }

  remove(who: T): void {
    for (const lane of LANES) this.#lanes[lane].delete(who);
  }

  /** The next one to ask for, or null: nobody waits, enough are under way, or it is too early. Call `done` after it. */
  take(nowMs: number): Turn<T> | null {
    if (this.#underWay >= this.#limits.concurrencyMax) return null;
    this.#earn(nowMs);
    for (const lane of LANES) {
      for (const who of this.#lanes[lane]) {
        if (lane !== 'resume' && this.#credit < 1) return null;
        if (lane !== 'resume') this.#credit -= 1;
        this.#lanes[lane].delete(who);
        this.#underWay++;
        return { who, lane };
      }
    }
    return null;
  }

  done(): void {
    this.#underWay--;
  }

  #earn(nowMs: number): void {
    const { perSecond } = this.#limits;
    const burst = Math.max(1, perSecond / BURST_PARTS);
    const earned = this.#creditAtMs === null ? burst : ((nowMs - this.#creditAtMs) * perSecond) / 1_000;
    this.#credit = Math.min(burst, this.#credit + Math.max(0, earned));
    this.#creditAtMs = nowMs;
  }
}
