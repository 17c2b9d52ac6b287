import type { Id } from '@murmur/model';
import { marks, query, type Query } from '../database.js';

export function insertFollow(follower: Id, followee: Id, atMs: number): Query {
  return query(
    'INSERT INTO follows (follower_id, followee_id, created_at_ms) VALUES (?, ?, ?) ON DUPLICATE KEY UPDATE follower_id = follower_id',
    follower,
    followee,
    atMs,
  );
}

export function deleteFollow(follower: Id, followee: Id): Query {
  return query('DELETE FROM follows WHERE follower_id = ? AND followee_id = ?', follower, followee);
}

/** Both rows in one statement; the range over the primary key locks the smaller id first. */
export function updateFollowCounters(follower: Id, followee: Id, by: 1 | -1): Query {
  return query(
    `UPDATE accounts SET following_count = GREATEST(0, following_count + IF(id = ?, ?, 0)),
       followers_count = GREATEST(0, followers_count + IF(id = ?, ?, 0))
     WHERE id IN (?, ?)`,
    follower,
    by,
    followee,
    by,
    follower,
    followee,
  );
}

export function selectFollowers(account: Id, after: Id, limit: number): Query {
  return query(
    'SELECT follower_id AS id FROM follows WHERE followee_id = ? AND follower_id > ? ORDER BY follower_id LIMIT ?',
    account,
    after,
    limit,
  );
}

export function selectFollowing(account: Id, after: Id, limit: number): Query {
  return query(
    'SELECT followee_id AS id FROM follows WHERE follower_id = ? AND followee_id > ? ORDER BY followee_id LIMIT ?',
    account,
    after,
    limit,
  );
}

export function selectFollowedAmong(account: Id, others: readonly Id[]): Query {
  return query(
    `SELECT followee_id AS id FROM follows WHERE follower_id = ? AND followee_id IN (${marks(others.length)})`,
    account,
    ...others,
  );
}

export function selectFollowersAmong(account: Id, others: readonly Id[]): Query {
  return query(
    `SELECT follower_id AS id FROM follows WHERE followee_id = ? AND follower_id IN (${marks(others.length)})`,
    account,
    ...others,
  );
}
