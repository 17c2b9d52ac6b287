import { cacheKeys } from '@murmur/cache';
import type { RequestHandler } from 'express';
import { callerOf, refuseBadToken } from './authenticate.js';
import { ApiError } from './error-core.js';
import { clientAddress } from './origin.js';
import { rateVerdict, rateWindow } from './rate-core.js';
import type { RateLimitOptions } from './types.js';

export const RATE_LIMIT = 300;
export const RATE_WINDOW_SECONDS = 300;

/**
 * Counts every request, per token, else per client address, in the row cache: all instances count together.
 * Goes behind `authenticate`, whose 401s it counts per address before it sends them. While the cache is away nobody is refused: a limit protects, it must not take down.
 */
export function rateLimit(options: RateLimitOptions): RequestHandler {
  const { rows, limit = RATE_LIMIT, windowSeconds = RATE_WINDOW_SECONDS, now = Date.now } = options;
  return (req, res, next) => {
    if (limit === 0 || req.method === 'OPTIONS') {
      refuseBadToken(req);
      next();
      return;
    }
    const nowMs = now();
    const window = rateWindow(nowMs, windowSeconds);
    const subject = callerOf(req)?.tokenSha256 ?? clientAddress(req);
    rows
      .increment(cacheKeys.rate(subject, window.number), 1, windowSeconds)
      .then((used) => {
        const verdict = rateVerdict(used, limit, window, nowMs);
        for (const [name, value] of Object.entries(verdict.headers)) res.setHeader(name, value);
        if (!verdict.allowed)
          throw new ApiError('rate_limited', { retryAfterSeconds: verdict.retryAfterSeconds });
        refuseBadToken(req);
        next();
      })
      .catch(next);
  };
}
