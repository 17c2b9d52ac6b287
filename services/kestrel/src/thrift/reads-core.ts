import type { Deadlines, Timed } from '../queue/deadlines-core.js';
import type { QueueCore } from '../queue/queue-core.js';

/** Reads that may be open on one server through thrift; beyond, gets find nothing until some are confirmed. */
export const THRIFT_READS_MAX = 1_000_000;

/** Counts what one connection has open on each queue. It may be gone before its reads are. */
export class Opener {
  readonly #held = new Map<QueueCore, number>();

  held(queue: QueueCore): number {
    return this.#held.get(queue) ?? 0;
  }

  add(queue: QueueCore, count: number): void {
    const held = this.held(queue) + count;
    if (held > 0) this.#held.set(queue, held);
    else this.#held.delete(queue);
  }
}

interface ThriftRead {
  readonly queue: QueueCore;
  readonly xid: number;
  readonly opener: Opener;
  /** Those answered in one get; null until then. */
  batch: Batch | null;
}

/** The reads of one get: what is left of them goes back to the queue at its deadline. */
class Batch implements Timed {
  readonly deadline: number;
  readonly left: Set<number>;
  readonly #reads: ThriftReads;

  constructor(reads: ThriftReads, ids: readonly number[], deadline: number) {
    this.#reads = reads;
    this.left = new Set(ids);
    this.deadline = deadline;
  }

  expire(now: number): void {
    this.#reads.abort([...this.left], now);
  }
}

/**
 * The reads that thrift's clients have open. They belong to the server: any connection may confirm or abort any of them by
 * its number, and one that closes returns none. Only `abort` and the deadline do.
 */
export class ThriftReads {
  readonly #deadlines: Deadlines;
  readonly #reads = new Map<number, ThriftRead>();
  #lastId = 0;

  constructor(deadlines: Deadlines) {
    this.#deadlines = deadlines;
  }

  get size(): number {
    return this.#reads.size;
  }

  /** Takes note of an item that has been opened; answers its number, unlike any other of this server. */
  add(queue: QueueCore, xid: number, opener: Opener): number {
    this.#lastId += 1;
    this.#reads.set(this.#lastId, { queue, xid, opener, batch: null });
    opener.add(queue, 1);
    return this.#lastId;
  }

  /** From now on these are on their way to a client, and go back if they are still open at the deadline. */
  handOut(ids: readonly number[], deadline: number, now: number): void {
    if (ids.length === 0) return;
    const batch = new Batch(this, ids, deadline);
    for (const id of ids) {
      const read = this.#reads.get(id);
      if (read !== undefined) read.batch = batch;
    }
    this.#deadlines.add(batch, now);
  }

  /** Answers how many of these were open. */
  confirm(ids: readonly number[]): number {
    let count = 0;
    for (const id of ids) {
      const read = this.#forget(id);
      if (read?.queue.confirm(read.xid) === true) count += 1;
    }
    return count;
  }

  /** Returns these to their queues, in the order in which they were there; answers how many were open. */
  abort(ids: readonly number[], now: number): number {
    const xids = new Map<QueueCore, number[]>();
    // Numbers rise in the order in which items were opened.
    for (const id of [...ids].sort((a, b) => a - b)) {
      const read = this.#forget(id);
      if (read === undefined) continue;
      const known = xids.get(read.queue);
      if (known === undefined) xids.set(read.queue, [read.xid]);
      else known.push(read.xid);
    }
    let count = 0;
    for (const [queue, those] of xids) count += queue.abortAll(those, now);
    return count;
  }

  #forget(id: number): ThriftRead | undefined {
    const read = this.#reads.get(id);
    if (read === undefined) return undefined;
    this.#reads.delete(id);
    read.opener.add(read.queue, -1);
    if (read.batch?.left.delete(id) === true && read.batch.left.size === 0)
      this.#deadlines.remove(read.batch);
    return read;
  }
}
