/** Reads columns of a result row with their types checked: a wrong column name fails here, not three calls later. */
import { VISIBILITIES, type Account, type Id, type Status, type Visibility } from '@murmur/model';
import { StoreError } from './errors.js';

/** 64-bit columns come as strings of digits. */
export type Row = Readonly<Record<string, unknown>>;

function bad(column: string, value: unknown): StoreError {
  return new StoreError('ROW', `column ${column}: unexpected ${value === null ? 'null' : typeof value}`);
}

export function idAt(row: Row, column: string): Id {
  const value = row[column];
  if (typeof value === 'string' || typeof value === 'number') return BigInt(value);
  throw bad(column, value);
}

export function idOrNullAt(row: Row, column: string): Id | null {
  return row[column] === null ? null : idAt(row, column);
}

export function numberAt(row: Row, column: string): number {
  const value = Number(row[column] ?? Number.NaN);
  if (Number.isNaN(value)) throw bad(column, row[column]);
  return value;
}

export function numberOrNullAt(row: Row, column: string): number | null {
  return row[column] === null ? null : numberAt(row, column);
}

export function textAt(row: Row, column: string): string {
  const value = row[column];
  if (typeof value !== 'string') throw bad(column, value);
  return value;
}

export function textOrNullAt(row: Row, column: string): string | null {
  return row[column] === null ? null : textAt(row, column);
}

export function visibilityNumber(visibility: Visibility): number {
  return VISIBILITIES.indexOf(visibility);
}

function visibilityAt(row: Row): Visibility {
  const visibility = VISIBILITIES[numberAt(row, 'visibility')];
  if (visibility === undefined) throw bad('visibility', row['visibility']);
  return visibility;
}

export function accountOf(row: Row): Account {
  return {
    id: idAt(row, 'id'),
    username: textAt(row, 'username'),
    displayName: textAt(row, 'display_name'),
    note: textAt(row, 'note'),
    createdAtMs: numberAt(row, 'created_at_ms'),
    followersCount: numberAt(row, 'followers_count'),
    followingCount: numberAt(row, 'following_count'),
    statusesCount: numberAt(row, 'statuses_count'),
    lastStatusAtMs: numberOrNullAt(row, 'last_status_at_ms'),
  };
}

export function statusOf(row: Row): Status {
  return {
    id: idAt(row, 'id'),
    authorId: idAt(row, 'author_id'),
    text: textAt(row, 'text'),
    visibility: visibilityAt(row),
    inReplyToId: idOrNullAt(row, 'in_reply_to_id'),
    inReplyToAccountId: idOrNullAt(row, 'in_reply_to_account_id'),
    sensitive: numberAt(row, 'is_sensitive') !== 0,
    spoilerText: textAt(row, 'spoiler_text'),
    language: textOrNullAt(row, 'language'),
    createdAtMs: numberAt(row, 'created_at_ms'),
    repliesCount: numberAt(row, 'replies_count'),
  };
}
