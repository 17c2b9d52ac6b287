import type { Item } from './item.js';
import type { QueueCore } from './queue-core.js';

/** Reads that were taken back and that their client has not closed: beyond so many the oldest are forgotten. */
export const STALE_READS_MAX = 10_000;

/** Queues a client may have read from before those on which it has nothing open are forgotten; then twice those left. */
const QUEUES_TIDY_MIN = 64;

interface OpenReads {
  readonly queue: QueueCore;
  /**
   * Oldest first. One that the queue has taken back keeps its place until the client closes it: what is said of it must not
   * be done to the next.
   */
  readonly xids: number[];
  /** How many of them the queue has taken back, as far as is known. */
  stale: number;
  /** `queue.counts.timedOut` when these were last looked through. */
  timedOut: number;
}

/** The reads that one client has open. No memory before the first. */
export class Reads {
  #open: Map<string, OpenReads> | null = null;
  #tidyAt = QUEUES_TIDY_MIN;

  /** Queues it remembers: those on which something is open, and some others. */
  get queues(): number {
    return this.#open?.size ?? 0;
  }

  /** How many there are on this very queue: reads of a deleted one of the same name are void. */
  held(queue: QueueCore): number {
    if (this.#open === null) return 0;
    const reads = this.#open.get(queue.name);
    if (reads?.queue !== queue) return 0;
    countStale(reads);
    return reads.xids.length - reads.stale;
  }

  /** Opens the head of a queue for this client. */
  open(queue: QueueCore, now: number): Item | null {
    const item = queue.open(now);
    if (item === null) return null;
    const all = (this.#open ??= new Map<string, OpenReads>());
    const reads = all.get(queue.name);
    if (reads?.queue === queue) reads.xids.push(item.xid);
    else {
      if (all.size >= this.#tidyAt) this.#tidy(all);
      all.set(queue.name, { queue, xids: [item.xid], stale: 0, timedOut: queue.counts.timedOut });
    }
    return item;
  }

  /** Confirms the oldest, if there is one. */
  confirmOldest(name: string): void {
    const reads = this.#of(name);
    if (reads !== undefined) takeOldest(reads, 1, (xid) => reads.queue.confirm(xid));
  }

  /** Returns the oldest to its queue, if there is one. */
  abortOldest(name: string, now: number): void {
    const reads = this.#of(name);
    if (reads !== undefined) takeOldest(reads, 1, (xid) => reads.queue.abort(xid, now));
  }

  /** Confirms the `count` oldest. False: there are not that many, and none was confirmed. */
  confirm(name: string, count: number): boolean {
    const reads = this.#of(name);
    if (reads === undefined || count <= 0 || count > reads.xids.length) return false;
    takeOldest(reads, count, (xid) => reads.queue.confirm(xid));
    return true;
  }

  confirmAll(name: string): void {
    const reads = this.#of(name);
    if (reads !== undefined) takeOldest(reads, reads.xids.length, (xid) => reads.queue.confirm(xid));
  }

  /** Returns all to their queues, each at the head of its own, in the order in which they were queued. */
  abortAll(now: number): void {
    if (this.#open === null) return;
    const all = [...this.#open.values()];
    this.#open = null;
    for (const { queue, xids } of all) queue.abortAll(xids, now);
  }

  #tidy(all: Map<string, OpenReads>): void {
    for (const [name, { queue, xids }] of all) if (xids.length === 0 || queue.deleted) all.delete(name);
    this.#tidyAt = Math.max(QUEUES_TIDY_MIN, all.size * 2);
  }

  #of(name: string): OpenReads | undefined {
    const reads = this.#open?.get(name);
    return reads === undefined || reads.queue.deleted ? undefined : reads;
  }
}

/** Ends the oldest reads; `settle` answers false where the queue had taken that one back. */
function takeOldest(reads: OpenReads, count: number, settle: (xid: number) => boolean): void {
  let gone = 0;
  for (const xid of reads.xids.splice(0, count)) if (!settle(xid)) gone += 1;
  reads.stale = Math.max(0, reads.stale - gone);
}

/** The queue has taken back some reads that were open for too long: this client's may be among them. */
function countStale(reads: OpenReads): void {
  const { queue, xids } = reads;
  if (reads.timedOut === queue.counts.timedOut) return;
  reads.timedOut = queue.counts.timedOut;
  while (xids.length > STALE_READS_MAX && !queue.isOpen(xids[0] ?? 0)) xids.shift();
  reads.stale = 0;
  for (const xid of xids) if (!queue.isOpen(xid)) reads.stale += 1;
}
