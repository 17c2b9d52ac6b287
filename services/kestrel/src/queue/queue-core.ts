import type { QueueConfig } from '../config/schema.js';
import { Backlog } from './backlog-core.js';
import type { Item } from './item.js';

/** Where a queue records what happens to it, in order. Each call is one journal record. */
export interface JournalSink {
  /** False: the journal cannot be written now, and the queue takes no items. */
  readonly writable: boolean;
  /** `inMemory` false: the item is behind memory, and this record is all there is of it. */
  added(item: Item, inMemory: boolean): void;
  removed(): void;
  opened(xid: number): void;
  confirmed(xid: number): void;
  returned(xid: number): void;
}

const nothing = (): void => undefined;
/** The journal of a queue that keeps none. */
export const NO_JOURNAL: JournalSink = {
  writable: true,
  added: nothing,
  removed: nothing,
  opened: nothing,
  confirmed: nothing,
  returned: nothing,
};

/** Somebody who waits for an item. Called once, already off the list; may take the item or not. */
export interface Waiter {
  wake(now: number): void;
}

/** Counts since the start of the process, but `totalItems`, which includes those found in the journal. */
export interface QueueCounts {
  totalItems: number;
  expired: number;
  discarded: number;
  transactions: number;
  canceled: number;
  flushes: number;
  gets: number;
  hits: number;
  puts: number;
}

/** What a journal held when it was opened. */
export interface Restored {
  readonly backlog: Backlog;
  readonly lastXid: number;
}

const XID_MAX = 2 ** 31 - 1;

/**
 * One queue: items in order, open reads, waiters. It decides and remembers; it has no clock (`now` in ms is an
 * argument) and does no I/O (records go to its JournalSink). Bytes count what is queued, not what is open.
 */
export class QueueCore {
  readonly name: string;
  config: QueueConfig;
  /** When somebody last put, read or waited, as far as the queue was told, ms since 1970. */
  usedAt: number;
  journal: JournalSink = NO_JOURNAL;
  /** What happens to an expired item beyond being forgotten. */
  onExpired: ((item: Item, now: number) => void) | null = null;
  readonly counts: QueueCounts;
  readonly waiters = new Set<Waiter>();
  readonly #items: Backlog;
  readonly #open = new Map<number, Item>();
  #xid: number;
  #deleted = false;
  readonly #isChild: boolean;

  constructor(
    name: string,
    config: QueueConfig,
    now: number,
    restored: Restored = { backlog: new Backlog(config.maxMemorySize), lastXid: 0 },
  ) {
    this.name = name;
    this.config = config;
    this.usedAt = now;
    this.#isChild = name.includes('+');
    this.#xid = restored.lastXid;
    this.#items = restored.backlog;
    this.counts = {
      totalItems: this.#items.length,
      expired: 0,
      discarded: 0,
      transactions: 0,
      canceled: 0,
      flushes: 0,
      gets: 0,
      hits: 0,
      puts: 0,
    };
  }

  get length(): number {
    return this.#items.length;
  }
  get bytes(): number {
    return this.#items.bytes;
  }
  get openReads(): number {
    return this.#open.size;
  }
  get deleted(): boolean {
    return this.#deleted;
  }
  /** True when items set on this queue go to its children only. */
  get passesOn(): boolean {
    return this.config.fanoutOnly && !this.#isChild;
  }

  /** How long the head item has been here, ms; 0 when there is none. */
  headAge(now: number): number {
    const head = this.#items.first();
    return head === undefined ? 0 : Math.max(0, now - head.addTime);
  }

