/** The closed table of what a caller of this package can be told. */
export const KESTREL_ERRORS = {
  unavailable: { retryable: true, meaning: 'no server took the item in time; it may be stored nevertheless' },
  overloaded: { retryable: true, meaning: 'too many puts wait already; this one was not sent' },
  closed: { retryable: false, meaning: 'the client was closed' },
  invalid_queue: { retryable: false, meaning: 'the queue name cannot be one; nothing was sent' },
  item_too_large: { retryable: false, meaning: 'the payload is over itemBytesMax; nothing was sent' },
} as const satisfies Record<string, { readonly retryable: boolean; readonly meaning: string }>;

export type KestrelErrorCode = keyof typeof KESTREL_ERRORS;

export class KestrelError extends Error {
  readonly code: KestrelErrorCode;
  readonly retryable: boolean;

  constructor(code: KestrelErrorCode, message: string) {
    super(message);
    this.name = 'KestrelError';
    this.code = code;
    this.retryable = KESTREL_ERRORS[code].retryable;
  }
}

export class KestrelUnavailable extends KestrelError {
  constructor(message: string) {
    super('unavailable', message);
    this.name = 'KestrelUnavailable';
  }
}

export class KestrelOverloaded extends KestrelError {
  constructor(message: string) {
    super('overloaded', message);
    this.name = 'KestrelOverloaded';
  }
}
