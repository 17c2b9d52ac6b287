import { parentOf, type ConfigBook } from '../config/book-core.js';
import type { Item } from './item.js';
import type { QueueCore } from './queue-core.js';

/** Queues one server keeps; each may hold a file open. */
export const QUEUES_MAX = 16_000;
/** A name is a file name; 255 bytes are the file system's limit, and the journal's temporary files add a suffix. */
export const NAME_BYTES_MAX = 220;

/** A queue, and where an item set on it goes. */
export interface Family {
  readonly queue: QueueCore;
  /** Full names of its children. */
  readonly children: Set<string>;
  /** True once it has had a child. */
  hadChildren: boolean;
  /** Children first, then the queue itself unless it only passes on. */
  targets: readonly QueueCore[];
  /** Targets that must all take an item for it to be stored: declared children and the queue itself. */
  required: readonly QueueCore[];
  /** The answer of this turn to sets that go through journals; belongs to the shell. */
  ticket: Ticket | null;
}

/** The common fate of all items set on one queue within one turn of the event loop. */
export interface Ticket {
  /** Journals that have not yet made them safe. */
  pending: number;
  failed: boolean;
  /** Called when `pending` gets to 0. */
  readonly onSettled: (() => void)[];
}

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

/** All queues of a server, by name; knows who is whose child. */
export class Registry {
  book: ConfigBook;
  readonly counts: RegistryCounts = { creates: 0, deletes: 0, expires: 0 };
  readonly #factory: QueueFactory;
  readonly #families = new Map<string, Family>();
  /** Children by parent, whether the parent exists or not. */
  readonly #children = new Map<string, Set<string>>();

  constructor(book: ConfigBook, factory: QueueFactory) {
    this.book = book;
    this.#factory = factory;
  }

  families(): IterableIterator<Family> {
    return this.#families.values();
  }

  get size(): number {
    return this.#families.size;
  }

  lookup(name: string): Family | undefined {
    return this.#families.get(name);
  }

  /** The queue of this name, made if need be. Null: the name is not allowed, or there is no room for its journal. */
  obtain(name: string, now: number): Family | null {
    const known = this.#families.get(name);
    if (known !== undefined) return known;
    if (!isLegalName(name) || this.#families.size >= QUEUES_MAX) return null;
    for (const child of this.book.children(name)) this.obtain(child, now);
    const queue = this.#factory.create(name, now);
    if (queue === null) return null;
    this.counts.creates += 1;
    queue.onExpired = (item, at) => this.#passExpired(queue, item, at);
    const family: Family = {
      queue,
      children: this.#childrenOf(name),
      hadChildren: false,
      targets: [queue],
      required: [queue],
      ticket: null,
    };
    this.#families.set(name, family);
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
    this.counts.deletes += 1;
    const parent = parentOf(name);
    if (parent !== null) {
      this.#children.get(parent)?.delete(name);
      this.#retargetNamed(parent);
    }
    this.#factory.erase(family.queue);
    family.queue.delete(now);
    if (parent !== null && this.#families.has(parent) && this.book.children(parent).includes(name))
      this.obtain(name, now);
    return true;
  }

  /** Puts an item on a queue's targets. False: refused, by the queue itself or by one of its declared children. */
  put(family: Family, data: Buffer, expiry: number, now: number): boolean {
    const { targets, required } = family;
    if (targets.length > 1) {
      for (const queue of required) if (queue.refusal(data.length, now) !== null) return false;
    }
    let stored = true;
    family.queue.usedAt = now;
    if (family.queue.passesOn) family.queue.counts.puts += 1;
    for (const queue of targets) {
      queue.counts.puts += 1;
      if (!queue.add(data, expiry, now) && required.includes(queue)) stored = false;
    }
    return stored;
  }

  /** Removes expired items of all queues; answers how many. */
  sweep(now: number): number {
    let swept = 0;
    for (const { queue } of [...this.#families.values()]) swept += queue.sweep(now);
    return swept;
  }

  /** Applies a new book of configs to all queues that live, and makes the children it declares for them. */
  reload(book: ConfigBook, now: number): void {
    this.book = book;
    for (const family of [...this.#families.values()]) {
      const { queue } = family;
      // A journal is neither begun nor dropped in the life of a queue.
      queue.config = { ...book.resolve(queue.name), keepJournal: queue.config.keepJournal };
      for (const child of book.children(queue.name)) this.obtain(child, now);
      this.#retarget(family);
    }
    for (const parent of book.declaredParents()) this.obtain(parent, now);
  }

  #childrenOf(parent: string): Set<string> {
    const known = this.#children.get(parent);
    if (known !== undefined) return known;
    const fresh = new Set<string>();
    this.#children.set(parent, fresh);
    return fresh;
  }

  #attach(parent: string, child: string): void {
    this.#childrenOf(parent).add(child);
    this.#retargetNamed(parent);
  }

  #retargetNamed(name: string): void {
    const family = this.#families.get(name);
    if (family !== undefined) this.#retarget(family);
  }

  #retarget(family: Family): void {
    const { queue } = family;
    family.hadChildren ||= family.children.size > 0;
    const declared = new Set(this.book.children(queue.name));
    const children = [...family.children].flatMap((name) => this.#families.get(name)?.queue ?? []);
    const own = queue.passesOn ? [] : [queue];
    family.targets = [...children, ...own];
    family.required = [...children.filter((child) => declared.has(child.name)), ...own];
    family.ticket = null;
  }

  /** An expired item goes straight to the tail of the queue named, with a new life; nobody fans it out. */
  #passExpired(queue: QueueCore, item: Item, now: number): void {
    const { expireToQueue } = queue.config;
    if (expireToQueue === null || expireToQueue === queue.name) return;
    this.obtain(expireToQueue, now)?.queue.add(item.data, 0, now);
  }
}

/** Whether a queue can have this name: no `.`, `/`, `~` or NUL, so that it is a plain file name in the queue directory. */
export function isLegalName(name: string): boolean {
  return name !== '' && !/[./~\0]/.test(name) && Buffer.byteLength(name) <= NAME_BYTES_MAX;
}
