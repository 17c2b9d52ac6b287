import type { Id } from '@murmur/model';
import type { Request, RequestHandler, Response } from 'express';
import { originOf } from './origin.js';
import { linkHeader } from './page-core.js';

/** Sends one page: the JSON array, and the `Link` header made of the ids on it. */
export function sendPage(req: Request, res: Response, ids: readonly Id[], body: readonly unknown[]): void {
  const link = linkHeader({ origin: originOf(req), pathAndQuery: req.originalUrl }, ids);
  if (link !== null) res.set('Link', link);
  res.json(body);
}

/** A handler that may fail later: its rejection goes to the error handler. */
export function asyncRoute(handler: (req: Request, res: Response) => Promise<void>): RequestHandler {
  return (req, res, next) => {
    handler(req, res).catch(next);
  };
}
