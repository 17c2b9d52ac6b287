import type { Deadlines, Timed } from './deadlines-core.js';
import type { Item } from './item.js';
import type { QueueCore } from './queue-core.js';
import { Waiter } from './waiter-list-core.js';

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

/** How a get takes an item: for good, tentatively, or not at all. */
export type Taking = 'take' | 'open' | 'peek';

/** The session of a wait, as its waits see it. */
export interface WaitHost {
  readonly listener: SessionListener;
  readonly deadlines: Deadlines;
  /** Gets the next item, or null. */
  fetch(queue: QueueCore, taking: Taking, now: number): Item | null;
  /** Whether a monitor may open one item more. */
  mayOpen(queue: QueueCore): boolean;
  /** Called once, before the last word to the listener; true when nothing was found. */
  over(queue: QueueCore, missed: boolean): void;
}

/** A get or peek that waits for one item. */
export class GetWait extends Waiter implements Wait, Timed {
  readonly deadline: number;
  readonly #host: WaitHost;
  readonly #queue: QueueCore;
  readonly #taking: Taking;

  constructor(host: WaitHost, queue: QueueCore, taking: Taking, deadline: number, now: number) {
    super();
    this.#host = host;
    this.#queue = queue;
    this.#taking = taking;
    this.deadline = deadline;
    queue.waiters.add(this);
    host.deadlines.add(this, now);
  }

  override wake(now: number): void {
    const item = this.#queue.deleted ? null : this.#host.fetch(this.#queue, this.#taking, now);
    if (item === null && !this.#queue.deleted) {
      this.#queue.waiters.add(this);
      return;
    }
    this.#leave(item === null);
    if (item === null) this.#host.listener.end();
    else this.#host.listener.item(this.#queue.name, item);
  }

  expire(): void {
    this.#leave(true);
    this.#host.listener.end();
  }

  cancel(): void {
    this.#leave(true);
  }

  resume(): void {
    // It writes nothing before its only answer.
  }

  #leave(missed: boolean): void {
    this.#queue.waiters.delete(this);
    this.#host.deadlines.remove(this);
    this.#host.over(this.#queue, missed);
  }
}

/** A monitor: items as they come, until `max`, the deadline, or the host says that it may open no more. */
export class MonitorWait extends Waiter implements Wait, Timed {
  readonly deadline: number;
  readonly #host: WaitHost;
  readonly #queue: QueueCore;
  #left: number;

  constructor(host: WaitHost, queue: QueueCore, max: number, deadline: number) {
    super();
    this.#host = host;
    this.#queue = queue;
    this.#left = max;
    this.deadline = deadline;
  }

  /** Sends what is there, and goes on later or ends. */
  start(now: number): void {
    if (this.deadline > now) this.#host.deadlines.add(this, now);
    this.resume(now);
  }

  /** One item, then to the end of the line: several monitors take turns. */
  override wake(now: number): void {
    if (this.#isDone(now)) this.#end(this.#queue.deleted);
    else if (this.#host.listener.ready) {
      this.#fetchOne(now);
      if (this.#isDone(now)) this.#end(false);
      else this.#queue.waiters.add(this);
    }
  }

  expire(): void {
    this.#end(true);
  }

  cancel(): void {
    this.#leave(false);
  }

  resume(now: number): void {
    while (!this.#isDone(now)) {
      if (!this.#host.listener.ready) return;
      if (this.#fetchOne(now)) continue;
      this.#queue.waiters.add(this);
      return;
    }
    this.#end(false);
  }

  #fetchOne(now: number): boolean {
    const item = this.#host.fetch(this.#queue, 'open', now);
    if (item === null) return false;
    this.#left -= 1;
    this.#host.listener.item(this.#queue.name, item);
    return true;
  }

  #isDone(now: number): boolean {
    return this.#left <= 0 || now >= this.deadline || this.#queue.deleted || !this.#host.mayOpen(this.#queue);
  }

  #end(missed: boolean): void {
    this.#leave(missed);
    this.#host.listener.end();
  }

  #leave(missed: boolean): void {
    this.#queue.waiters.delete(this);
    this.#host.deadlines.remove(this);
    this.#host.over(this.#queue, missed);
  }
}
