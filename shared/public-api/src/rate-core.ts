/** Fixed windows, aligned to the clock, so that all instances count in the same one. */

export interface RateWindow {
  /** The window's number since 1970; part of the counter's key. */
  readonly number: number;
  /** Unix ms of its end. */
  readonly endsAtMs: number;
}

export function rateWindow(nowMs: number, windowSeconds: number): RateWindow {
  const number = Math.floor(nowMs / (windowSeconds * 1000));
  return { number, endsAtMs: (number + 1) * windowSeconds * 1000 };
}

export interface RateVerdict {
  readonly allowed: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** Whole seconds until the window ends, at least 1. */
  readonly retryAfterSeconds: number;
}

/** `used` counts this request too; null when the counter could not be reached: then everybody passes. */
export function rateVerdict(
  used: number | null,
  limit: number,
  window: RateWindow,
  nowMs: number,
): RateVerdict {
  const remaining = Math.max(0, limit - (used ?? 0));
  return {
    allowed: used === null || used <= limit,
    // All three or none: Mastodon.py takes the others for granted once it sees Remaining.
    headers: {
      'X-RateLimit-Limit': String(limit),
      'X-RateLimit-Remaining': String(remaining),
      'X-RateLimit-Reset': new Date(window.endsAtMs).toISOString(),
    },
    retryAfterSeconds: Math.max(1, Math.ceil((window.endsAtMs - nowMs) / 1000)),
  };
}
