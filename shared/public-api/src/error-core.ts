/**
 * Every error the public API can answer: a closed table. `error` is the text clients were seen to compare
 * with (Mastodon's own); the OAuth codes are those of RFC 6749 section 5.2.
 */

export interface ErrorEntry {
  readonly status: number;
  readonly error: string;
  /** May the client send the same request again later? */
  readonly retry: boolean;
}

export const API_ERRORS = {
  malformed: { status: 400, error: 'The request is malformed', retry: false },
  invalid_token: { status: 401, error: 'The access token is invalid', retry: false },
  outside_scopes: { status: 403, error: 'This action is outside the authorized scopes', retry: false },
  forbidden: { status: 403, error: 'This action is not allowed', retry: false },
  not_found: { status: 404, error: 'Record not found', retry: false },
  conflict: { status: 409, error: 'This Idempotency-Key was used for another status', retry: false },
  body_too_large: { status: 413, error: 'The request body is too large', retry: false },
  unsupported_body: { status: 415, error: 'The type of the request body is not supported', retry: false },
  user_required: { status: 422, error: 'This method requires an authenticated user', retry: false },
  validation_failed: { status: 422, error: 'Validation failed', retry: false },
  rate_limited: { status: 429, error: 'Too many requests', retry: true },
  internal: { status: 500, error: 'Something went wrong here', retry: true },
  unavailable: { status: 503, error: 'The service is not available right now, try again', retry: true },
  invalid_request: { status: 400, error: 'invalid_request', retry: false },
  invalid_client: { status: 401, error: 'invalid_client', retry: false },
  invalid_grant: { status: 400, error: 'invalid_grant', retry: false },
  unauthorized_client: { status: 403, error: 'unauthorized_client', retry: false },
  unsupported_grant_type: { status: 400, error: 'unsupported_grant_type', retry: false },
  invalid_scope: { status: 400, error: 'invalid_scope', retry: false },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCode = keyof typeof API_ERRORS;

/** Mastodon's words for what is wrong with a field. */
export type FieldErrorCode =
  | 'ERR_BLANK'
  | 'ERR_INVALID'
  | 'ERR_TOO_LONG'
  | 'ERR_TOO_SHORT'
  | 'ERR_TAKEN'
  | 'ERR_ACCEPTED'
  | 'ERR_INCLUSION';

export type ErrorDetails = Readonly<
  Record<string, readonly { readonly error: FieldErrorCode; readonly description: string }[]>
>;

export interface ApiErrorOptions {
  /** Replaces the table's text. */
  readonly error?: string;
  /** `error_description`: for OAuth. */
  readonly description?: string;
  readonly details?: ErrorDetails;
  /** `Retry-After`; default `RETRY_AFTER_SECONDS` where the entry may be retried with 503. */
  readonly retryAfterSeconds?: number;
}

/** When a client should come back after a 503: long enough for a failover, short enough for a person. */
export const RETRY_AFTER_SECONDS = 2;

/** An error that is an answer. Anything else that is thrown becomes a 500, or a 503 where a dependency is away. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly options: ApiErrorOptions;

  constructor(code: ErrorCode, options: ApiErrorOptions = {}) {
    super(options.error ?? API_ERRORS[code].error);
    this.name = 'ApiError';
    this.code = code;
    this.options = options;
  }

  get status(): number {
    return API_ERRORS[this.code].status;
  }

  get retryAfterSeconds(): number | null {
    return this.options.retryAfterSeconds ?? (this.status === 503 ? RETRY_AFTER_SECONDS : null);
  }

  body(): Record<string, unknown> {
    const { description, details } = this.options;
    return {
      error: this.message,
      ...(description === undefined ? {} : { error_description: description }),
      ...(details === undefined ? {} : { details }),
    };
  }
}

export function notFound(): ApiError {
  return new ApiError('not_found');
}

/** `description` is a sentence's end that says what is allowed: `has 612 characters, allowed are 500`. */
export function invalidField(field: string, error: FieldErrorCode, description: string): ApiError {
  return invalidFields({ [field]: [{ error, description }] });
}

/** As `invalidField`, for several fields at once. */
export function invalidFields(details: ErrorDetails): ApiError {
  const sentences = Object.entries(details).flatMap(([field, list]) =>
    list.map((e) => `${field} ${e.description}`),
  );
  return new ApiError('validation_failed', { error: `Validation failed: ${sentences.join(', ')}`, details });
}

/** Errors of the packages below that mean: a dependency is away or full, nothing was done, try again. */
const UNAVAILABLE_NAMES: ReadonlySet<string> = new Set([
  'StoreUnavailable',
  'KestrelUnavailable',
  'KestrelOverloaded',
  'RestUnavailable',
]);

/** What to answer for anything that was thrown. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (!(error instanceof Error)) return new ApiError('internal');
  if (UNAVAILABLE_NAMES.has(error.name)) return new ApiError('unavailable');
  // Express itself throws these for a path it cannot decode.
  const status = 'status' in error ? error.status : null;
  return new ApiError(status === 400 ? 'malformed' : 'internal');
}
