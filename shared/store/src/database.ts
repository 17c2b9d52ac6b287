/** What the topic files need of a database; `mysql.ts` is the one thing behind it. */
import type { Row } from './rows.js';

export type Param = string | number | bigint | null;

/** SQL with one `?` per parameter. */
export interface Query {
  readonly sql: string;
  readonly params: readonly Param[];
}

export interface Session {
  rows(query: Query, timeoutMs?: number): Promise<Row[]>;
  /** Rows inserted, changed or deleted; a row that already was as wanted does not count. */
  change(query: Query, timeoutMs?: number): Promise<number>;
}

export interface Database extends Session {
  /** READ COMMITTED; rolled back when `work` throws. */
  transaction<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /** One connection for several statements, without a transaction: for locks that belong to a connection. */
  session<T>(work: (session: Session) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function query(sql: string, ...params: Param[]): Query {
  return { sql, params };
}

/** `?,?,?` for `n` values. */
export function marks(n: number): string {
  return Array.from({ length: n }, () => '?').join(',');
}

/** Consecutive pieces of at most `size`: a statement has a bounded length. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  const out: T[][] = [];
  for (let at = 0; at < items.length; at += size) out.push(items.slice(at, at + size));
  return out;
}
