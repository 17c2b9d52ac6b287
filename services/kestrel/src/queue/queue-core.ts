import type { QueueConfig } from '../config/schema.js';
import { Backlog, DISCARDS_MAX, SWEEP_BEHIND_MAX, type Restored } from './backlog-core.js';
import { Distribution } from './distribution-core.js';
import type { ExpiredItems } from './expired-core.js';
import { isDead, type Item } from './item.js';
import { NO_JOURNAL, type JournalSink } from './journal-sink-core.js';
import { OpenItems } from './open-items-core.js';
import { freshCounts, type QueueCounts } from './queue-counts-core.js';
import { WaiterList } from './waiter-list-core.js';

export { NO_JOURNAL, type JournalSink } from './journal-sink-core.js';

/**
 * One queue: items in order, open reads, waiters. It decides and remembers; it has no clock (`now` in ms is an
 * argument) and does no I/O (records go to its JournalSink). Bytes count what is queued, not what is open.
 */
export class QueueCore {
  readonly name: string;
  /** When somebody last put, read or waited, as far as the queue was told, ms since 1970. */
  usedAt: number;
  /** Since when it is here: made, or found in its journal, ms since 1970. */
  readonly createdAt: number;
  journal: JournalSink = NO_JOURNAL;
  /** Takes expired items to where the config says. */
  expired: ExpiredItems | null = null;
  readonly counts: QueueCounts;
  readonly waiters = new WaiterList();
  /** How old items were when they were handed out, ms; null: none was. */
  delivery: Distribution | null = null;
  /** How long gets asked to wait, ms; null: none did. */
  getTimeouts: Distribution | null = null;
  readonly #items: Backlog;
  readonly #open: OpenItems;
  #config: QueueConfig;
  #sweeping = false;
  #deleted = false;
  readonly #isChild: boolean;

