import type { ConfigBook } from '../../src/config/book-core.js';
import { held, opened, type Wait } from './house-queue.js';
import { HouseRules } from './house-rules.js';

/**
 * The simplest thing that behaves like a whole server: many queues, clients, aliases, children. Here is what clients
 * and the server's timers ask of it.
 */
export class HouseModel extends HouseRules {
  isWaiting(client: number): boolean {
    return this.queues.some(({ waits }) => waits.some((wait) => wait.client === client));
  }

  set(name: string, data: string, expiry: number): string {
    if (this.blocksWrites) return 'blocked';
    const destinations = this.book.aliases().get(name);
    if (destinations === undefined) return this.put(name, data, expiry) ? 'stored' : 'refused';
    return destinations.map((to) => this.put(to, data, expiry)).every(Boolean) ? 'stored' : 'refused';
  }

  get(client: number, name: string, how: 'take' | 'open' | 'peek', timeout: number): string {
    if (this.blocksReads) return 'blocked';
    if (this.book.aliases().has(name)) return 'END';
    const queue = this.obtain(name);
    const mine = held(queue, client);
    if ((how === 'take' && mine > 0) || (how === 'open' && mine >= this.maxOpen)) return 'held';
    const item = this.fetch(queue, client, how);
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
    const queue = this.obtain(name);
    const wait: Wait = { client, how: 'monitor', deadline: this.now + seconds * 1000, left: max };
    while (!this.isDone(queue, wait)) {
      if (this.monitorOne(queue, wait)) continue;
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
    if (!first.gone) this.giveBack(queue, [first]);
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
      this.giveBack(queue, reads);
    }
  }

  delete(name: string): string {
    if (this.blocksWrites) return 'blocked';
    if (!this.book.aliases().has(name)) this.remove(name);
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
    return String(queue === undefined ? 0 : this.sweep(queue, this.config(queue).maxExpireSweep));
  }

  flushAllExpired(): string {
    let swept = 0;
    for (const queue of [...this.queues]) swept += this.sweep(queue, this.config(queue).maxExpireSweep);
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
      const { maxExpireSweep, maxQueueAge } = this.config(queue);
      this.sweep(queue, maxExpireSweep);
      this.returnTimedOut(queue);
      this.serve(queue);
      if (queue.items.length + opened(queue).length + queue.waits.length > 0) queue.used = this.now;
      if (maxQueueAge !== null && this.now - queue.used > maxQueueAge) this.remove(queue.name);
    }
  }

  status(blocksWrites: boolean, blocksReads: boolean): void {
    Object.assign(this, { blocksWrites, blocksReads });
    for (const queue of this.queues) {
      this.serve(queue);
      for (const wait of [...queue.waits]) if (wait.how === 'monitor') this.endIfDone(queue, wait);
      if (queue.waits.length > 0) queue.used = this.now;
    }
  }

  reload(book: ConfigBook, maxOpen: number): void {
    this.book = book;
    this.maxOpen = maxOpen;
    for (const { name } of [...this.queues]) for (const child of book.children(name)) this.obtain(child);
    for (const parent of book.declaredParents()) this.obtain(parent);
  }
}
