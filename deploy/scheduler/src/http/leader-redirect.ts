import type { RequestHandler } from 'express';
import type { Leadership } from './options.js';
import { Refused } from './refused.js';

/** Whoever sends it is answered by this scheduler, whatever it is. */
export const BYPASS_HEADER = 'Bypass-Leader-Redirect';

/** Sends requests to the leader: 307 keeps method and body. Where nobody leads, 503 `not-leader`. */
export function leaderRedirect(leadership: () => Leadership): RequestHandler {
  return (req, res, next) => {
    const { leads, leaderUrl } = leadership();
    if (leads || req.get(BYPASS_HEADER) !== undefined) {
      next();
      return;
    }
    if (leaderUrl === null)
      throw new Refused('not-leader', 'this scheduler does not lead, and who does is not known');
    // The path as it came. Without a slash at its beginning it could become a part of the host.
    if (!req.originalUrl.startsWith('/')) throw new Refused('bad-request', 'the request is not for a path');
    res.redirect(307, leaderUrl.replace(/\/+$/, '') + req.originalUrl);
  };
}
