import { parentOf, type ConfigBook } from '../config/book-core.js';
import type { QueueConfig } from '../config/schema.js';
import { Aliases } from './aliases-core.js';
import { ExpiredItems, type Destination } from './expired-core.js';
import type { QueueCore } from './queue-core.js';
import { NO_CHILDREN, type Alias, type Family } from './route-core.js';

export type { Alias, Family, Route, Ticket } from './route-core.js';

/** Queues one server keeps. */
export const QUEUES_MAX = 16_000;
/** A name is a file name; 255 bytes are the file system's limit, and the journal's temporary files add a suffix. */
export const NAME_BYTES_MAX = 220;

/** Makes a queue with its journal, or null where it cannot have one. */
export interface QueueFactory {
  create(name: string, now: number): QueueCore | null;
  /** The queue has been deleted: its files go too. */
  erase(queue: QueueCore): void;
}

export interface RegistryCounts {
  creates: number;
  deletes: number;
  expires: number;
}

/** All queues of a server, by name; knows who is whose child, and which names stand for others. */
export class Registry {
  book: ConfigBook;
  readonly counts: RegistryCounts = { creates: 0, deletes: 0, expires: 0 };
  readonly #factory: QueueFactory;
  readonly #families = new Map<string, Family>();
  readonly #aliases: Aliases;
  /** What each name means to clients: an alias, or else the queue. One look for each request. */
  readonly #routes = new Map<string, Family | Alias>();
  /** Children by parent, whether the parent exists or not. */
  readonly #children = new Map<string, Set<string>>();
  readonly #expired = new ExpiredItems((name, now) => this.#destination(name, now));

  constructor(book: ConfigBook, factory: QueueFactory) {
    this.book = book;
    this.#factory = factory;
    this.#aliases = new Aliases((name) => this.#families.get(name));
    this.#setAliases();
  }

  /** All queues, also those that an alias hides. */
  families(): IterableIterator<Family> {
    return this.#families.values();
  }

  aliases(): Iterable<Alias> {
    return this.#aliases.all();
  }

  get size(): number {
    return this.#families.size;
  }

  /** The queue that clients mean by this name; none when it is not there or the name is an alias. */
  lookup(name: string): Family | undefined {
    const route = this.#routes.get(name);
    return route?.kind === 'family' ? route : undefined;
  }

  alias(name: string): Alias | undefined {
    const route = this.#routes.get(name);
    return route?.kind === 'alias' ? route : undefined;
  }

  /** What a client's name means: an alias, or a queue, made if need be. Null as for `obtain`. */
  route(name: string, now: number): Family | Alias | null {
    return this.#routes.get(name) ?? this.obtain(name, now);
  }

  /** The largest item that can be set on this name, bytes. */
  itemLimit(name: string): number {
    const route = this.#routes.get(name);
    if (route?.kind === 'family') return route.queue.config.maxItemSize;
    if (route === undefined) return this.book.resolve(name).maxItemSize;
    return Math.max(0, ...route.destinations.map((to) => this.configOf(to).maxItemSize));
  }

  /** Where the bytes of an item that is to be set on this name are to be kept. */
  room(name: string, bytes: number): Buffer {
    const route = this.#routes.get(name);
    // What several queues have may stay in one of them only, and what is refused would leave holes.
    const queue = route?.kind === 'family' && route.targets.length === 1 ? route.targets[0] : undefined;
    const isTaken = queue?.hasRoom() === true && queue.journal.writable;
    return isTaken ? queue.backlog.room(bytes) : Buffer.allocUnsafeSlow(bytes);
  }

  /** What holds for a queue, whether it is there or not, and whether an alias hides it or not. */
  configOf(name: string): QueueConfig {
    return this.#families.get(name)?.queue.config ?? this.book.resolve(name);
  }

