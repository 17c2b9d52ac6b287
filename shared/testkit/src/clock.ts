/** A clock that stands still until a test moves it. */
export interface ManualClock {
  /** ms since the epoch. */
  now(): number;
  /** Moves it on and fires what falls due, in order of its time. */
  advance(ms: number): void;
  /** Sets it, backwards too (as a corrected system clock does); fires what falls due. */
  set(ms: number): void;
  /** Calls `fire` once `ms` have been moved over; returns the cancel. */
  after(ms: number, fire: () => void): () => void;
  /** How many calls are outstanding. */
  readonly pending: number;
}

interface Due {
  readonly at: number;
  readonly order: number;
  readonly fire: () => void;
}

/** Starts at `start`, by default 2026-01-01T00:00:00Z. */
export function manualClock(start = Date.UTC(2026, 0, 1)): ManualClock {
  let now = start;
  let made = 0;
  const waiting = new Set<Due>();
  const next = (until: number): Due | undefined =>
    [...waiting].filter((due) => due.at <= until).sort((a, b) => a.at - b.at || a.order - b.order)[0];
  const moveTo = (target: number): void => {
    for (let due = next(target); due !== undefined; due = next(target)) {
      waiting.delete(due);
      now = Math.max(now, due.at);
      due.fire();
    }
    now = target;
  };
  return {
    now: () => now,
    advance: (ms) => {
      if (!(ms >= 0))
        throw new RangeError(`advance: ms is ${String(ms)}, allowed is 0 and up; use set to go back`);
      moveTo(now + ms);
    },
    set: moveTo,
    after: (ms, fire) => {
      made += 1;
      const due: Due = { at: now + ms, order: made, fire };
      waiting.add(due);
      return () => {
        waiting.delete(due);
      };
    },
    get pending() {
      return waiting.size;
    },
  };
}
