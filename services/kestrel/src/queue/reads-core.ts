import type { Item } from './item.js';
import type { QueueCore } from './queue-core.js';

interface OpenReads {
  readonly queue: QueueCore;
  /** Oldest first. */
  readonly xids: number[];
  /** `queue.counts.timedOut` when these were last looked through. */
  timedOut: number;
}

/** The reads that one client has open. No memory before the first. */
export class Reads {
  #open: Map<string, OpenReads> | null = null;

  /** How many there are on this very queue: reads of a deleted one of the same name are void. */
  held(queue: QueueCore): number {
    if (this.#open === null) return 0;
    const reads = this.#open.get(queue.name);
    if (reads?.queue !== queue) return 0;
    forgetTimedOut(reads);
    return reads.xids.length;
  }

  /** Opens the head of a queue for this client. */
  open(queue: QueueCore, now: number): Item | null {
    const item = queue.open(now);
    if (item === null) return null;
    const all = (this.#open ??= new Map<string, OpenReads>());
    const reads = all.get(queue.name);
    if (reads?.queue === queue) reads.xids.push(item.xid);
    else all.set(queue.name, { queue, xids: [item.xid], timedOut: queue.counts.timedOut });
    return item;
  }

  /** Confirms the oldest, if there is one. */
  confirmOldest(name: string): void {
    const reads = this.#of(name);
    const xid = reads?.xids.shift();
    if (xid !== undefined) reads?.queue.confirm(xid);
  }

  /** Returns the oldest to its queue, if there is one. */
  abortOldest(name: string, now: number): void {
    const reads = this.#of(name);
    const xid = reads?.xids.shift();
    if (xid !== undefined) reads?.queue.abort(xid, now);
  }

  /** Confirms the `count` oldest. False: there are not that many, and none was confirmed. */
  confirm(name: string, count: number): boolean {
    const reads = this.#of(name);
    if (reads === undefined || count <= 0 || count > reads.xids.length) return false;
    for (const xid of reads.xids.splice(0, count)) reads.queue.confirm(xid);
    return true;
  }

  confirmAll(name: string): void {
    const reads = this.#of(name);
    if (reads !== undefined) for (const xid of reads.xids.splice(0)) reads.queue.confirm(xid);
  }

  /** Returns all to their queues, each at the head of its own, in the order in which they were queued. */
  abortAll(now: number): void {
    if (this.#open === null) return;
    const all = [...this.#open.values()];
    this.#open = null;
    for (const { queue, xids } of all) queue.abortAll(xids, now);
  }

  #of(name: string): OpenReads | undefined {
    const reads = this.#open?.get(name);
    if (reads === undefined || reads.queue.deleted) return undefined;
    forgetTimedOut(reads);
    return reads;
  }
}

/** The queue has taken back some reads that were open for too long: this client's oldest may be among them. */
function forgetTimedOut(reads: OpenReads): void {
  const { queue, xids } = reads;
  if (reads.timedOut === queue.counts.timedOut) return;
  reads.timedOut = queue.counts.timedOut;
  let gone = 0;
  while (gone < xids.length && !queue.isOpen(xids[gone] ?? 0)) gone += 1;
  xids.splice(0, gone);
}
