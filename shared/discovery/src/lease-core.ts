/** A tenth of the session is left as a margin for a clock that runs fast and for the work under way. */
const MARGIN_SHARE = 10;

export interface Held {
  readonly number: number;
  /** The session that owns the node. */
  readonly session: number;
}

export interface SessionView {
  /** Counts up with every new session. */
  readonly session: number;
  /** When the newest request that ZooKeeper answered was sent, ms: it knew us alive at least then. */
  readonly heardAt: number;
  /** The time-out that ZooKeeper granted, ms. */
  readonly timeoutMs: number;
}

/**
 * The number that may be used now. ZooKeeper gives the node away a session time-out after it last heard of us; from a
 * margin before that on the lease does not count, connected or not. It counts again when the same session is confirmed.
 */
export function usableNumber(held: Held | null, view: SessionView, now: number): number | null {
  if (held?.session !== view.session) return null;
  return now < silentAt(view) ? held.number : null;
}

/** From then on, ms, ZooKeeper may have given away what this session holds, unless it is heard before. */
export function silentAt(view: SessionView): number {
  return view.heardAt + view.timeoutMs - Math.ceil(view.timeoutMs / MARGIN_SHARE);
}

/** The lowest number of 0..max whose node is not among `taken`; null when none is free. */
export function lowestFree(taken: readonly string[], max: number): number | null {
  const used = new Set(taken);
  for (let n = 0; n <= max; n += 1) if (!used.has(String(n))) return n;
  return null;
}
