/** How fast time passes here while the wall clock is behind, against how fast it passes. */
const PACE_BEHIND = 0.5;

/**
 * The wall clock, ms since 1970, but never going back: where it was set back, time passes at half its pace until the wall clock is there again. What is
 * due (time-outs, penalties, reconciliation) would otherwise rest for as long as it was set back, an hour's mistake for an hour.
 */
export function steadyClock(wall: () => number, monotonic: () => number): () => number {
  let at = wall();
  let seen = monotonic();
  return () => {
    const now = monotonic();
    at = Math.max(wall(), at + (now - seen) * PACE_BEHIND);
    seen = now;
    return Math.floor(at);
  };
}