  /**
   * The queue of this name, made if need be, whether an alias hides it or not. Null: the name is not allowed, or there
   * is no room for its journal.
   */
  obtain(name: string, now: number): Family | null {
    const known = this.#families.get(name);
    if (known !== undefined) return known;
    if (!isLegalName(name) || this.#families.size >= QUEUES_MAX) return null;
    for (const child of this.book.children(name)) this.obtain(child, now);
    const queue = this.#factory.create(name, now);
    if (queue === null) return null;
    this.counts.creates += 1;
    queue.expired = this.#expired;
    const children = this.#children.get(name) ?? NO_CHILDREN;
    const targets = [queue];
    const family: Family = {
      kind: 'family',
      queue,
      children,
      hadChildren: false,
      targets,
      required: targets,
      ticket: null,
    };
    this.#families.set(name, family);
    if (!this.#aliases.has(name)) this.#routes.set(name, family);
    this.#retarget(family);
    const parent = parentOf(name);
    if (parent !== null) this.#attach(parent, name);
    return family;
  }

  /**
   * Deletes a queue and its files; its children stay, and a child leaves its parent, but a declared
   * one is there again at once, empty. False: there was none.
   */
  delete(name: string, now: number): boolean {
    const family = this.#families.get(name);
    if (family === undefined) return false;
    this.#families.delete(name);
    if (!this.#aliases.has(name)) this.#routes.delete(name);
    this.counts.deletes += 1;
    this.#aliases.changed(name);
    const parent = parentOf(name);
    if (parent !== null) {
      const siblings = this.#children.get(parent);
      siblings?.delete(name);
      if (siblings?.size === 0) this.#children.delete(parent);
      this.#retargetNamed(parent);
    }
    this.#factory.erase(family.queue);
    family.queue.delete(now);
    if (parent !== null && this.#families.has(parent) && this.book.children(parent).includes(name))
      this.obtain(name, now);
    return true;
  }

  /**
   * Puts an item on all targets of a route. False: refused, by the queue itself or by one of its declared children;
   * of an alias: by one of its destinations, though the others took it.
   */
  put(route: Family | Alias, data: Buffer, expiry: number, now: number): boolean {
    if (route.kind === 'alias') return this.#putAlias(route, data, expiry, now);
    const { queue, targets, required } = route;
    if (targets === required && targets.length === 1) return queue.add(data, expiry, now);
    for (const target of required) if (target.refusal(data.length, now) !== null) return false;
    queue.usedAt = now;
    if (queue.passesOn) queue.counts.puts += 1;
    let stored = true;
    for (const target of targets) {
      if (!target.add(data, expiry, now) && required.includes(target)) stored = false;
    }
    return stored;
  }

  /** Removes expired items of all queues; answers how many. */
  sweep(now: number): number {
    let swept = 0;
    for (const { queue } of [...this.#families.values()]) swept += queue.sweep(now);
    return swept;
  }

  /**
   * What has to happen as time passes: expired items go, reads open for too long are given back, waiters get what can be read
   * again, queues that nobody has used for longer than their `maxQueueAge` are deleted.
   */
  expire(now: number): void {
    this.#expired.retry(now);
    for (const { queue } of [...this.#families.values()]) {
      queue.sweep(now);
      queue.returnTimedOut(now);
      if (queue.waiters.size > 0) queue.wake(now);
      const { maxQueueAge } = queue.config;
      if (queue.length > 0 || queue.openReads > 0 || queue.waiters.size > 0) queue.usedAt = now;
      if (maxQueueAge === null || now - queue.usedAt <= maxQueueAge || queue.deleted) continue;
      this.delete(queue.name, now);
      this.counts.expires += 1;
    }
  }

  /** Wakes everybody who waits, so that those who may not go on any more notice it: the status has changed. */
  rouse(now: number): void {
    for (const { queue } of [...this.#families.values()]) if (queue.waiters.size > 0) queue.rouse(now);
  }

  /** Applies a new book of configs to all queues that live, and makes the children it declares for them. */
  reload(book: ConfigBook, now: number): void {
    this.book = book;
    this.#setAliases();
    for (const family of [...this.#families.values()]) {
      const { queue } = family;
      const { keepJournal } = queue.config;
      const config = book.resolve(queue.name);
      // A journal is neither begun nor dropped in the life of a queue.
      queue.config = config.keepJournal === keepJournal ? config : { ...config, keepJournal };
      for (const child of book.children(queue.name)) this.obtain(child, now);
      this.#retarget(family);
    }
    for (const parent of book.declaredParents()) this.obtain(parent, now);
  }

  #putAlias(alias: Alias, data: Buffer, expiry: number, now: number): boolean {
    alias.putItems += 1;
    alias.putBytes += data.length;
    let stored = true;
    for (const name of alias.destinations) {
      const family = this.obtain(name, now);
      if (family === null || !this.put(family, data, expiry, now)) stored = false;
    }
    return stored;
  }

  #setAliases(): void {
    for (const { name } of this.#aliases.all()) {
      const hidden = this.#families.get(name);
      if (hidden === undefined) this.#routes.delete(name);
      else this.#routes.set(name, hidden);
    }
    this.#aliases.set(this.book.aliases());
    for (const alias of this.#aliases.all()) this.#routes.set(alias.name, alias);
  }

  #attach(parent: string, child: string): void {
    let children = this.#children.get(parent);
    if (children === undefined) {
      children = new Set();
      this.#children.set(parent, children);
    }
    children.add(child);
    this.#retargetNamed(parent);
  }

  #retargetNamed(name: string): void {
    const family = this.#families.get(name);
    if (family !== undefined) this.#retarget(family);
  }

  #retarget(family: Family): void {
    const { queue } = family;
    family.children = this.#children.get(queue.name) ?? NO_CHILDREN;
    family.hadChildren ||= family.children.size > 0;
    const own = queue.passesOn ? [] : [queue];
    if (family.children.size === 0) {
      family.targets = own;
      family.required = own;
    } else {
      const declared = new Set(this.book.children(queue.name));
      const children = [...family.children].flatMap((name) => this.#families.get(name)?.queue ?? []);
      family.targets = [...children, ...own];
      family.required = [...children.filter((child) => declared.has(child.name)), ...own];
    }
    family.ticket = null;
    this.#aliases.changed(queue.name);
  }

  #destination(name: string, now: number): Destination {
    const family = this.obtain(name, now);
    if (family !== null) return family.queue;
    return isLegalName(name) && this.#families.size < QUEUES_MAX ? 'later' : 'never';
  }
}

/** Whether a queue can have this name: no `.`, `/`, `~` or NUL, so that it is a plain file name in the queue directory. */
export function isLegalName(name: string): boolean {
  return name !== '' && !/[./~\0]/.test(name) && Buffer.byteLength(name) <= NAME_BYTES_MAX;
}
