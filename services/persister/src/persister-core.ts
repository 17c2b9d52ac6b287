/** From a batch of queue payloads to what is written, what is poison and what is fanned out once more. Pure. */
import { decodeEvent, encodeEvent, type Event, type Id, type Status } from '@murmur/model';

type StatusEvent = Extract<Event, { kind: 'status' }>;
type DeleteEvent = Extract<Event, { kind: 'delete' }>;

/** One event that has a row, with the bytes it came in. */
export interface Write {
  readonly event: StatusEvent | DeleteEvent;
  readonly payload: Buffer;
}

/** What can never be written, and why. */
export interface Poison {
  readonly cause: 'undecodable' | 'refused';
  readonly reason: string;
  readonly payload: Buffer;
}

export interface Plan {
  /** In order of arrival. */
  readonly writes: readonly Write[];
  readonly poison: readonly Poison[];
  /** Follows and unfollows: ingest has written them. */
  readonly ignored: number;
}

export function planBatch(payloads: readonly Buffer[]): Plan {
  const writes: Write[] = [];
  const poison: Poison[] = [];
  let ignored = 0;
  for (const payload of payloads) {
    const event = decoded(payload);
    if (typeof event === 'string') poison.push({ cause: 'undecodable', reason: event, payload });
    else if (event.kind === 'status' || event.kind === 'delete') writes.push({ event, payload });
    else ignored += 1;
  }
  return { writes, poison, ignored };
}

/** The event, or why it is none. */
function decoded(payload: Buffer): Event | string {
  try {
    return decodeEvent(payload);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What one transaction writes; the same status or delete twice in a batch is one. */
export function rowsOf(writes: readonly Write[]): {
  readonly statuses: readonly Status[];
  readonly deletes: readonly { readonly statusId: Id; readonly authorId: Id; readonly atMs: number }[];
} {
  const statuses = new Map<Id, Status>();
  const deletes = new Map<Id, { statusId: Id; authorId: Id; atMs: number }>();
  for (const { event } of writes) {
    if (event.kind === 'status') statuses.set(event.status.id, event.status);
    else if (!deletes.has(event.statusId))
      deletes.set(event.statusId, {
        statusId: event.statusId,
        authorId: event.authorId,
        atMs: event.receivedAtMs,
      });
  }
  return { statuses: [...statuses.values()], deletes: [...deletes.values()] };
}

/** Two halves to look for the guilty row in; only for two writes or more. */
export function halvesOf(writes: readonly Write[]): readonly [readonly Write[], readonly Write[]] {
  const middle = Math.ceil(writes.length / 2);
  return [writes.slice(0, middle), writes.slice(middle)];
}

/**
 * Statuses that were persisted more than `lateMs` after their acceptance, as events for a second fan-out: a
 * home that was rebuilt in between from MySQL has missed them. `push: false`: nobody is shown them twice.
 */
export function refansOf(written: readonly Write[], nowMs: number, lateMs: number): Buffer[] {
  return written.flatMap(({ event }) =>
    event.kind === 'status' && event.push && nowMs - event.receivedAtMs > lateMs
      ? [encodeEvent({ ...event, push: false, attempt: 0 })]
      : [],
  );
}

/** More of a payload is not kept: as base64 it must still fit into a queue item. */
export const POISON_PAYLOAD_BYTES_MAX = 512 * 1024;

/**
 * An item of the queue `poison`: JSON with the reason, the payload as base64 and the time, unix ms. Of a payload over
 * the limit the beginning is kept; `payloadBytes` is its whole length.
 */
export function encodePoison(poison: Poison, atMs: number): Buffer {
  const { reason, payload } = poison;
  const kept = payload.subarray(0, POISON_PAYLOAD_BYTES_MAX).toString('base64');
  return Buffer.from(JSON.stringify({ reason, payload: kept, payloadBytes: payload.length, atMs }));
}

/** When the oldest of these events was accepted, unix ms; null without events. */
export function oldestOf(writes: readonly Write[]): number | null {
  let oldest: number | null = null;
  for (const { event } of writes)
    if (oldest === null || event.receivedAtMs < oldest) oldest = event.receivedAtMs;
  return oldest;
}

/** The wait before try number `attempt` + 1 (from 0), ms: doubles from `minMs` to `maxMs`. */
export function retryDelayMs(attempt: number, minMs: number, maxMs: number): number {
  return Math.min(maxMs, minMs * 2 ** Math.min(attempt, 30));
}
