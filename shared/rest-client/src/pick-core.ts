/** Which member gets the next request. Pure: time and chance are arguments. */

/** Failures in a row after which a member gets no requests for a while. */
export const EJECT_AFTER_FAILURES = 3;
export const EJECT_MS_MIN = 1_000;
/** A member that keeps failing is asked again this often. */
export const EJECT_MS_MAX = 30_000;

/** What is known of one member, from this client's own requests. */
export interface Load {
  readonly inFlight: number;
  readonly failuresInRow: number;
  /** 0: not ejected. */
  readonly ejectedUntilMs: number;
}

export const NO_LOAD: Load = { inFlight: 0, failuresInRow: 0, ejectedUntilMs: 0 };

/**
 * The less loaded of two random members that are not ejected: nearly as even as asking all of them, and it does not
 * send everybody to the one that was idle a moment ago. When all are ejected, any is better than none.
 * Null when `members` is empty.
 */
export function pick<M>(
  members: readonly M[],
  loadOf: (member: M) => Load,
  nowMs: number,
  random: () => number,
): M | null {
  const fit = members.filter((member) => loadOf(member).ejectedUntilMs <= nowMs);
  const from = fit.length > 0 ? fit : members;
  const i = Math.floor(random() * from.length);
  // The second is another one: a step of 1 to length - 1 from the first.
  const j = (i + 1 + Math.floor(random() * (from.length - 1))) % from.length;
  const [a, b] = [from[i], from[j]];
  if (a === undefined) return null;
  return b !== undefined && loadOf(b).inFlight < loadOf(a).inFlight ? b : a;
}

export function started(load: Load): Load {
  return { ...load, inFlight: load.inFlight + 1 };
}

/** Any answer, an error status too, shows that the member is there. */
export function answered(load: Load): Load {
  return { inFlight: load.inFlight - 1, failuresInRow: 0, ejectedUntilMs: 0 };
}

/** The caller gave up: that says nothing about the member. */
export function abandoned(load: Load): Load {
  return { ...load, inFlight: load.inFlight - 1 };
}

/** From the third failure in a row on it is ejected: 1 s, doubled with each further failure, at most 30 s. */
export function failed(load: Load, nowMs: number): Load {
  const failuresInRow = load.failuresInRow + 1;
  const over = failuresInRow - EJECT_AFTER_FAILURES;
  const ejectedUntilMs = over < 0 ? 0 : nowMs + Math.min(EJECT_MS_MAX, EJECT_MS_MIN * 2 ** over);
  return { inFlight: load.inFlight - 1, failuresInRow, ejectedUntilMs };
}
