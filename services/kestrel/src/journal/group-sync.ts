import type { Ticket } from '../queue/registry-core.js';
import type { QueueFiles } from './queue-files.js';

/** With `syncJournal` 0: what was removed is durable after this, ms, if no set on the queue makes it so before. */
export const REMOVALS_SYNC_MS = 1000;

/** Tickets that wait for the disk: one fsync is under way at a time, and all that come meanwhile share the next. */
export class GroupSync {
  readonly #files: QueueFiles;
  readonly #failed: (error: Error) => void;
  #waiting: Ticket[] = [];
  #running = false;
  /** Something was written since the last periodic fsync began. */
  #dirty = false;
  #timer: NodeJS.Timeout | null = null;
  #stopped = false;
  /** Of another fsync, while one is under way. */
  #error: Error | null = null;
  /** Called when nothing runs any more. */
  #idle: (() => void)[] = [];

  /** `failed` is told of each fsync that failed, before its tickets are. */
  constructor(files: QueueFiles, failed: (error: Error) => void) {
    this.#files = files;
    this.#failed = failed;
  }

  /** These are in the file: settles them as `syncJournal` has it. */
  written(tickets: readonly Ticket[], syncJournal: number | null): void {
    if (syncJournal === 0) {
      if (tickets.length > 0) this.#wait(tickets);
      else this.within(REMOVALS_SYNC_MS);
      return;
    }
    if (syncJournal !== null) this.within(syncJournal);
    settle(tickets, false);
  }

  /** Settles the tickets once what was written so far is durable. */
  #wait(tickets: readonly Ticket[]): void {
    for (const ticket of tickets) this.#waiting.push(ticket);
    if (!this.#running) this.#start();
  }

  /** An fsync within so many ms. */
  within(ms: number): void {
    this.#dirty = true;
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (this.#dirty && !this.#running && !this.#stopped) this.#start();
    }, ms);
  }

  /** All that was written has been made durable by other means. */
  done(): void {
    this.#dirty = false;
    settle(this.#waiting.splice(0), false);
  }

  /** An fsync by other means has failed: nobody who waits is safe, whatever the one that is under way says. */
  fail(error: Error): void {
    if (this.#running) this.#error = error;
    this.#failed(error);
    settle(this.#waiting.splice(0), true);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    settle(this.#waiting.splice(0), false);
  }

  /** Resolves once no fsync is under way. */
  idle(): Promise<void> {
    if (!this.#running) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #start(): void {
    const tickets = this.#waiting;
    this.#waiting = [];
    this.#dirty = false;
    this.#running = true;
    const finish = (its: Error | null): void => {
      const error = its ?? this.#error;
      this.#error = null;
      this.#running = false;
      // The kernel forgets bytes that it could not write: the next fsync may succeed without them.
      if (error !== null) tickets.push(...this.#waiting.splice(0));
      if (error !== null && !this.#stopped) this.#failed(error);
      settle(tickets, error !== null);
      // A period that ran out meanwhile has started nothing.
      const overdue = this.#dirty && this.#timer === null;
      if (!this.#stopped && (this.#waiting.length > 0 || overdue)) this.#start();
      else for (const resolve of this.#idle.splice(0)) resolve();
    };
    try {
      this.#files.syncLater(finish);
    } catch (error) {
      finish(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

export function settle(tickets: readonly Ticket[], failed: boolean): void {
  for (const ticket of tickets) {
    ticket.failed ||= failed;
    ticket.pending -= 1;
    if (ticket.pending === 0) for (const listener of ticket.onSettled) listener();
  }
}

/** Tells `done` whether what is in the journal's buffer has failed. All who ask one after the other share a ticket: answers the last. */
export function tellOfFate(tickets: Ticket[], last: Ticket | null, done: (failed: boolean) => void): Ticket {
  const isOpen = last !== null && tickets.at(-1) === last;
  const ticket = isOpen ? last : { pending: 1, failed: false, onSettled: [] };
  if (!isOpen) tickets.push(ticket);
  ticket.onSettled.push(() => {
    done(ticket.failed);
  });
  return ticket;
}
