/** The one file that knows mysql2: a bounded pool, bounded calls, and errors as the store's two kinds. */
import { createPool, type PoolConnection, type ResultSetHeader } from 'mysql2/promise';
import type { Database, Query, Session } from './database.js';
import { storeErrorOf, StoreUnavailable } from './errors.js';
import type { Row } from './rows.js';

export interface DatabaseOptions {
  readonly url: string;
  readonly connectionLimit: number;
  /** Waiting for a connection, a new one included, ms. */
  readonly acquireTimeoutMs: number;
  /** One statement, ms. */
  readonly queryTimeoutMs: number;
}

/** Calls that may wait for a connection; more are refused at once. */
const WAITING_MAX = 2_000;
const CLOSE_TIMEOUT_MS = 3_000;
const IDLE_CONNECTION_MS = 60_000;
/** Below the client's own limit, so that a lock is answered by name and the connection survives. */
const LOCK_WAIT_SECONDS = 5;

/** Everything a connection needs before its first use: errors instead of cut values, no gap locks. */
const SESSION_SETUP = [
  `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION,ONLY_FULL_GROUP_BY', innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}`,
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

/** `mysql://user:password@host:port/database`, taken apart; throws a RangeError that does not repeat the password. */
export function parseUrl(text: string): {
  host: string;
  port: number;
  user: string;
  password: string;
  database: string;
} {
  const url = URL.canParse(text) ? new URL(text) : null;
  const database = url?.pathname.slice(1) ?? '';
  if (url?.protocol !== 'mysql:' || url.hostname === '' || !/^[A-Za-z0-9_$-]+$/.test(database))
    throw new RangeError('url: allowed is mysql://user:password@host:port/database');
  return {
    host: url.hostname,
    port: url.port === '' ? 3306 : Number(url.port),
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    database,
  };
}

/** Opens nothing yet: connections are made when they are needed. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = createPool({
    ...parseUrl(options.url),
    connectionLimit: options.connectionLimit,
    queueLimit: WAITING_MAX,
    idleTimeout: IDLE_CONNECTION_MS,
    connectTimeout: options.acquireTimeoutMs,
    charset: 'UTF8MB4_BIN',
    supportBigNumbers: true,
    bigNumberStrings: true,
    multipleStatements: false,
    // A stack for every call, on the chance that it fails, costs as much as all our own work for it.
    trace: false,
    // A reset would undo the session's set-up.
    resetOnRelease: false,
    // Without this an upsert that changes nothing would count as one row.
    flags: ['-FOUND_ROWS'],
  });
  const open = new Set<{ destroy(): void }>();
  pool.pool.on('connection', (connection) => {
    open.add(connection);
    connection.once('end', () => open.delete(connection));
    for (const sql of SESSION_SETUP)
      connection.query(sql, (error) => {
        if (error !== null) connection.destroy();
      });
  });

  async function session<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const connection = await acquire(() => pool.getConnection(), options.acquireTimeoutMs);
    try {
      const result = await work(sessionOf(connection, options.queryTimeoutMs));
      connection.release();
      return result;
    } catch (error) {
      // What state the connection is in is known only after an ordinary refusal.
      if (error instanceof StoreUnavailable) connection.destroy();
      else connection.release();
      throw error;
    }
  }

  return {
    rows: (query, timeoutMs) => session((s) => s.rows(query, timeoutMs)),
    change: (query, timeoutMs) => session((s) => s.change(query, timeoutMs)),
    session,
    transaction: (work) => session((s) => transaction(s, work)),
    close: async () => {
      await within(pool.end(), CLOSE_TIMEOUT_MS).catch(() => undefined);
      for (const connection of open) connection.destroy();
    },
  };
}

function sessionOf(connection: PoolConnection, defaultTimeoutMs: number): Session {
  async function run(query: Query, timeoutMs = defaultTimeoutMs): Promise<unknown> {
    try {
      // Not mysql2's own time-out: its timer outlives a connection that is lost, and keeps the process up.
      const [result] = await within(
        connection.query({ sql: query.sql, values: [...query.params] }),
        timeoutMs,
      );
      return result;
    } catch (error) {
      if (error instanceof Late)
        throw new StoreUnavailable('PROTOCOL_SEQUENCE_TIMEOUT', `no answer within ${timeoutMs} ms`);
      throw storeErrorOf(error);
    }
  }
  return {
    rows: async (query, timeoutMs) => (await run(query, timeoutMs)) as Row[],
    change: async (query, timeoutMs) => ((await run(query, timeoutMs)) as ResultSetHeader).affectedRows,
  };
}

async function transaction<T>(session: Session, work: (session: Session) => Promise<T>): Promise<T> {
  const statement = (sql: string): Promise<number> => session.change({ sql, params: [] });
  await statement('START TRANSACTION');
  try {
    const result = await work(session);
    await statement('COMMIT');
    return result;
  } catch (error) {
    // After StoreUnavailable the connection is destroyed, which rolls back as well.
    if (!(error instanceof StoreUnavailable)) await statement('ROLLBACK');
    throw error;
  }
}

/** mysql2 waits for a free connection without limit; this does not, and gives a late one back. */
async function acquire(get: () => Promise<PoolConnection>, timeoutMs: number): Promise<PoolConnection> {
  const wanted = get();
  try {
    return await within(wanted, timeoutMs);
  } catch (error) {
    if (error instanceof Late) {
      wanted.then(
        (connection) => connection.release(),
        () => undefined,
      );
      throw new StoreUnavailable('POOL_TIMEOUT', `no connection within ${timeoutMs} ms`);
    }
    throw storeErrorOf(error);
  }
}

class Late extends Error {}

async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Late()), timeoutMs);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
