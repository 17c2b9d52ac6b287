import type { Log } from '@murmur/service';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { ApiError, asApiError, notFound } from './error-core.js';

export interface ApiErrorsOptions {
  readonly log: Pick<Log, 'warn' | 'error'>;
}

const nothingHere: RequestHandler = (_req, _res, next) => {
  next(notFound());
};

/** Goes last: what no route took is 404, and every error becomes its JSON answer. A 500 is logged with its stack. */
export function apiErrors({ log }: ApiErrorsOptions): (RequestHandler | ErrorRequestHandler)[] {
  const answer: ErrorRequestHandler = (thrown: unknown, req, res, next) => {
    const error = asApiError(thrown);
    if (error.code === 'internal')
      log.error({ err: thrown, method: req.method, path: req.path }, 'request failed');
    else if (error.code === 'unavailable' && !(thrown instanceof ApiError))
      log.warn({ err: thrown, method: req.method, path: req.path }, 'a dependency is away');
    if (res.headersSent) {
      // Half an answer cannot be taken back: Express cuts the connection.
      next(thrown);
      return;
    }
    const retryAfter = error.retryAfterSeconds;
    if (retryAfter !== null) res.set('Retry-After', String(retryAfter));
    if (error.status === 401) res.set('WWW-Authenticate', 'Bearer realm="Murmur"');
    res.status(error.status).json(error.body());
  };
  return [nothingHere, answer];
}
