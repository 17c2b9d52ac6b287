/** Somebody who waits for an item. Called once, already off the list; may take the item or not. */
export interface Waiter {
  wake(now: number): void;
}

/** Those who wait on one queue, first come first served. Takes no memory to speak of until somebody waits. */
export class WaiterList {
  #set: Set<Waiter> | null = null;

  get size(): number {
    return this.#set === null ? 0 : this.#set.size;
  }

  /** At the end of the line; one that waits already keeps its place. */
  add(waiter: Waiter): void {
    (this.#set ??= new Set()).add(waiter);
  }

  delete(waiter: Waiter): void {
    this.#set?.delete(waiter);
  }

  /** The first in line, who is then off the list. */
  shift(): Waiter | undefined {
    if (this.#set === null) return undefined;
    for (const waiter of this.#set) {
      this.#set.delete(waiter);
      return waiter;
    }
    return undefined;
  }
}
