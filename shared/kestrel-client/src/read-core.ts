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
import { EMPTY_PAUSE_MS } from './defaults.js';
import type { Reply } from './reply-parser-core.js';
import { encodeConfirm, encodeMonitor } from './requests-core.js';

export interface ReadCore {
  /** False when the reply answers nothing that was asked: the connection is out of step. */
  onReply(reply: Reply, nowMs: number): boolean;
  /** Everything that has arrived, for the handler; empty when there is nothing or the last batch is not done. */
  takeBatch(): Buffer[];
  /** The batch taken last is handled. */
  batchDone(): void;
  /** Bytes to send now; null when an answer or the handler must come first. */
  nextRequest(nowMs: number, stopping: boolean): string | null;
  /** When to ask `nextRequest` again although nothing happened; null = no need. */
  pausedUntilMs(): number | null;
  /** An answer is due from the server. */
  awaiting(): boolean;
  /** Nothing in hand, nothing to confirm, nothing under way: the connection may be closed. */
  settled(): boolean;
  counts(): {
    readonly open: number;
    readonly pending: number;
    readonly inHand: number;
    readonly done: number;
  };
}

export function createReadCore(queue: string, batchMax: number, seconds: number): ReadCore {
  const monitorMax = Math.ceil(batchMax / 2);
  let pending: Buffer[] = [];
  let inHand = 0;
  let done = 0;
  let confirming = 0;
  let monitoring = false;
  let monitorAtMs = 0;
  let monitorItems = 0;
  /** The last monitor brought nothing: the server may be at its open-read limit, so confirm before the next. */
  let cameEmpty = false;
  let pausedUntilMs: number | null = null;

  const open = (): number => pending.length + inHand + done + confirming;

  function onReply(reply: Reply, nowMs: number): boolean {
    if (reply.kind === 'item' && monitoring && confirming === 0 && open() < batchMax) {
      pending.push(reply.data);
      monitorItems += 1;
      return true;
    }
    if (reply.kind !== 'end') return false;
    if (confirming > 0) {
      confirming = 0;
      return true;
    }
    if (!monitoring) return false;
    monitoring = false;
    cameEmpty = monitorItems === 0;
    const early = nowMs - monitorAtMs < seconds * 500;
    pausedUntilMs = cameEmpty && early && open() === 0 ? nowMs + EMPTY_PAUSE_MS : null;
    return true;
  }

  function takeBatch(): Buffer[] {
    if (inHand > 0) return [];
    const batch = pending;
    pending = [];
    inHand = batch.length;
    return batch;
  }

  function mayMonitor(nowMs: number): boolean {
    if (pausedUntilMs !== null && nowMs < pausedUntilMs) return false;
    if (cameEmpty && pending.length + inHand > 0 && confirming === 0) return false;
    return pending.length + inHand + monitorMax <= batchMax;
  }

  function nextRequest(nowMs: number, stopping: boolean): string | null {
    if (monitoring || confirming > 0) return null;
    let request = '';
    if (done > 0) {
      request = encodeConfirm(queue, done);
      confirming = done;
      done = 0;
    }
    if (!stopping && mayMonitor(nowMs)) {
      request += encodeMonitor(queue, seconds, monitorMax);
      monitoring = true;
      monitorItems = 0;
      monitorAtMs = nowMs;
      pausedUntilMs = null;
    }
    return request === '' ? null : request;
  }

  return {
    onReply,
    takeBatch,
    batchDone: () => {
      done += inHand;
      inHand = 0;
    },
    nextRequest,
    pausedUntilMs: () => pausedUntilMs,
    awaiting: () => monitoring || confirming > 0,
    settled: () => inHand === 0 && done === 0 && confirming === 0,
    counts: () => ({ open: open(), pending: pending.length, inHand, done }),
  };
}
