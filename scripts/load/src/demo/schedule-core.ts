/** When to post and who posts; when to try again. Time and chance are arguments. */

/** The next gap of a Poisson process of `rate` events a second, ms. Open loop: no answer is waited for. */
export function gapMs(rate: number, random: () => number): number {
  return (-Math.log(1 - random()) * 1_000) / rate;
}

/** Deals authors from a shuffled deck, again and again: in any order, but nobody more often than the others. */
export function authorDeck(accounts: number, random: () => number): () => number {
  let deck: number[] = [];
  return () => {
    if (deck.length === 0) deck = shuffled(accounts, random);
    return deck.pop() ?? 0;
  };
}

function shuffled(n: number, random: () => number): number[] {
  const deck = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [deck[i], deck[j]] = [deck[j] ?? 0, deck[i] ?? 0];
  }
  return deck;
}

export const ATTEMPTS_MAX = 6;
const BACKOFF_MS_MIN = 100;
const BACKOFF_MS_MAX = 3_000;
/** A longer `Retry-After` is shortened to this. */
const RETRY_AFTER_MS_MAX = 5_000;
/** After the announced end of a rate window, for clocks that differ a little. */
const RESET_MARGIN_MS = 250;

export interface Outcome {
  /** Null: no answer came. */
  readonly status: number | null;
  readonly retryAfterMs: number | null;
  /** Unix ms, from `X-RateLimit-Reset`. */
  readonly resetAtMs: number | null;
}

/**
 * Ms until the next attempt, or null: this outcome is final. No answer, 5xx and 409 (the same key is under way) are tried
 * again up to `ATTEMPTS_MAX` times, 429 when its window ends within `patienceMs`.
 */
export function retryInMs(
  outcome: Outcome,
  attempt: number,
  nowMs: number,
  patienceMs: number,
  random: () => number,
): number | null {
  const { status, retryAfterMs, resetAtMs } = outcome;
  if (attempt >= ATTEMPTS_MAX) return null;
  if (status === 429) {
    const waitMs = (resetAtMs ?? nowMs + (retryAfterMs ?? 0)) - nowMs + RESET_MARGIN_MS;
    return waitMs <= patienceMs ? Math.max(RESET_MARGIN_MS, waitMs) : null;
  }
  if (status !== null && status < 500 && status !== 409) return null;
  const backoff = Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** (attempt - 1)) * (0.5 + random() / 2);
  return Math.max(backoff, Math.min(RETRY_AFTER_MS_MAX, retryAfterMs ?? 0));
}

/** A stream that fell is opened again after this, ms: soon at first, spread so that not all come at once. */
export function reconnectInMs(failures: number, random: () => number): number {
  return Math.min(BACKOFF_MS_MAX, BACKOFF_MS_MIN * 2 ** Math.min(failures, 10)) * (0.5 + random() / 2);
}
