/** The client's bounds, each with its reason. */
import type { KestrelClientOptions } from './types.js';

export const KESTREL_DEFAULTS = {
  /** An author waits this long for an "accepted" at the most; below the edge's own time-out. */
  putTimeoutMs: 3_000,
  /** A healthy server answers in a millisecond, one that fsyncs or rewrites a journal in some hundred. */
  replyTimeoutMs: 1_000,
  /** Ten seconds' worth of puts at 2,000/s: more waiting than that helps nobody. */
  inFlightMax: 20_000,
  inFlightBytesMax: 64 * 1024 * 1024,
  itemBytesMax: 1024 * 1024,
  connectTimeoutMs: 1_000,
  reconnectMinMs: 50,
  reconnectMaxMs: 2_000,
} as const satisfies Omit<Required<KestrelClientOptions>, 'readSet' | 'writeSet' | 'log'>;

export type Bounds = { readonly [K in keyof typeof KESTREL_DEFAULTS]: number };

/** A server whose oldest reply is due for longer gets no new puts while another is free, ms. */
export const SUSPECT_AFTER_MS = 100;
/** How long a put that every server refused waits before it asks again, ms. */
export const REFUSED_PAUSE_MS = 100;
/** Puts of one turn of the event loop that go to one server before it is the next one's turn. */
export const PUTS_TOGETHER_MAX = 10;
/** A server with more than twice the unanswered puts of the least busy one and so many more gets no new ones. */
export const BEHIND_PUTS = 64;
/** A server that answers later than this, and later than the fastest, gets fewer puts in that proportion, ms. */
export const SLOW_FROM_MS = 20;
/** A slow server gets one put where a fast one gets so many; never none, or nobody would see it get well. */
export const SLOW_COST_MAX = 8;
/** Weight of the newest answer in the latency of a server. */
export const LATENCY_WEIGHT = 0.25;
/** Bytes of puts gathered for one write to one server; what comes then waits until the socket has taken them. */
export const GATHER_BYTES_MAX = 1024 * 1024;
/** Callers that wait in `ready`; one more is told `overloaded`. */
export const READY_WAITERS_MAX = 10_000;
/** A monitor's END may be so late before its server is taken for dead, ms. */
export const MONITOR_MARGIN_MS = 2_000;
/** A stopping consumer waits so long for its monitor to end, to confirm what is handled; else it comes again, ms. */
export const STOP_CONFIRM_MS = 1_500;
/** An empty monitor that ended early (queue deleted, reads blocked) is asked again after this, ms. */
export const EMPTY_PAUSE_MS = 100;
/** Bytes of items that wait for a busy handler; beyond, the server's socket is not read. */
export const READ_AHEAD_BYTES_MAX = 8 * 1024 * 1024;
/** A rare request (`stats`, `delete`) is answered in full within this, ms. */
export const ASK_TIMEOUT_MS = 10_000;
/** TCP probes an idle connection after this, ms. */
export const KEEP_ALIVE_MS = 10_000;
/** A reply line is at the most this long, bytes: `stats` lists all children of a queue in one. */
export const REPLY_LINE_BYTES_MAX = 1024 * 1024;
/** An item read from a server is at the most this long, bytes. */
export const READ_ITEM_BYTES_MAX = 16 * 1024 * 1024;
/** Length of a queue name: it becomes a file name with a suffix on the server. */
export const QUEUE_NAME_LENGTH_MAX = 200;
/** A monitor waits so long at the most, s. */
export const MONITOR_SECONDS_MAX = 3_600;

/** Fills in the defaults; throws a RangeError that names the option when one is no whole number from 1. */
export function boundsOf(options: Partial<Bounds>): Bounds {
  const bounds: Record<string, number> = { ...KESTREL_DEFAULTS };
  for (const name of Object.keys(KESTREL_DEFAULTS) as (keyof Bounds)[]) {
    const value = options[name];
    if (value === undefined) continue;
    if (!Number.isSafeInteger(value) || value < 1)
      throw new RangeError(`${name}: ${value} is not allowed, a whole number from 1 is required`);
    bounds[name] = value;
  }
  return bounds as Bounds;
}
