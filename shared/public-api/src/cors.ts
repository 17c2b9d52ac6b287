import type { RequestHandler } from 'express';

const METHODS = 'POST, PUT, DELETE, GET, PATCH, OPTIONS';
const ALLOW = 'Authorization, Content-Type, Idempotency-Key, Last-Event-ID';
const EXPOSE = 'Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After';
/** Seconds a browser may keep a preflight's answer. */
const MAX_AGE_SECONDS = 86_400;

/**
 * CORS for any origin, without credentials: tokens are in a header, never in a cookie. The log-in page is
 * left out: it is navigated to, and no script of another origin has any business there.
 */
export function cors(): RequestHandler {
  return (req, res, next) => {
    if (req.path.startsWith('/oauth/authorize')) {
      next();
      return;
    }
    res.setHeader('Access-Control-Allow-Origin', '*');
    res.setHeader('Access-Control-Expose-Headers', EXPOSE);
    if (req.method !== 'OPTIONS') {
      next();
      return;
    }
    res.setHeader('Access-Control-Allow-Methods', METHODS);
    res.setHeader('Access-Control-Allow-Headers', ALLOW);
    res.setHeader('Access-Control-Max-Age', String(MAX_AGE_SECONDS));
    res.status(204).end();
  };
}
