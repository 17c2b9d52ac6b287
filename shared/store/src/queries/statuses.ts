import type { Id, Status } from '@murmur/model';
import { marks, query, type Query } from '../database.js';
import { visibilityNumber } from '../rows.js';

export function selectStatuses(ids: readonly Id[]): Query {
  return query(
    `SELECT id, author_id, deleted, visibility, in_reply_to_id, in_reply_to_account_id, is_sensitive, language,
       replies_count, created_at_ms, spoiler_text, text
     FROM statuses WHERE id IN (${marks(ids.length)})`,
    ...ids,
  );
}

/** What a writer must know of rows that are there already; ascending, as all locks are taken. */
export function lockStatuses(ids: readonly Id[]): Query {
  return query(
    `SELECT id, author_id, deleted, in_reply_to_id FROM statuses WHERE id IN (${marks(ids.length)}) ORDER BY id FOR UPDATE`,
    ...ids,
  );
}

/** A row that is there already stays as it is, and does not count as changed. */
export function insertStatuses(statuses: readonly Status[]): Query {
  return query(
    `INSERT INTO statuses (id, author_id, visibility, in_reply_to_id, in_reply_to_account_id, is_sensitive, language,
       created_at_ms, spoiler_text, text)
     VALUES ${statuses.map(() => `(${marks(10)})`).join(', ')} ON DUPLICATE KEY UPDATE id = id`,
    ...statuses.flatMap((status) => [
      status.id,
      status.authorId,
      visibilityNumber(status.visibility),
      status.inReplyToId,
      status.inReplyToAccountId,
      status.sensitive ? 1 : 0,
      status.language,
      status.createdAtMs,
      status.spoilerText,
      status.text,
    ]),
  );
}

export interface Tombstone {
  readonly statusId: Id;
  readonly authorId: Id;
  readonly atMs: number;
}

export function insertTombstones(tombstones: readonly Tombstone[]): Query {
  return query(
    `INSERT INTO statuses (id, author_id, deleted, visibility, is_sensitive, created_at_ms, deleted_at_ms, spoiler_text, text)
     VALUES ${tombstones.map(() => "(?, ?, 1, 0, 0, ?, ?, '', '')").join(', ')} ON DUPLICATE KEY UPDATE id = id`,
    ...tombstones.flatMap(({ statusId, authorId, atMs }) => [statusId, authorId, atMs, atMs]),
  );
}

/** Takes the text out of rows that are locked and not yet deleted. */
export function markDeleted(tombstones: readonly Tombstone[]): Query {
  return query(
    `UPDATE statuses SET deleted = 1, text = '', spoiler_text = '',
       deleted_at_ms = CASE id ${tombstones.map(() => 'WHEN ? THEN ?').join(' ')} END
     WHERE id IN (${marks(tombstones.length)}) AND deleted = 0`,
    ...tombstones.flatMap(({ statusId, atMs }) => [statusId, atMs]),
    ...tombstones.map(({ statusId }) => statusId),
  );
}

export interface ReplyChange {
  readonly parentId: Id;
  readonly by: number;
}

export function updateReplyCounters(changes: readonly ReplyChange[]): Query {
  return query(
    `UPDATE statuses SET replies_count = GREATEST(0, replies_count + CASE id ${changes.map(() => 'WHEN ? THEN ?').join(' ')} ELSE 0 END)
     WHERE id IN (${marks(changes.length)})`,
    ...changes.flatMap(({ parentId, by }) => [parentId, by]),
    ...changes.map(({ parentId }) => parentId),
  );
}

/** Replies that came before their parent. Waits for replies being written now, so that none is counted by nobody. */
export function countRepliesOf(parents: readonly Id[]): Query {
  return query(
    `SELECT in_reply_to_id AS id, COUNT(*) AS replies FROM statuses
     WHERE in_reply_to_id IN (${marks(parents.length)}) AND deleted = 0 GROUP BY in_reply_to_id LOCK IN SHARE MODE`,
    ...parents,
  );
}
