/** Where an item is now: open under this number, or in the queue, this many items behind the head. */
export type Place = { readonly xid: number } | { readonly position: number };

/** An item that was open at the checkpoint. */
export interface OpenThen {
  readonly xid: number;
  /** Null: it is gone. */
  readonly place: Place | null;
}

/**
 * Follows what happens at the head of a queue after a checkpoint. The head is the top of a stack: REMOVE and
 * REMOVE_TENTATIVE take from it, UNREMOVE puts on it. An item taken for the first time gets the next slot, counted
 * from 1; items that were open at the checkpoint have slots below 0. It knows where the item of each slot is now; those
 * that are gone cost nothing, so a checkpoint costs as much as there are items open or returned.
 */
export class Checkpoint {
  /** How many items have been taken for the first time. */
  taken = 0;
  readonly #openThen: number[] = [];
  readonly #open = new Map<number, number>();
  /** Slots of items that were put back, the head last. */
  readonly #returned: number[] = [];

  /** `open`: the numbers of items that are open at the checkpoint; those not named are met when they are used. */
  constructor(open: Iterable<number> = []) {
    for (const xid of open) this.#meet(xid);
  }

  /** How many items lie at the head because they were put back. */
  get returned(): number {
    return this.#returned.length;
  }

  removed(): void {
    this.#take();
  }
  opened(xid: number): void {
    this.#open.set(xid, this.#take());
  }
  confirmed(xid: number): void {
    this.#close(xid);
  }
  /** The item is at the head again. */
  putBack(xid: number): void {
    this.#returned.push(this.#close(xid));
  }

  /** The items that were open at the checkpoint, in the order in which they were named. */
  openThen(): readonly OpenThen[] {
    const places = this.#places();
    return this.#openThen.map((xid, i) => ({ xid, place: places.get(-1 - i) ?? null }));
  }

  /** The slots above 0 whose items are not gone, in order. */
  alive(): readonly (readonly [slot: number, place: Place])[] {
    return [...this.#places()].filter(([slot]) => slot > 0).sort(([a], [b]) => a - b);
  }

  /** The slots of items that were put back, the head last. */
  returnedSlots(): readonly number[] {
    return this.#returned;
  }

  #take(): number {
    const slot = this.#returned.pop();
    if (slot !== undefined) return slot;
    this.taken += 1;
    return this.taken;
  }

  #close(xid: number): number {
    const slot = this.#open.get(xid) ?? this.#meet(xid);
    this.#open.delete(xid);
    return slot;
  }

  #meet(xid: number): number {
    this.#openThen.push(xid);
    const slot = -this.#openThen.length;
    this.#open.set(xid, slot);
    return slot;
  }

  #places(): Map<number, Place> {
    const places = new Map<number, Place>();
    for (const [xid, slot] of this.#open) places.set(slot, { xid });
    const last = this.#returned.length - 1;
    for (const [i, slot] of this.#returned.entries()) places.set(slot, { position: last - i });
    return places;
  }
}
