import type { ConfigBook } from '../../src/config/book-core.js';
import type { QueueConfig } from '../../src/config/schema.js';
import {
  held,
  isOver,
  opened,
  overdue,
  size,
  type ModelItem,
  type ModelQueue,
  type Wait,
} from './house-queue.js';

/** The simplest thing that behaves like a whole server: many queues, clients, aliases, children. Slow and obvious. */

export class HouseModel {
  now = 0;
  book: ConfigBook;
  maxOpen = 0;
  blocksReads = false;
  blocksWrites = false;
  queues: ModelQueue[] = [];
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

  isWaiting(client: number): boolean {
    return this.queues.some(({ waits }) => waits.some((wait) => wait.client === client));
  }

  set(name: string, data: string, expiry: number): string {
    if (this.blocksWrites) return 'blocked';
    const destinations = this.book.aliases().get(name);
    if (destinations === undefined) return this.#put(name, data, expiry) ? 'stored' : 'refused';
    return destinations.map((to) => this.#put(to, data, expiry)).every(Boolean) ? 'stored' : 'refused';
  }

  get(client: number, name: string, how: 'take' | 'open' | 'peek', timeout: number): string {
    if (this.blocksReads) return 'blocked';
    if (this.book.aliases().has(name)) return 'END';
    const queue = this.#obtain(name);
    const mine = held(queue, client);
    if ((how === 'take' && mine > 0) || (how === 'open' && mine >= this.maxOpen)) return 'held';
    const item = this.#fetch(queue, client, how);
    if (item !== null || timeout === 0) return item ?? 'END';
    queue.waits.push({ client, how, deadline: this.now + timeout, left: 1 });
    return 'waiting';
  }

  monitor(client: number, name: string, seconds: number, max: number): string {
    if (this.blocksReads) return 'blocked';
    if (this.book.aliases().has(name)) {
      this.heard[client]!.push('END');
      return 'started';
    }
    const queue = this.#obtain(name);
    const wait: Wait = { client, how: 'monitor', deadline: this.now + seconds * 1000, left: max };
    while (!this.#isDone(queue, wait)) {
      if (this.#monitorOne(queue, wait)) continue;
      queue.waits.push(wait);
      return 'started';
    }
    this.heard[client]!.push('END');
    return 'started';
  }

  close(client: number, name: string): void {
    const queue = this.find(name);
    const at = queue?.open.findIndex((read) => read.client === client) ?? -1;
    if (at >= 0) queue!.open.splice(at, 1);
  }

  abort(client: number, name: string): void {
    const queue = this.find(name);
    const first = queue?.open.find((read) => read.client === client);
    if (queue === undefined || first === undefined) return;
    queue.open.splice(queue.open.indexOf(first), 1);
    if (!first.gone) this.#giveBack(queue, [first]);
  }

  confirm(client: number, name: string, count: number): boolean {
    const queue = this.find(name);
    if (queue === undefined || count <= 0) return false;
    if (count > queue.open.filter((read) => read.client === client).length) return false;
    for (let i = 0; i < count; i += 1) this.close(client, name);
    return true;
  }

  disconnect(client: number): void {
    for (const queue of this.queues) {
      queue.waits = queue.waits.filter((wait) => wait.client !== client);
      const reads = opened(queue).filter((read) => read.client === client);
      queue.open = queue.open.filter((read) => read.client !== client);
      this.#giveBack(queue, reads);
    }
  }

  delete(name: string): string {
    if (this.blocksWrites) return 'blocked';
    if (!this.book.aliases().has(name)) this.#delete(name);
    return 'done';
  }

  flush(name: string): string {
    if (this.blocksWrites) return 'blocked';
    const queue = this.find(name);
    if (queue !== undefined && !this.book.aliases().has(name)) queue.items = [];
    return 'done';
  }

  flushAll(): string {
    if (this.blocksWrites) return 'blocked';
    for (const queue of this.queues) queue.items = [];
    return 'done';
  }

  flushExpired(name: string): string {
    if (this.blocksWrites) return 'blocked';
    const queue = this.book.aliases().has(name) ? undefined : this.find(name);
    return String(queue === undefined ? 0 : this.#sweep(queue, this.#config(queue).maxExpireSweep));
  }

  flushAllExpired(): string {
    let swept = 0;
    for (const queue of [...this.queues]) swept += this.#sweep(queue, this.#config(queue).maxExpireSweep);
    return String(swept);
  }

  tick(by: number): void {
    this.now += by;
    for (const queue of this.queues) {
      const over = queue.waits.filter((wait) => wait.deadline <= this.now);
      queue.waits = queue.waits.filter((wait) => wait.deadline > this.now);
      for (const { client } of over) this.heard[client]!.push('END');
    }
  }

  expire(): void {
    for (const queue of [...this.queues]) {
      const { maxExpireSweep, maxQueueAge } = this.#config(queue);
      this.#sweep(queue, maxExpireSweep);
      this.#returnTimedOut(queue);
      this.#serve(queue);
      if (queue.items.length + opened(queue).length + queue.waits.length > 0) queue.used = this.now;
      if (maxQueueAge !== null && this.now - queue.used > maxQueueAge) this.#delete(queue.name);
    }
  }

  status(blocksWrites: boolean, blocksReads: boolean): void {
    Object.assign(this, { blocksWrites, blocksReads });
    for (const queue of this.queues) {
      this.#serve(queue);
      for (const wait of [...queue.waits]) if (wait.how === 'monitor') this.#endIfDone(queue, wait);
      if (queue.waits.length > 0) queue.used = this.now;
    }
  }

  reload(book: ConfigBook, maxOpen: number): void {
    this.book = book;
    this.maxOpen = maxOpen;
    for (const { name } of [...this.queues]) for (const child of book.children(name)) this.#obtain(child);
    for (const parent of book.declaredParents()) this.#obtain(parent);
  }

  #config(queue: ModelQueue): QueueConfig {
    return this.book.resolve(queue.name);
  }

  #obtain(name: string): ModelQueue {
    const known = this.find(name);
    if (known !== undefined) return known;
    for (const child of this.book.children(name)) this.#obtain(child);
    const queue: ModelQueue = { name, items: [], open: [], waits: [], used: this.now };
    this.queues.push(queue);
    const parent = name.split('+')[0]!;
    if (parent !== name) this.#bonds.push([parent, name]);
    return queue;
  }

  #delete(name: string): void {
    const queue = this.find(name);
    if (queue === undefined) return;
    this.queues = this.queues.filter((other) => other !== queue);
    this.#bonds = this.#bonds.filter(([, child]) => child !== name);
    for (const { client } of queue.waits) this.heard[client]!.push('END');
    queue.waits = [];
    const parent = name.split('+')[0]!;
    if (parent !== name && this.find(parent) !== undefined && this.book.children(parent).includes(name))
      this.#obtain(name);
  }

