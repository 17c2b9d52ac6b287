import { ID_MAX, type Id } from '@murmur/model';
import { query, type Query } from '../database.js';
import { visibilityNumber } from '../rows.js';
import type { PageRange, StatusFilter } from '../types.js';

const PUBLIC = visibilityNumber('public');
const UNLISTED = visibilityNumber('unlisted');

interface Bounds {
  readonly above: Id;
  readonly below: Id;
  /** `min_id` asks for the page directly above it, so it is read upwards. */
  readonly order: 'ASC' | 'DESC';
}

/** `minId` wins over `sinceId`; an absent bound is the end of all ids. */
export function boundsOf(range: PageRange): Bounds {
  return {
    above: range.minId ?? range.sinceId ?? 0n,
    below: range.maxId ?? ID_MAX,
    order: range.minId === null ? 'DESC' : 'ASC',
  };
}

export function selectStatusesOfAuthor(author: Id, range: PageRange, filter: StatusFilter): Query {
  const { above, below, order } = boundsOf(range);
  const visible = filter.includePrivate ? '' : ` AND visibility IN (${PUBLIC}, ${UNLISTED})`;
  const topLevel = filter.excludeReplies ? ' AND in_reply_to_id IS NULL' : '';
  return query(
    `SELECT id, author_id FROM statuses FORCE INDEX (by_author)
     WHERE author_id = ? AND deleted = 0 AND id > ? AND id < ?${visible}${topLevel} ORDER BY id ${order} LIMIT ?`,
    author,
    above,
    below,
    range.limit,
  );
}

export function selectPublicStatuses(range: PageRange): Query {
  const { above, below, order } = boundsOf(range);
  return query(
    `SELECT id, author_id FROM statuses FORCE INDEX (by_visibility)
     WHERE visibility = ${PUBLIC} AND deleted = 0 AND id > ? AND id < ? ORDER BY id ${order} LIMIT ?`,
    above,
    below,
    range.limit,
  );
}

/** One index-limited select per author: the work is bounded by `authors × limit`, however much they wrote. */
export function selectByAuthors(
  authors: readonly Id[],
  above: Id,
  below: Id,
  limit: number,
  order: 'ASC' | 'DESC',
): Query {
  const one = `(SELECT id, author_id FROM statuses FORCE INDEX (by_author)
    WHERE author_id = ? AND deleted = 0 AND id > ? AND id < ? ORDER BY id ${order} LIMIT ?)`;
  return query(
    authors.map(() => one).join(' UNION ALL '),
    ...authors.flatMap((author) => [author, above, below, limit]),
  );
}

export function selectReplies(parents: readonly Id[], limit: number): Query {
  const one = `(SELECT id, author_id FROM statuses FORCE INDEX (by_parent)
    WHERE in_reply_to_id = ? AND deleted = 0 ORDER BY id LIMIT ?)`;
  return query(parents.map(() => one).join(' UNION ALL '), ...parents.flatMap((parent) => [parent, limit]));
}
