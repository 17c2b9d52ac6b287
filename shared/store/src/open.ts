import { accountStore } from './accounts.js';
import { followStore } from './follows.js';
import { migrate } from './migrate.js';
import { openDatabase } from './mysql.js';
import { oauthStore } from './oauth.js';
import { PING } from './queries/migrations.js';
import { statusStore } from './statuses.js';
import { timelineStore } from './timelines.js';
import type { Store } from './types.js';

export interface StoreLog {
  info(fields: object, message: string): void;
}

export interface StoreOptions {
  /** `mysql://user:password@host:port/database` */
  readonly url: string;
  readonly log: StoreLog;
  /** Connections of this process. */
  readonly connectionLimit?: number;
  /** How long a call waits for a connection, ms. */
  readonly acquireTimeoutMs?: number;
  /** How long one statement may take, ms. */
  readonly queryTimeoutMs?: number;
}

export const CONNECTION_LIMIT = 8;
export const ACQUIRE_TIMEOUT_MS = 2_000;
export const QUERY_TIMEOUT_MS = 10_000;

/**
 * The store on a MySQL that may be away: nothing is opened until the first call, every call ends within
 * its bounds, and calls work again as soon as MySQL does. Calls reject with `StoreUnavailable` (later, the
 * same call may succeed) or `StoreError` (it will not). Throws a RangeError when the url is none.
 */
export function openStore(options: StoreOptions): Store {
  const db = openDatabase({
    url: options.url,
    connectionLimit: options.connectionLimit ?? CONNECTION_LIMIT,
    acquireTimeoutMs: options.acquireTimeoutMs ?? ACQUIRE_TIMEOUT_MS,
    queryTimeoutMs: options.queryTimeoutMs ?? QUERY_TIMEOUT_MS,
  });
  return {
    ...accountStore(db),
    ...followStore(db),
    ...oauthStore(db),
    ...statusStore(db),
    ...timelineStore(db),
    migrate: async () => {
      const applied = await migrate(db);
      if (applied.length > 0) options.log.info({ applied }, 'database migrated');
    },
    ping: async () => {
      await db.rows(PING);
    },
    close: () => db.close(),
  };
}
