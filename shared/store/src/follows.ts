import type { Id } from '@murmur/model';
import { IN_LIST_MAX } from './accounts.js';
import { chunks, type Database, type Query } from './database.js';
import {
  deleteFollow,
  insertFollow,
  selectFollowedAmong,
  selectFollowers,
  selectFollowersAmong,
  selectFollowing,
  updateFollowCounters,
} from './queries/follows.js';
import { idAt } from './rows.js';
import type { Store } from './types.js';

type FollowStore = Pick<Store, 'follow' | 'unfollow' | 'followersOf' | 'followingOf' | 'relationships'>;

export function followStore(db: Database): FollowStore {
  /** The counters move only when the edge really changed, in the same transaction. */
  const changeEdge = (change: Query, counters: Query): Promise<boolean> =>
    db.transaction(async (session) => {
      if ((await session.change(change)) === 0) return false;
      await session.change(counters);
      return true;
    });
  const ids = async (query: Query): Promise<Id[]> => (await db.rows(query)).map((row) => idAt(row, 'id'));

  return {
    follow: (follower, followee, atMs) =>
      changeEdge(insertFollow(follower, followee, atMs), updateFollowCounters(follower, followee, 1)),
    unfollow: (follower, followee) =>
      changeEdge(deleteFollow(follower, followee), updateFollowCounters(follower, followee, -1)),
    followersOf: (account, after, limit) => ids(selectFollowers(account, after, limit)),
    followingOf: (account, after, limit) => ids(selectFollowing(account, after, limit)),

    relationships: async (account, others) => {
      const unique = [...new Set(others)];
      const followed = new Set<Id>();
      const followers = new Set<Id>();
      for (const chunk of chunks(unique, IN_LIST_MAX)) {
        for (const id of await ids(selectFollowedAmong(account, chunk))) followed.add(id);
        for (const id of await ids(selectFollowersAmong(account, chunk))) followers.add(id);
      }
      return unique.map((id) => ({ id, following: followed.has(id), followedBy: followers.has(id) }));
    },
  };
}
