import { Deque } from './deque-core.js';
import type { Item } from './item.js';
import { Slab } from './slab-core.js';

/**
 * What an item costs in memory beside its bytes: the object, its Buffer and what the engine and malloc keep for both. Measured as growth of
 * the resident set over 200,000 items: 303 bytes for items of 64 bytes, 475 for items of 1 KiB; in slabs, which not all are in, 240.
 */
export const ITEM_WEIGHT_BYTES = 480;
/** What is read back from the journal at one go, bytes; less where `limit` is small. */
const FILL_BYTES = 256 * 1024;

/** Items dropped from a full queue for one new one: a limit that was lowered a lot is reached in steps. */
export const DISCARDS_MAX = 10_000;
/** Expired items removed at one go where they must be read from the journal first; the next access goes on. */
export const SWEEP_BEHIND_MAX = 50_000;

/** The part of a queue that is in its journal only: items wait there while memory is full (read-behind). */
export interface Behind {
  /** Items added from now on are in the journal only, until all of them have been read back. */
  begin(): void;
  /**
   * The next of them, in order: at least one, and no more than fit about `bytes` (each with its weight); at the
   * most `count`, which is how many there are. Null, and a log line, where the journal cannot be read now.
   */
  read(bytes: number, count: number): readonly Item[] | null;
}

/**
 * The items of a queue, in order: the first in memory, and where memory has no more room the rest behind it, in the
 * journal. Memory is refilled as it empties. An item that comes back to the head goes to memory, whatever the limit.
 */
export class Backlog {
  /** How much may be in memory, weights included, bytes. Not looked at where there is no journal to read from. */
  limit: number;
  #behind: Behind | null;
  readonly #memory = new Deque<Item>();
  readonly #slab = new Slab();
  #memoryBytes = 0;
  #behindItems = 0;
  #behindBytes = 0;

  constructor(limit: number, behind: Behind | null = null) {
    this.limit = limit;
    this.#behind = behind;
  }

  get length(): number {
    return this.#memory.length + this.#behindItems;
  }
  /** Bytes of all items, wherever they are, without weights. */
  get bytes(): number {
    return this.#memoryBytes + this.#behindBytes;
  }
  get memoryItems(): number {
    return this.#memory.length;
  }
  get memoryBytes(): number {
    return this.#memoryBytes;
  }
  get behindItems(): number {
    return this.#behindItems;
  }
  /** Those in memory, in order. */
  memory(): Iterable<Item> {
    return this.#memory;
  }

  /** Where the bytes of an item are to be kept that may be pushed next. */
  room(bytes: number): Buffer {
    // Alone it would keep a slab, and behind memory it does not stay.
    const isAlone = this.#memory.length === 0;
    return isAlone || this.#behindItems > 0 ? Buffer.allocUnsafeSlow(bytes) : this.#slab.room(bytes);
  }

  /** Appends an item. False: it is behind memory, so the journal must have it, and the item itself is let go of. */
  push(item: Item): boolean {
    if (this.pushBehind(item.data.length)) return false;
    this.#pushMemory(item);
    return true;
  }

  /** Appends an item of this many bytes where the next one goes behind memory. False: it must be pushed itself. */
  pushBehind(bytes: number): boolean {
    if (this.#behind === null) return false;
    if (this.#behindItems === 0) {
      if (this.#memory.length === 0 || this.#weight < this.limit) return false;
      this.#behind.begin();
    }
    this.#behindItems += 1;
    this.#behindBytes += bytes;
    return true;
  }

  pushFront(item: Item): void {
    this.#memory.pushFront(item);
    this.#memoryBytes += item.data.length;
  }

  /** The head, left where it is; undefined also where the rest is behind memory and cannot be read now. */
  first(): Item | undefined {
    if (this.#memory.length === 0) this.#fill();
    return this.#memory.first();
  }

  shift(): Item | undefined {
    if (this.#memory.length === 0) this.#fill();
    const item = this.#memory.shift();
    if (item === undefined) return undefined;
    this.#memoryBytes -= item.data.length;
    this.#fill();
    if (this.#memory.length === 0) this.#slab.letGo();
    return item;
  }

  /**
   * Takes back items that were pushed last: those in memory, and as many behind it. They are out of the journal
   * too.
   */
  forget(inMemory: ReadonlySet<Item>, behindItems: number, behindBytes: number): void {
    this.#behindItems -= behindItems;
    this.#behindBytes -= behindBytes;
    if (inMemory.size === 0) return;
    this.#memory.filter((item) => !inMemory.has(item));
    this.#memoryBytes = 0;
    for (const item of this.#memory) this.#memoryBytes += item.data.length;
    if (this.#memory.length === 0) this.#slab.letGo();
  }

  /** Lets go of all items. The journal must be told: what was behind memory is not read any more. */
  empty(): void {
    this.#memory.clear();
    this.#slab.letGo();
    this.#memoryBytes = 0;
    this.#behindItems = 0;
    this.#behindBytes = 0;
  }

  /** Lets go of everything, for good. */
  clear(): void {
    this.#behind = null;
    this.empty();
  }

  get #weight(): number {
    return this.#memoryBytes + this.#memory.length * ITEM_WEIGHT_BYTES;
  }

  #pushMemory(item: Item): void {
    this.#memory.pushBack(item);
    this.#memoryBytes += item.data.length;
  }

  #fill(): void {
    if (this.#behindItems === 0) return;
    const step = Math.min(FILL_BYTES, this.limit / 2);
    if (this.#memory.length > 0 && this.#weight + step > this.limit) return;
    for (const item of this.#behind?.read(step, this.#behindItems) ?? []) {
      this.#pushMemory(item);
      this.#behindItems -= 1;
      this.#behindBytes -= item.data.length;
    }
  }
}

/** What a journal held when it was opened. */
export interface Restored {
  readonly backlog: Backlog;
  readonly lastXid: number;
}
