/** Rows by id, over the row cache and MySQL. */
import type { AccountRows, RowsFound, StatusRows } from '@murmur/cache';
import type { Account, Id } from '@murmur/model';
import { StoreUnavailable, type Store } from '@murmur/store';
import type { TimelineMetrics } from './metrics.js';
import type { Rows } from './rendered.js';

/**
 * Accounts kept in this process, some 10 MB. Account rows live for minutes only (their counters change);
 * while MySQL is away an old one is far better than a page without its author.
 */
export const REMEMBERED_MAX = 20_000;

export interface RowsDeps {
  readonly statuses: Pick<StatusRows, 'getMany'>;
  readonly accounts: Pick<AccountRows, 'getMany'>;
  readonly store: Pick<Store, 'statusesByIds' | 'accountsByIds'>;
  readonly metrics: Pick<TimelineMetrics, 'rows'>;
}

export function rows({ statuses, accounts, store, metrics }: RowsDeps): Rows {
  const remembered = new Map<Id, Account>();
  const remember = (account: Account): void => {
    remembered.delete(account.id);
    remembered.set(account.id, account);
    const oldest = remembered.size > REMEMBERED_MAX ? remembered.keys().next() : null;
    if (oldest !== null && oldest.done !== true) remembered.delete(oldest.value);
  };
  return {
    statuses: async (ids) => {
      let misses = 0;
      const answer = await statuses.getMany(ids, (missing) => {
        misses = missing.length;
        return store.statusesByIds(missing);
      });
      metrics.rows('status', ids.length - misses, misses);
      return { found: answer.found, away: isAway(answer) };
    },
    accounts: async (ids) => {
      let misses = 0;
      const answer = await accounts.getMany(ids, (missing) => {
        misses = missing.length;
        return store.accountsByIds(missing);
      });
      metrics.rows('account', ids.length - misses, misses);
      for (const account of answer.found.values()) remember(account);
      if (!isAway(answer)) return { found: answer.found, away: false };
      const old = answer.unknown.flatMap((id) => remembered.get(id) ?? []);
      const found = new Map([...answer.found, ...old.map((account) => [account.id, account] as const)]);
      return { found, away: old.length < answer.unknown.length };
    },
  };
}

/** Whether MySQL was away when it was needed; throws what is not that. */
function isAway({ error }: RowsFound<unknown>): boolean {
  if (error === null) return false;
  if (error instanceof StoreUnavailable) return true;
  throw error;
}
