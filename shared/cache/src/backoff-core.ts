/** First and longest pause before a server that failed is tried again, ms. */
export const BACKOFF_FIRST_MS = 50;
export const BACKOFF_MAX_MS = 2_000;

/** The pause after the `failures`-th failure in a row (from 1): doubling, capped, 50-100 % of it by chance. */
export function backoffMs(failures: number, random: number): number {
  const full = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(failures - 1, 20));
  return Math.round(full * (0.5 + random / 2));
}
