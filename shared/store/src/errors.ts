/**
 * What the store throws. `StoreUnavailable`: the database cannot do it now, the same call may work later.
 * `StoreError`: this call cannot work with these values, whoever repeats it. Both carry MySQL's own code.
 */

/** Codes after which the same call may succeed later. The README has the table. */
export const RETRYABLE_CODES: ReadonlySet<string> = new Set([
  // No connection, or it went away.
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'PROTOCOL_CONNECTION_LOST',
  'PROTOCOL_SEQUENCE_TIMEOUT',
  'POOL_TIMEOUT',
  'POOL_FULL',
  'POOL_CLOSED',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_SERVER_SHUTDOWN',
  'ER_NORMAL_SHUTDOWN',
  'ER_CONNECTION_KILLED',
  'ER_QUERY_INTERRUPTED',
  'ER_STATEMENT_TIMEOUT',
  // Another transaction was in the way.
  'ER_LOCK_WAIT_TIMEOUT',
  'ER_LOCK_DEADLOCK',
  'ER_CHECKREAD',
  'WRITE_CONFLICT',
  // The database is there, but not ready for us yet: no fault of the values.
  'ER_OPTION_PREVENTS_STATEMENT',
  'ER_DISK_FULL',
  'ER_RECORD_FILE_FULL',
  'ER_BAD_DB_ERROR',
  'ER_NO_SUCH_TABLE',
  'ER_ACCESS_DENIED_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_TABLEACCESS_DENIED_ERROR',
  'MIGRATE_LOCK_TIMEOUT',
]);

export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(`MySQL is not available (${code}): ${message}`, { cause });
    this.code = code;
  }
}

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(`MySQL refused (${code}): ${message}`, { cause });
    this.code = code;
  }
}

/** Turns whatever the client library threw into one of the two. An error that ended its connection is retryable. */
export function storeErrorOf(error: unknown): StoreUnavailable | StoreError {
  if (error instanceof StoreUnavailable || error instanceof StoreError) return error;
  const { code, message, fatal } = partsOf(error);
  if (RETRYABLE_CODES.has(code) || fatal) return new StoreUnavailable(code, message, error);
  return new StoreError(code, message, error);
}

interface Parts {
  readonly code: string;
  readonly message: string;
  readonly fatal: boolean;
}

function partsOf(error: unknown): Parts {
  // Not `instanceof Error`: an error of Node's own may come from another realm.
  if (typeof error !== 'object' || error === null)
    return { code: 'UNKNOWN', message: String(error), fatal: false };
  const message = 'message' in error ? String(error.message) : '';
  // mysql2 throws these without a code.
  if (message === 'Queue limit reached.') return { code: 'POOL_FULL', message, fatal: false };
  if (message === 'Pool is closed.') return { code: 'POOL_CLOSED', message, fatal: false };
  if (message.includes('connection is in closed state'))
    return { code: 'PROTOCOL_CONNECTION_LOST', message, fatal: true };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';
  // A host name with several addresses that all refuse comes as an AggregateError without a message.
  return { code, message: message === '' ? code : message, fatal: 'fatal' in error && error.fatal === true };
}

const DUPLICATE_KEY = /for key '(?:[^'.]*\.)?([^'.]+)'$/;

/** The name of the unique key that refused a row, or null when the error is another one. */
export function duplicateKeyOf(error: unknown): string | null {
  if (!(error instanceof StoreError) || error.code !== 'ER_DUP_ENTRY') return null;
  return DUPLICATE_KEY.exec(error.message)?.[1] ?? null;
}
