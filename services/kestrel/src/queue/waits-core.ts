import type { Deadlines, Timed } from './deadlines-core.js';
import type { Item } from './item.js';
import type { QueueCore, Waiter } from './queue-core.js';

/** Who made a request that could not be answered at once. */
export interface SessionListener {
  /** False while more output would be too much; `Session.resume` goes on. */
  readonly ready: boolean;
  /** One item: the answer of a get, or one of a monitor's. */
  item(queue: string, item: Item): void;
  /** The end of a monitor, or of a get that found nothing. */
  end(): void;
}

/** A request that goes on. At most one per session. */
export interface Wait {
  cancel(): void;
  resume(now: number): void;
}

/** What a wait needs of its session. */
export interface Waiting {
  readonly queue: QueueCore;
  readonly deadlines: Deadlines;
  readonly listener: SessionListener;
  readonly deadline: number;
  /** Gets the next item for this request, or null. */
  readonly fetch: (now: number) => Item | null;
  /** Called once, before the last word to the listener; true when nothing was found. */
  readonly finish: (missed: boolean) => void;
}

/** A get or peek that waits for one item. */
export class GetWait implements Wait, Waiter, Timed {
  readonly deadline: number;
  readonly #on: Waiting;

  constructor(on: Waiting, now: number) {
    this.#on = on;
    this.deadline = on.deadline;
    on.queue.waiters.add(this);
    on.deadlines.add(this, now);
  }

  wake(now: number): void {
    const item = this.#on.queue.deleted ? null : this.#on.fetch(now);
    if (item === null && !this.#on.queue.deleted) {
      this.#on.queue.waiters.add(this);
      return;
    }
    this.#leave(item === null);
    if (item === null) this.#on.listener.end();
    else this.#on.listener.item(this.#on.queue.name, item);
  }

  expire(): void {
    this.#leave(true);
    this.#on.listener.end();
  }

  cancel(): void {
    this.#leave(true);
  }

  resume(): void {
    // It writes nothing before its only answer.
  }

  #leave(missed: boolean): void {
    this.#on.queue.waiters.delete(this);
    this.#on.deadlines.remove(this);
    this.#on.finish(missed);
  }
}

/** A monitor: items as they come, until `max`, the deadline, or `mayOpen` says no. */
export class MonitorWait implements Wait, Waiter, Timed {
  readonly deadline: number;
  readonly #on: Waiting;
  readonly #mayOpen: () => boolean;
  #left: number;

  constructor(on: Waiting, max: number, mayOpen: () => boolean) {
    this.#on = on;
    this.deadline = on.deadline;
    this.#left = max;
    this.#mayOpen = mayOpen;
  }

  /** Sends what is there; answers whether it is finished. */
  start(now: number): boolean {
    if (this.deadline > now) this.#on.deadlines.add(this, now);
    return this.#pump(now);
  }

  /** One item, then to the end of the line: several monitors take turns. */
  wake(now: number): void {
    if (this.#on.queue.deleted) this.#end();
    else if (!this.#on.listener.ready) return;
    else {
      this.#fetchOne(now);
      if (this.#isDone(now)) this.#end();
      else this.#on.queue.waiters.add(this);
    }
  }

  expire(): void {
    this.#end();
  }

  cancel(): void {
    this.#leave();
  }

  resume(now: number): void {
    this.#pump(now);
  }

  #pump(now: number): boolean {
    while (this.#on.listener.ready && !this.#isDone(now)) {
      if (this.#fetchOne(now)) continue;
      this.#on.queue.waiters.add(this);
      return false;
    }
    if (!this.#isDone(now)) return false;
    this.#end();
    return true;
  }

  #fetchOne(now: number): boolean {
    const item = this.#on.fetch(now);
    if (item === null) return false;
    this.#left -= 1;
    this.#on.listener.item(this.#on.queue.name, item);
    return true;
  }

  #isDone(now: number): boolean {
    return this.#left <= 0 || now >= this.deadline || this.#on.queue.deleted || !this.#mayOpen();
  }

  #end(): void {
    this.#leave();
    this.#on.listener.end();
  }

  #leave(): void {
    this.#on.queue.waiters.delete(this);
    this.#on.deadlines.remove(this);
    this.#on.finish(false);
  }
}