  constructor(
    name: string,
    config: QueueConfig,
    now: number,
    restored: Restored = { backlog: new Backlog(config.maxMemorySize), lastXid: 0 },
  ) {
    this.name = name;
    this.#config = config;
    this.usedAt = now;
    this.createdAt = now;
    this.#isChild = name.includes('+');
    this.#open = new OpenItems(restored.lastXid);
    this.#items = restored.backlog;
    this.counts = freshCounts(this.#items.length);
  }

  get config(): QueueConfig {
    return this.#config;
  }
  /** Holds from now on, for items that are here too. */
  set config(config: QueueConfig) {
    this.#config = config;
    this.#items.limit = config.maxMemorySize;
  }
  get length(): number {
    return this.#items.length;
  }
  get bytes(): number {
    return this.#items.bytes;
  }
  get backlog(): Backlog {
    return this.#items;
  }
  get openReads(): number {
    return this.#open.size;
  }
  /** Items that are open, the longest first. */
  openItems(): Iterable<Item> {
    return this.#open.items();
  }
  get deleted(): boolean {
    return this.#deleted;
  }
  /** True when items set on this queue go to its children only. */
  get passesOn(): boolean {
    return this.#config.fanoutOnly && !this.#isChild;
  }

  /** How long the head item has been here, ms; 0 when there is none. */
  headAge(now: number): number {
    return Math.max(0, now - (this.#items.first()?.addTime ?? now));
  }

  /** Why an item would be refused, or null: it would be taken. */
  refusal(bytes: number, now: number): 'too large' | 'full' | 'not writable' | 'deleted' | null {
    if (this.#deleted) return 'deleted';
    if (bytes > this.#config.maxItemSize) return 'too large';
    if (!this.journal.writable) return 'not writable';
    this.sweep(now);
    if (this.hasRoom()) return null;
    const { discardOldWhenFull, maxItems, maxSize } = this.#config;
    return discardOldWhenFull && maxItems > 0 && maxSize > 0 ? null : 'full';
  }

  /** False where `maxItems` or `maxSize` is reached. */
  hasRoom(): boolean {
    return this.#items.length < this.#config.maxItems && this.#items.bytes < this.#config.maxSize;
  }

  /** Puts an item at the tail and wakes who waits. False: refused, nothing changed. */
  add(data: Buffer, expiry: number, now: number): boolean {
    this.counts.puts += 1;
    if (this.refusal(data.length, now) !== null) return false;
    if (!this.hasRoom() && !this.#discard()) return false;
    this.usedAt = now;
    const item: Item = { data, addTime: now, expiry, xid: 0 };
    this.journal.added(item, this.#items.push(item));
    this.counts.totalItems += 1;
    this.counts.putItems += 1;
    this.counts.putBytes += data.length;
    if (this.waiters.size > 0) this.wake(now);
    return true;
  }

  /** Removes the head for good. Null: there is none that lives, or it cannot be read now. */
  take(now: number): Item | null {
    const item = this.#remove(now);
    if (item !== null) this.journal.removed();
    return item;
  }

  /** Removes the head tentatively: the item's `xid` confirms it or puts it back. */
  open(now: number): Item | null {
    const item = this.#remove(now);
    if (item === null) return null;
    this.#open.add(item, this.#config.openTransactionTimeout === null ? null : now);
    this.journal.opened(item.xid);
    this.counts.transactions += 1;
    return item;
  }

  peek(now: number): Item | null {
    this.usedAt = now;
    return this.#head(now) ?? null;
  }

  /** The item is done with. False: no such open read. */
  confirm(xid: number): boolean {
    if (this.#open.remove(xid) === undefined) return false;
    this.journal.confirmed(xid);
    return true;
  }

  /** True while this read is open. */
  isOpen(xid: number): boolean {
    return this.#open.has(xid);
  }

  /** Puts an open item back at the head and wakes who waits. False: no such open read. */
  abort(xid: number, now: number): boolean {
    return this.abortAll([xid], now) > 0;
  }

  /** Puts open items back at the head, the first of them first in line, and wakes who waits. Answers how many were open. */
  abortAll(xids: readonly number[], now: number): number {
    let returned = 0;
    for (let i = xids.length - 1; i >= 0; i -= 1) if (this.#giveBack(xids[i] ?? 0)) returned += 1;
    if (returned > 0) this.wake(now);
    return returned;
  }

  /** Puts back what has been open for longer than `openTransactionTimeout`; answers how many. */
  returnTimedOut(now: number): number {
    const { openTransactionTimeout } = this.#config;
    if (openTransactionTimeout === null || this.#open.size === 0) return 0;
    const xids = this.#open.openedBefore(now - openTransactionTimeout, now);
    if (xids.length === 0) return 0;
    this.counts.timedOut += xids.length;
    return this.abortAll(xids, now);
  }

  /** Removes all items; open reads stay. */
  flush(): void {
    this.counts.flushes += 1;
    if (this.#items.behindItems > 0) {
      // One record per item would be Kestrel's way, but they would all have to be read first.
      this.#items.empty();
      this.journal.emptied();
      return;
    }
    while (this.#items.shift() !== undefined) this.journal.removed();
  }

  /** Removes expired items from the head, at most `maxExpireSweep`; an item that lives shields those behind it. */
  sweep(now: number): number {
    return this.#sweep(now, this.#config.maxExpireSweep);
  }

  /** Lets go of everything: waiters are woken to find nothing, open reads are forgotten, nothing is taken any more. */
  delete(now: number): void {
    this.#deleted = true;
    this.#items.clear();
    this.#open.clear();
    this.journal = NO_JOURNAL;
    this.rouse(now);
  }

  /**
   * Hands items to waiters, first come first served. One that only peeked leaves the item to the next; one that takes
   * nothing goes to the end of the line.
   */
  wake(now: number): void {
    let idle = 0;
    while (this.waiters.size > idle && this.#head(now) !== undefined) {
      const { size } = this.waiters;
      const { length } = this.#items;
      this.waiters.shift()?.wake(now);
      idle = this.waiters.size >= size && this.#items.length >= length ? idle + 1 : 0;
    }
  }

  /** Hands out what is there, and then wakes the others for nothing: those whose wait is over notice it. */
  rouse(now: number): void {
    this.wake(now);
    for (let left = this.waiters.size; left > 0; left -= 1) this.waiters.shift()?.wake(now);
  }

  #remove(now: number): Item | null {
    this.usedAt = now;
    const item = this.#head(now);
    if (item === undefined) return null;
    this.#items.shift();
    (this.delivery ??= new Distribution()).add(now - item.addTime);
    return item;
  }

  /** The first item that lives; expired ones before it go, however many `maxExpireSweep` allows. */
  #head(now: number): Item | undefined {
    if (this.#config.openTransactionTimeout !== null) this.returnTimedOut(now);
    const head = this.#items.first();
    if (head === undefined || !isDead(head, this.#config.maxAge, now)) return head;
    this.#sweep(now, Number.POSITIVE_INFINITY);
    const next = this.#items.first();
    return next === undefined || isDead(next, this.#config.maxAge, now) ? undefined : next;
  }

  /** Not from within itself: what becomes of expired items may lead back here. */
  #sweep(now: number, limit: number): number {
    const { maxAge } = this.#config;
    let head = this.#items.first();
    if (head === undefined || this.#sweeping || !isDead(head, maxAge, now)) return 0;
    let swept = 0;
    this.#sweeping = true;
    try {
      while (head !== undefined && isDead(head, maxAge, now) && swept < limit) {
        if (swept >= SWEEP_BEHIND_MAX && this.#items.behindItems > 0) break;
        if (this.#config.expireToQueue !== null && this.expired?.hasRoom(now) === false) break;
        this.#items.shift();
        swept += 1;
        this.#expire(head, now);
        head = this.#items.first();
      }
    } finally {
      this.#sweeping = false;
      this.counts.expired += swept;
    }
    // They may have come back as new ones of this queue.
    if (this.waiters.size > 0 && head !== undefined && !isDead(head, maxAge, now)) this.wake(now);
    return swept;
  }

  /** It is forgotten, or stays open until it has arrived where it goes. */
  #expire(item: Item, now: number): void {
    const { expireToQueue } = this.#config;
    if (this.expired === null || expireToQueue === null) this.journal.removed();
    else {
      this.#open.add(item, null);
      this.journal.opened(item.xid);
      this.expired.pass(this, expireToQueue, item, now);
    }
  }

  /** Drops items from the head until there is room. False: the head cannot be read, so it cannot be dropped. */
  #discard(): boolean {
    for (let dropped = 0; dropped < DISCARDS_MAX && !this.hasRoom(); dropped += 1) {
      if (this.#items.shift() === undefined) return false;
      this.journal.removed();
      this.counts.discarded += 1;
    }
    return true;
  }

  #giveBack(xid: number): boolean {
    const item = this.#open.remove(xid);
    if (item === undefined) return false;
    item.xid = 0;
    this.#items.pushFront(item);
    this.journal.returned(xid);
    this.counts.canceled += 1;
    return true;
  }
}
