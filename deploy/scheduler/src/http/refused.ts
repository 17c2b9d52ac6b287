import { ERRORS, type ErrorBody, type ErrorCode } from '@murmur/scheduler-api';
import type { Log } from '@murmur/service';
import type { ErrorRequestHandler, Response } from 'express';

/** What a request is answered with that is not carried out. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly code: ErrorCode;
  readonly details: readonly string[];

  constructor(code: ErrorCode, message: string, details: readonly string[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }
}

/** Whoever may try again is told when, s. */
const RETRY_AFTER_S = 1;

export function sendError(res: Response, { code, message, details }: Refused): void {
  const { status, retry } = ERRORS[code];
  const body: ErrorBody = { error: { code, message, ...(details.length === 0 ? {} : { details }) } };
  if (code === 'unauthorized')
    res.set('www-authenticate', ['Bearer', 'Basic realm="murmur-scheduler", charset="UTF-8"']);
  if (retry) res.set('retry-after', `${RETRY_AFTER_S}`);
  res.status(status).json(body);
}

/** The end of every request that throws. What is no Refused is an error of this program, and logged. */
export function answerErrors(log: Log): ErrorRequestHandler {
  return (thrown: unknown, req, res, next) => {
    const refused = asRefused(thrown);
    if (refused === null) log.error({ err: thrown, method: req.method, path: req.path }, 'a request failed');
    if (res.headersSent) {
      next(thrown);
      return;
    }
    sendError(res, refused ?? new Refused('internal', 'an error of the scheduler; its log has more'));
  };
}

/** Express and its body parser throw errors with a status. */
function asRefused(thrown: unknown): Refused | null {
  if (thrown instanceof Refused) return thrown;
  // The backend says by a code of the API that it does not lead, or is not ready.
  if (thrown instanceof Error && 'code' in thrown && isErrorCode(thrown.code))
    return new Refused(thrown.code, thrown.message);
  if (!(thrown instanceof Error) || !('status' in thrown) || typeof thrown.status !== 'number') return null;
  const { status, message } = thrown;
  if (status === 413) {
    const limit = 'limit' in thrown ? `, allowed are ${String(thrown.limit)} bytes` : '';
    return new Refused('too-large', `the body is too large${limit}`);
  }
  if (status < 400 || status >= 500) return null;
  return new Refused('bad-request', `the request cannot be read: ${message}`);
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}
