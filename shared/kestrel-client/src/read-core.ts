/**
 * What one connection of a consumer says next. Items are *open* from their arrival to their confirm; of
 * those some are *pending* (not handed out), some in the handler's hands, some *done*. A confirm says "the
 * n oldest", and may not be sent while a monitor runs, so:
 *
 *   monitor --items--> END --> confirm <done> + monitor (one write) --END--> ...
 *
 * A monitor asks for half of `batchMax`: while the handler has one half the next streams in, and never are
 * more than `batchMax` items open.
 */
import { EMPTY_PAUSE_MS, READ_AHEAD_BYTES_MAX } from './defaults.js';
import type { Reply } from './reply-parser-core.js';
import { encodeConfirm, encodeMonitor } from './requests-core.js';

export class ReadCore {
  private readonly queue: string;
  private batchMax: number;
  private readonly seconds: number;
  private pending: Buffer[] = [];
  private pendingBytes = 0;
  private inHand = 0;
  private done = 0;
  private confirming = 0;
  private monitor: { readonly startedAtMs: number; readonly max: number; items: number } | null = null;
  /** The last monitor brought nothing: the server may be at its open-read limit, so confirm before the next. */
  private cameEmpty = false;
  private pauseEndsAtMs: number | null = null;

  constructor(queue: string, batchMax: number, seconds: number) {
    this.queue = queue;
    this.batchMax = batchMax;
    this.seconds = seconds;
  }

  /** From the next monitor on. */
  resize(batchMax: number): void {
    this.batchMax = batchMax;
  }

  /** Items that the server counts as open on this connection. */
  open(): number {
    return this.pending.length + this.inHand + this.done + this.confirming;
  }

  /** False when the reply answers nothing that was asked: the connection is out of step. */
  onReply(reply: Reply, nowMs: number): boolean {
    if (reply.kind === 'item') return this.onItem(reply.data);
    if (reply.kind !== 'end') return false;
    if (this.confirming > 0) {
      this.confirming = 0;
      return true;
    }
    if (this.monitor === null) return false;
    const { startedAtMs, items } = this.monitor;
    this.monitor = null;
    this.cameEmpty = items === 0;
    const early = nowMs - startedAtMs < this.seconds * 500;
    if (this.cameEmpty && early && this.open() === 0) this.pauseEndsAtMs = nowMs + EMPTY_PAUSE_MS;
    return true;
  }

  private onItem(data: Buffer): boolean {
    if (this.monitor === null || this.confirming > 0 || this.monitor.items >= this.monitor.max) return false;
    this.pending.push(data);
    this.pendingBytes += data.length;
    this.monitor.items += 1;
    return true;
  }

  /** Everything that has arrived, for the handler; empty when there is nothing or the last batch is not done. */
  takeBatch(): Buffer[] {
    if (this.inHand > 0) return [];
    const batch = this.pending;
    this.pending = [];
    this.pendingBytes = 0;
    this.inHand = batch.length;
    return batch;
  }

  /** So many bytes wait for a busy handler that no more should be read. */
  stuffed(): boolean {
    return this.inHand > 0 && this.pendingBytes >= READ_AHEAD_BYTES_MAX;
  }

  /** The batch taken last is handled. */
  batchDone(): void {
    this.done += this.inHand;
    this.inHand = 0;
  }

  /** What to send now; null when an answer, the handler or the pause must come first. */
  nextRequest(nowMs: number, stopping: boolean): string | null {
    if (this.awaiting()) return null;
    let request = '';
    if (this.done > 0) {
      request = encodeConfirm(this.queue, this.done);
      this.confirming = this.done;
      this.done = 0;
    }
    if (!stopping && this.mayMonitor(nowMs)) {
      const max = Math.ceil(this.batchMax / 2);
      request += encodeMonitor(this.queue, this.seconds, max);
      this.monitor = { startedAtMs: nowMs, max, items: 0 };
      this.pauseEndsAtMs = null;
    }
    return request === '' ? null : request;
  }

  private mayMonitor(nowMs: number): boolean {
    if (this.pauseEndsAtMs !== null && nowMs < this.pauseEndsAtMs) return false;
    const unhandled = this.pending.length + this.inHand;
    if (this.cameEmpty && unhandled > 0 && this.confirming === 0) return false;
    return unhandled + Math.ceil(this.batchMax / 2) <= this.batchMax;
  }

  /** When to ask `nextRequest` again although nothing happened; null = no need. */
  pausedUntilMs(): number | null {
    return this.pauseEndsAtMs;
  }

  /** An answer is due from the server. */
  awaiting(): boolean {
    return this.monitor !== null || this.confirming > 0;
  }

  /** Nothing in hand, nothing to confirm: the connection may be closed. */
  settled(): boolean {
    return this.inHand === 0 && this.done === 0 && this.confirming === 0;
  }
}
