import { ERRORS, type ErrorCode } from './errors.js';

/** The scheduler answered, and refused. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ErrorCode;
  readonly details: readonly string[];

  constructor(code: ErrorCode, message: string, details: readonly string[] = []) {
    super(message);
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }

  /** Whether the same call may succeed a little later. */
  get retry(): boolean {
    return ERRORS[this.code].retry;
  }
}

/** No answer came: nobody listens, the connection broke, or it took too long. */
export class NetworkError extends Error {
  override readonly name = 'NetworkError';
  readonly retry = true;
  readonly url: string;
  /** The request may have arrived: a change may have been made. */
  readonly uncertain: boolean;

  constructor(url: string, why: string, uncertain: boolean, options?: ErrorOptions) {
    super(`${url} does not answer: ${why}`, options);
    this.url = url;
    this.uncertain = uncertain;
  }
}

/** An answer that this client cannot read: it is no scheduler, or one of another version. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly retry = false;
  readonly url: string;

  constructor(url: string, why: string) {
    super(`${url} gave an answer that is none of the scheduler's API: ${why}`);
    this.url = url;
  }
}
