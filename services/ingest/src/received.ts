import type { Request, RequestHandler } from 'express';

const times = new WeakMap<Request, number>();

/** Goes first: remembers when the request came in. */
export function stampRequests(now: () => number): RequestHandler {
  return (req, _res, next) => {
    times.set(req, now());
    next();
  };
}

/** Unix ms when the request came in. */
export function receivedAtMs(req: Request): number {
  const at = times.get(req);
  if (at === undefined) throw new Error('stampRequests is not in front of this route');
  return at;
}
