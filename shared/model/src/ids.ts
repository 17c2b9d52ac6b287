/**
 * Ids: 64 bit, `unix ms << 16 | worker (10) << 6 | sequence (6)`, so they sort by time and a
 * Mastodon client that turns a date into an id finds the right place.
 */

export type Id = bigint;

export const WORKER_ID_MAX = 1023;
export const SEQUENCE_MAX = 63;
/** The largest id a signed 64-bit column holds; ids stay below it until the year 6429. */
export const ID_MAX = (1n << 63n) - 1n;

export interface IdState {
  readonly worker: number;
  /** Unix ms of the last id given. */
  readonly lastMs: number;
  readonly sequence: number;
}

export type IdResult =
  | { readonly kind: 'id'; readonly id: Id; readonly state: IdState }
  /** The clock ran backwards, or this millisecond's 64 ids are used up: ask again at `untilMs`. */
  | { readonly kind: 'wait'; readonly untilMs: number };

/** A generator for one leased worker id (0..1023). Throws a RangeError outside that range. */
export function idState(worker: number, lastMs = 0): IdState {
  if (!Number.isInteger(worker) || worker < 0 || worker > WORKER_ID_MAX)
    throw new RangeError(`worker ${worker}: allowed is an integer from 0 to ${WORKER_ID_MAX}`);
  return { worker, lastMs, sequence: SEQUENCE_MAX };
}

/** The next id at `nowMs`, or how long to wait. Never gives an id twice from one state chain. */
export function nextId(state: IdState, nowMs: number): IdResult {
  if (nowMs < state.lastMs) return { kind: 'wait', untilMs: state.lastMs };
  const sequence = nowMs === state.lastMs ? state.sequence + 1 : 0;
  if (sequence > SEQUENCE_MAX) return { kind: 'wait', untilMs: state.lastMs + 1 };
  const id = (BigInt(nowMs) << 16n) | (BigInt(state.worker) << 6n) | BigInt(sequence);
  return { kind: 'id', id, state: { worker: state.worker, lastMs: nowMs, sequence } };
}

/** The time an id was given, unix ms. */
export function idToMs(id: Id): number {
  return Number(id >> 16n);
}

/** The smallest id of a millisecond: the lower bound for "since this time". */
export function firstIdOf(ms: number): Id {
  return BigInt(ms) << 16n;
}

/** A decimal id from outside, or null: only digits, no sign, no leading zero, at most `ID_MAX`. */
export function parseId(text: string): Id | null {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text)) return null;
  const id = BigInt(text);
  return id <= ID_MAX ? id : null;
}
