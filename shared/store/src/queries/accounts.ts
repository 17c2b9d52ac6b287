import type { Id } from '@murmur/model';
import { marks, query, type Query } from '../database.js';
import type { NewAccount } from '../types.js';

const COLUMNS =
  'id, username, display_name, note, created_at_ms, followers_count, following_count, statuses_count, last_status_at_ms';

/** How names and addresses are compared. */
export function keyOf(text: string): string {
  return text.trim().toLowerCase();
}

export function insertAccount(account: NewAccount): Query {
  return query(
    "INSERT INTO accounts (id, username, username_key, email, email_key, password_hash, note, created_at_ms) VALUES (?, ?, ?, ?, ?, ?, '', ?)",
    account.id,
    account.username,
    keyOf(account.username),
    account.email,
    keyOf(account.email),
    account.passwordHash,
    account.createdAtMs,
  );
}

export function selectAccounts(ids: readonly Id[]): Query {
  return query(`SELECT ${COLUMNS} FROM accounts WHERE id IN (${marks(ids.length)})`, ...ids);
}

export function selectAccountByUsername(username: string): Query {
  return query(`SELECT ${COLUMNS} FROM accounts WHERE username_key = ?`, keyOf(username));
}

export function selectCredentialsByUsername(username: string): Query {
  return query('SELECT id, password_hash FROM accounts WHERE username_key = ?', keyOf(username));
}

export function selectCredentialsByEmail(email: string): Query {
  return query('SELECT id, password_hash FROM accounts WHERE email_key = ?', keyOf(email));
}

export function selectAccountsAbove(followers: number, limit: number): Query {
  return query(
    'SELECT id FROM accounts WHERE followers_count > ? ORDER BY followers_count DESC LIMIT ?',
    followers,
    limit,
  );
}

/** Takes the row locks in ascending order of the ids, so that two writers wait instead of deadlocking. */
export function lockAccounts(ids: readonly Id[]): Query {
  return query(`SELECT id FROM accounts WHERE id IN (${marks(ids.length)}) ORDER BY id FOR UPDATE`, ...ids);
}

export interface AccountChange {
  readonly id: Id;
  readonly statuses: number;
  readonly lastStatusAtMs: number | null;
}

/** Moves the counters of accounts that are locked already. */
export function updateAccountCounters(changes: readonly AccountChange[]): Query {
  const cases = changes.map(() => 'WHEN ? THEN ?').join(' ');
  return query(
    `UPDATE accounts SET statuses_count = GREATEST(0, statuses_count + CASE id ${cases} ELSE 0 END),
       last_status_at_ms = NULLIF(GREATEST(COALESCE(last_status_at_ms, 0), CASE id ${cases} ELSE 0 END), 0)
     WHERE id IN (${marks(changes.length)})`,
    ...changes.flatMap((change) => [change.id, change.statuses]),
    ...changes.flatMap((change) => [change.id, change.lastStatusAtMs ?? 0]),
    ...changes.map((change) => change.id),
  );
}

export type Total = 'accounts' | 'statuses';
/** Rows a total is spread over; a power of two. */
const TOTAL_SLOTS = 16;

export function addToTotal(name: Total, by: number): Query {
  return query(
    `INSERT INTO totals (name, slot, total) VALUES (?, CONNECTION_ID() & ${TOTAL_SLOTS - 1}, ?) ON DUPLICATE KEY UPDATE total = total + ?`,
    name,
    by,
    by,
  );
}

export function selectTotals(): Query {
  return query('SELECT name, SUM(total) AS total FROM totals GROUP BY name');
}
