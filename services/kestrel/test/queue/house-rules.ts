import type { ConfigBook } from '../../src/config/book-core.js';
import type { QueueConfig } from '../../src/config/schema.js';
import { held, isOver, overdue, size, type ModelItem, type ModelQueue, type Wait } from './house-queue.js';

/** What the queues of a server do, whoever asks: limits, expiry, children, who is served first. Slow and obvious. */
export class HouseRules {
  now = 0;
  book: ConfigBook;
  maxOpen = 0;
  blocksReads = false;
  blocksWrites = false;
  queues: ModelQueue[] = [];
  /** What each client has been sent, item data and `END`, in order. */
  heard: string[][];
  /** Parent and child, as they came. */
  #bonds: [string, string][] = [];

  constructor(clients: number, book: ConfigBook) {
    this.heard = Array.from({ length: clients }, () => []);
    this.book = book;
  }

  find(name: string): ModelQueue | undefined {
    return this.queues.find((queue) => queue.name === name);
  }

  protected config(queue: ModelQueue): QueueConfig {
    return this.book.resolve(queue.name);
  }

  protected obtain(name: string): ModelQueue {
    const known = this.find(name);
    if (known !== undefined) return known;
    for (const child of this.book.children(name)) this.obtain(child);
    const queue: ModelQueue = { name, items: [], open: [], waits: [], used: this.now };
    this.queues.push(queue);
    const parent = name.split('+')[0]!;
    if (parent !== name) this.#bonds.push([parent, name]);
    return queue;
  }

  protected remove(name: string): void {
    const queue = this.find(name);
    if (queue === undefined) return;
    this.queues = this.queues.filter((other) => other !== queue);
    this.#bonds = this.#bonds.filter(([, child]) => child !== name);
    for (const { client } of queue.waits) this.heard[client]!.push('END');
    queue.waits = [];
    const parent = name.split('+')[0]!;
    if (parent !== name && this.find(parent) !== undefined && this.book.children(parent).includes(name))
      this.obtain(name);
  }

  protected put(name: string, data: string, expiry: number): boolean {
    const own = this.obtain(name);
    const children = this.#bonds.filter(([parent]) => parent === name).map(([, child]) => this.find(child)!);
    const declared = this.book.children(name);
    const passesOn = this.config(own).fanoutOnly;
    const targets = passesOn ? children : [...children, own];
    const required = targets.filter((queue) => queue === own || declared.includes(queue.name));
    if (children.length > 0 || passesOn) {
      if (!required.every((queue) => this.#takes(queue))) return false;
      own.used = this.now;
    }
    let stored = true;
    for (const queue of targets) {
      if (!this.#add(queue, data, expiry) && required.includes(queue)) stored = false;
    }
    return stored;
  }

  #isFull(queue: ModelQueue): boolean {
    const { maxItems, maxSize } = this.config(queue);
    return queue.items.length >= maxItems || size(queue.items) >= maxSize;
  }

  #takes(queue: ModelQueue): boolean {
    const { discardOldWhenFull, maxExpireSweep, maxItems } = this.config(queue);
    this.sweep(queue, maxExpireSweep);
    return !this.#isFull(queue) || (discardOldWhenFull && maxItems > 0);
  }

  #add(queue: ModelQueue, data: string, expiry: number): boolean {
    if (!this.#takes(queue)) return false;
    while (this.#isFull(queue)) queue.items.shift();
    queue.items.push({ data, added: this.now, expiry });
    queue.used = this.now;
    this.serve(queue);
    return true;
  }

  protected sweep(queue: ModelQueue, limit: number): number {
    const { expireToQueue, maxAge } = this.config(queue);
    let swept = 0;
    while (swept < limit && queue.items[0] !== undefined && isOver(queue.items[0], maxAge, this.now)) {
      const { data } = queue.items.shift()!;
      swept += 1;
      if (expireToQueue !== null) this.#add(this.obtain(expireToQueue), data, 0);
    }
    return swept;
  }

  #head(queue: ModelQueue): ModelItem | undefined {
    this.returnTimedOut(queue);
    this.sweep(queue, Number.POSITIVE_INFINITY);
    return queue.items[0];
  }

  protected fetch(queue: ModelQueue, client: number, how: Wait['how']): string | null {
    queue.used = this.now;
    const item = this.#head(queue);
    if (item === undefined) return null;
    if (how !== 'peek') queue.items.shift();
    const at = this.config(queue).openTransactionTimeout === null ? null : this.now;
    if (how === 'open' || how === 'monitor') queue.open.push({ client, item, at, gone: false });
    return item.data;
  }

  protected returnTimedOut(queue: ModelQueue): void {
    const { openTransactionTimeout } = this.config(queue);
    if (openTransactionTimeout === null) return;
    const over = overdue(queue, openTransactionTimeout, this.now);
    for (const read of over) read.gone = true;
    this.giveBack(queue, over);
  }

  protected giveBack(queue: ModelQueue, reads: ModelQueue['open']): void {
    const items = reads.map(({ item }) => item);
    if (items.length === 0) return;
    queue.items.unshift(...items);
    this.serve(queue);
  }

  protected isDone(queue: ModelQueue, { client, left, deadline }: Wait): boolean {
    return left <= 0 || this.now >= deadline || held(queue, client) >= this.maxOpen || this.blocksReads;
  }

  protected monitorOne(queue: ModelQueue, wait: Wait): boolean {
    const item = this.fetch(queue, wait.client, 'monitor');
    if (item === null) return false;
    wait.left -= 1;
    this.heard[wait.client]!.push(item);
    return true;
  }

  protected endIfDone(queue: ModelQueue, wait: Wait): boolean {
    if (!this.isDone(queue, wait)) return false;
    queue.waits = queue.waits.filter((other) => other !== wait);
    this.heard[wait.client]!.push('END');
    return true;
  }

  /** Hands items to waiters in turn, one each; a monitor that goes on is last in line again. */
  protected serve(queue: ModelQueue): void {
    while (queue.waits.length > 0 && this.#head(queue) !== undefined) {
      const wait = queue.waits.shift();
      // Reads that were given back at that moment may have gone to all who wait.
      if (wait === undefined) return;
      if (wait.how === 'monitor') {
        if (!this.isDone(queue, wait)) this.monitorOne(queue, wait);
        if (!this.endIfDone(queue, wait)) queue.waits.push(wait);
      } else this.heard[wait.client]!.push(this.fetch(queue, wait.client, wait.how)!);
    }
  }
}
