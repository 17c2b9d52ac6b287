/** Somebody who waits for an item, on one list at a time. */
export abstract class Waiter {
  /** Where it is on its list; these three belong to the list. */
  list: WaiterList | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;

  /** Called once, already off the list; may take the item or not, and get in line again. */
  abstract wake(now: number): void;
}

/** Those who wait on one queue, first come first served. All in constant time, however many there are. */
export class WaiterList {
  #first: Waiter | null = null;
  #last: Waiter | null = null;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** At the end of the line; one that waits here already keeps its place. */
  add(waiter: Waiter): void {
    if (waiter.list === this) return;
    waiter.list?.delete(waiter);
    waiter.list = this;
    waiter.before = this.#last;
    if (this.#last === null) this.#first = waiter;
    else this.#last.after = waiter;
    this.#last = waiter;
    this.#size += 1;
  }

  delete(waiter: Waiter): void {
    if (waiter.list !== this) return;
    const { before, after } = waiter;
    if (before === null) this.#first = after;
    else before.after = after;
    if (after === null) this.#last = before;
    else after.before = before;
    waiter.list = null;
    waiter.before = null;
    waiter.after = null;
    this.#size -= 1;
  }

  /** The first in line, who is then off the list. */
  shift(): Waiter | null {
    const first = this.#first;
    if (first !== null) this.delete(first);
    return first;
  }
}