  /** Why an item would be refused, or null: it would be taken. */
  refusal(bytes: number, now: number): 'too large' | 'full' | 'not writable' | 'deleted' | null {
    if (this.#deleted) return 'deleted';
    if (bytes > this.config.maxItemSize) return 'too large';
    if (!this.journal.writable) return 'not writable';
    this.sweep(now);
    const room = this.#items.length < this.config.maxItems && this.#items.bytes < this.config.maxSize;
    return room || (this.config.discardOldWhenFull && this.#items.length > 0) ? null : 'full';
  }

  /** Puts an item at the tail and wakes who waits. False: refused, nothing changed. */
  add(data: Buffer, expiry: number, now: number): boolean {
    if (this.refusal(data.length, now) !== null) return false;
    this.usedAt = now;
    const { maxItems, maxSize } = this.config;
    while (this.#items.length > 0 && (this.#items.length >= maxItems || this.#items.bytes >= maxSize)) {
      this.#items.shift();
      this.journal.removed();
      this.counts.discarded += 1;
    }
    const item: Item = { data, addTime: now, expiry, xid: 0 };
    this.journal.added(item, this.#items.push(item));
    this.counts.totalItems += 1;
    this.wake(now);
    return true;
  }

  /** Removes the head for good. */
  take(now: number): Item | null {
    this.usedAt = now;
    this.sweep(now);
    const item = this.#items.shift();
    if (item === undefined) return null;
    this.journal.removed();
    return item;
  }

  /** Removes the head tentatively: the item's `xid` confirms it or puts it back. */
  open(now: number): Item | null {
    this.usedAt = now;
    this.sweep(now);
    const item = this.#items.shift();
    if (item === undefined) return null;
    item.xid = this.#nextXid();
    this.#open.set(item.xid, item);
    this.journal.opened(item.xid);
    this.counts.transactions += 1;
    return item;
  }

  peek(now: number): Item | null {
    this.usedAt = now;
    this.sweep(now);
    return this.#items.first() ?? null;
  }

  /** The item is done with. False: no such open read. */
  confirm(xid: number): boolean {
    if (!this.#open.delete(xid)) return false;
    this.journal.confirmed(xid);
    return true;
  }

  /** Puts an open item back at the head and wakes who waits. False: no such open read. */
  abort(xid: number, now: number): boolean {
    const item = this.#open.get(xid);
    if (item === undefined) return false;
    this.#open.delete(xid);
    item.xid = 0;
    this.#items.pushFront(item);
    this.journal.returned(xid);
    this.counts.canceled += 1;
    this.wake(now);
    return true;
  }

  /** Removes all items; open reads stay. */
  flush(): void {
    while (this.#items.shift() !== undefined) this.journal.removed();
    this.counts.flushes += 1;
  }

  /** Removes expired items from the head, at most `maxExpireSweep`; an item that lives shields those behind it. */
  sweep(now: number): number {
    let swept = 0;
    for (
      let head = this.#items.first();
      head !== undefined && this.#isDead(head, now);
      head = this.#items.first()
    ) {
      if (swept >= this.config.maxExpireSweep) break;
      this.#items.shift();
      this.journal.removed();
      this.counts.expired += 1;
      swept += 1;
      this.onExpired?.(head, now);
    }
    return swept;
  }

  /** Lets go of everything: waiters are woken to find nothing, open reads are forgotten, nothing is taken any more. */
  delete(now: number): void {
    this.#deleted = true;
    this.#items.clear();
    this.#open.clear();
    this.journal = NO_JOURNAL;
    for (const waiter of this.waiters) {
      this.waiters.delete(waiter);
      waiter.wake(now);
    }
  }

  /** Where the items are. */
  get backlog(): Backlog {
    return this.#items;
  }

  /** Items that are open, the longest first. */
  openItems(): Iterable<Item> {
    return this.#open.values();
  }

  /** Hands items to waiters, first come first served. One that only peeked leaves the item to the next. */
  wake(now: number): void {
    while (this.#items.length > 0) {
      const first = this.waiters.values().next();
      if (first.done === true) return;
      this.waiters.delete(first.value);
      first.value.wake(now);
    }
  }

  #isDead(item: Item, now: number): boolean {
    const { maxAge } = this.config;
    return (item.expiry !== 0 && item.expiry < now) || (maxAge !== null && item.addTime + maxAge < now);
  }

  #nextXid(): number {
    do {
      this.#xid = this.#xid >= XID_MAX ? 1 : this.#xid + 1;
    } while (this.#open.has(this.#xid));
    return this.#xid;
  }
}
