import { ITEM_WEIGHT_BYTES } from './backlog-core.js';
import { Deque } from './deque-core.js';
import type { Item } from './item.js';
import type { JournalSink } from './journal-sink-core.js';

/** Expired items that wait for where they go, each with its weight, bytes; beyond it they stay at the heads of their queues. */
export const EXPIRED_WAITING_BYTES_MAX = 16 * 1024 * 1024;

/** Where others expire, those that wait are tried again after this, ms, also without a timer. */
export const EXPIRED_RETRY_MS = 1000;

/** The queue an item comes from. */
interface Source {
  isOpen(xid: number): boolean;
  confirm(xid: number): boolean;
}

/** The queue it goes to. */
interface Target {
  readonly journal: JournalSink;
  readonly passesOn: boolean;
  add(data: Buffer, expiry: number, now: number): boolean;
}

/** `later`: it cannot be made now; `never`: there will be none. */
export type Destination = Target | 'later' | 'never';

/** An expired item on its way; until it has arrived it is open in the queue it comes from. */
interface Move {
  readonly from: Source;
  readonly to: string;
  readonly item: Item;
  readonly xid: number;
}

/**
 * Expired items that go to other queues. Each goes straight to the tail of the queue named, with a new life; nobody fans it
 * out, so a queue that only passes on keeps nothing, and one that is full does not get it.
 *
 * It leaves its own queue for good only when the journal of the other has it: a crash, or a disk that fails, at any moment may
 * repeat it, but does not lose it. Where that journal cannot be written the item waits, and is tried again.
 */
export class ExpiredItems {
  readonly #destination: (name: string, now: number) => Destination;
  /** Those where they go may expire in turn. */
  readonly #passing = new Deque<Move>();
  #isPassing = false;
  #waiting: Move[] = [];
  #waitingBytes = 0;
  #triedAt = 0;

  constructor(destination: (name: string, now: number) => Destination) {
    this.#destination = destination;
  }

  /** False: so many wait that no more may come now. */
  hasRoom(now: number): boolean {
    if (this.#waiting.length > 0 && Math.abs(now - this.#triedAt) >= EXPIRED_RETRY_MS) this.retry(now);
    return this.#waitingBytes < EXPIRED_WAITING_BYTES_MAX;
  }

  /** The item is open in `from`. */
  pass(from: Source, to: string, item: Item, now: number): void {
    this.#passing.pushBack({ from, to, item, xid: item.xid });
    this.#pass(now);
  }

  /** Those that wait are tried again. */
  retry(now: number): void {
    this.#triedAt = now;
    if (this.#waiting.length === 0) return;
    for (const move of this.#waiting) this.#passing.pushBack(move);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#pass(now);
  }

  /** One at a time, so that a chain of queues is no chain of calls. */
  #pass(now: number): void {
    if (this.#isPassing) return;
    this.#isPassing = true;
    const shut = new Set<string>();
    try {
      for (let next = this.#passing.shift(); next !== undefined; next = this.#passing.shift()) {
        if (shut.has(next.to)) this.#wait(next);
        else if (!this.#move(next, now)) shut.add(next.to);
      }
    } finally {
      this.#isPassing = false;
    }
  }

  /** False: the item waits. */
  #move(move: Move, now: number): boolean {
    const { from, to, item, xid } = move;
    if (!from.isOpen(xid)) return true;
    const target = this.#destination(to, now);
    if (target === 'later' || (target !== 'never' && !target.journal.writable)) {
      this.#wait(move);
      return false;
    }
    if (target === 'never' || target.passesOn || !target.add(item.data, 0, now)) from.confirm(xid);
    else if (target.journal.written === undefined) from.confirm(xid);
    else {
      target.journal.written((failed) => {
        if (failed) this.#wait(move);
        else from.confirm(xid);
      });
    }
    return true;
  }

  #wait(move: Move): void {
    // Its queue may be gone, or have taken it back.
    if (!move.from.isOpen(move.xid)) return;
    this.#waiting.push(move);
    this.#waitingBytes += move.item.data.length + ITEM_WEIGHT_BYTES;
  }
}