  #put(name: string, data: string, expiry: number): boolean {
    const own = this.#obtain(name);
    const children = this.#bonds.filter(([parent]) => parent === name).map(([, child]) => this.find(child)!);
    const declared = this.book.children(name);
    const passesOn = this.#config(own).fanoutOnly;
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
    const { maxItems, maxSize } = this.#config(queue);
    return queue.items.length >= maxItems || size(queue.items) >= maxSize;
  }

  #takes(queue: ModelQueue): boolean {
    const { discardOldWhenFull, maxExpireSweep, maxItems } = this.#config(queue);
    this.#sweep(queue, maxExpireSweep);
    return !this.#isFull(queue) || (discardOldWhenFull && maxItems > 0);
  }

  #add(queue: ModelQueue, data: string, expiry: number): boolean {
    if (!this.#takes(queue)) return false;
    while (this.#isFull(queue)) queue.items.shift();
    queue.items.push({ data, added: this.now, expiry });
    queue.used = this.now;
    this.#serve(queue);
    return true;
  }

  #sweep(queue: ModelQueue, limit: number): number {
    const { expireToQueue, maxAge } = this.#config(queue);
    let swept = 0;
    while (swept < limit && queue.items[0] !== undefined && isOver(queue.items[0], maxAge, this.now)) {
      const { data } = queue.items.shift()!;
      swept += 1;
      if (expireToQueue !== null) this.#add(this.#obtain(expireToQueue), data, 0);
    }
    return swept;
  }

  #head(queue: ModelQueue): ModelItem | undefined {
    this.#returnTimedOut(queue);
    this.#sweep(queue, Number.POSITIVE_INFINITY);
    return queue.items[0];
  }

  #fetch(queue: ModelQueue, client: number, how: Wait['how']): string | null {
    queue.used = this.now;
    const item = this.#head(queue);
    if (item === undefined) return null;
    if (how !== 'peek') queue.items.shift();
    const at = this.#config(queue).openTransactionTimeout === null ? null : this.now;
    if (how === 'open' || how === 'monitor') queue.open.push({ client, item, at, gone: false });
    return item.data;
  }

  #returnTimedOut(queue: ModelQueue): void {
    const { openTransactionTimeout } = this.#config(queue);
    if (openTransactionTimeout === null) return;
    const over = overdue(queue, openTransactionTimeout, this.now);
    for (const read of over) read.gone = true;
    this.#giveBack(queue, over);
  }

  #giveBack(queue: ModelQueue, reads: ModelQueue['open']): void {
    const items = reads.map(({ item }) => item);
    if (items.length === 0) return;
    queue.items.unshift(...items);
    this.#serve(queue);
  }

  #isDone(queue: ModelQueue, { client, left, deadline }: Wait): boolean {
    return left <= 0 || this.now >= deadline || held(queue, client) >= this.maxOpen || this.blocksReads;
  }

  #monitorOne(queue: ModelQueue, wait: Wait): boolean {
    const item = this.#fetch(queue, wait.client, 'monitor');
    if (item === null) return false;
    wait.left -= 1;
    this.heard[wait.client]!.push(item);
    return true;
  }

  #endIfDone(queue: ModelQueue, wait: Wait): boolean {
    if (!this.#isDone(queue, wait)) return false;
    queue.waits = queue.waits.filter((other) => other !== wait);
    this.heard[wait.client]!.push('END');
    return true;
  }

  /** Hands items to waiters in turn, one each; a monitor that goes on is last in line again. */
  #serve(queue: ModelQueue): void {
    while (queue.waits.length > 0 && this.#head(queue) !== undefined) {
      const wait = queue.waits.shift()!;
      if (wait.how === 'monitor') {
        if (!this.#isDone(queue, wait)) this.#monitorOne(queue, wait);
        if (!this.#endIfDone(queue, wait)) queue.waits.push(wait);
      } else this.heard[wait.client]!.push(this.#fetch(queue, wait.client, wait.how)!);
    }
  }
}
