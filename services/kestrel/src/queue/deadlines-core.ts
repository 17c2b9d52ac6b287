/** Something that ends at a time. */
export interface Timed {
  /** Ms since 1970. */
  readonly deadline: number;
  expire(now: number): void;
}

/** The grain of the wheel: a deadline is noticed at most this much late, never early, ms. */
export const TICK_MS = 20;
const SLOTS = 1024;

/**
 * A hashed timer wheel: any number of deadlines, one timer in the shell that calls `advance` every TICK_MS while
 * `size` is not 0. Adding and removing take constant time.
 */
export class Deadlines {
  readonly #slots = Array.from({ length: SLOTS }, () => new Set<Timed>());
  /** The last tick that has been looked at. */
  #tick = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  add(timed: Timed, now: number): void {
    if (this.#size === 0) this.#tick = Math.floor(now / TICK_MS);
    this.#slot(timed).add(timed);
    this.#size += 1;
  }

  remove(timed: Timed): void {
    if (this.#slot(timed).delete(timed)) this.#size -= 1;
  }

  /** Ends everything whose deadline has come. */
  advance(now: number): void {
    const until = Math.floor(now / TICK_MS);
    // After a long pause every slot is looked at once. A clock set back makes no tick until it has caught up.
    const from = Math.max(this.#tick + 1, until - SLOTS + 1);
    for (let tick = from; tick <= until && this.#size > 0; tick += 1) {
      const slot = this.#slots[tick % SLOTS];
      if (slot === undefined) continue;
      for (const timed of slot) {
        if (timed.deadline > now) continue;
        slot.delete(timed);
        this.#size -= 1;
        timed.expire(now);
      }
    }
    this.#tick = Math.max(this.#tick, until);
  }

  /** The slot whose tick begins at or after the deadline, so that nothing ends early. */
  #slot(timed: Timed): Set<Timed> {
    // A client may ask for an end before 1970: such a deadline has passed, and has a slot all the same.
    const slot = this.#slots[Math.ceil(Math.max(0, timed.deadline) / TICK_MS) % SLOTS];
    if (slot === undefined) throw new RangeError(`deadline: ${timed.deadline} is no time`);
    return slot;
  }
}
