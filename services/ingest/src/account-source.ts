import { accountRows, type RowCache } from '@murmur/cache';
import type { Account, Id } from '@murmur/model';
import type { Store } from '@murmur/store';

/** A snapshot goes into many events; this much later its counters are looked up again, ms. */
export const FRESH_MS = 2_000;
/** Snapshots kept in this process; the one not used for longest goes first. */
export const SNAPSHOTS_MAX = 5_000;

export interface AccountSource {
  /** From this process, else the row cache, else the store. Null: no such account. Throws what the store throws. */
  get(id: Id): Promise<Account | null>;
  /**
   * As `get`, but an old snapshot is better than none: while cache and store are away, an author who posted
   * here before can go on posting.
   */
  snapshot(id: Id): Promise<Account | null>;
  /** After counters changed: reads the store again, for everybody. */
  refresh(ids: readonly Id[]): Promise<void>;
  put(account: Account): Promise<boolean>;
}

export function accountSource(
  rows: RowCache,
  store: Pick<Store, 'accountsByIds'>,
  now: () => number,
): AccountSource {
  const cached = accountRows(rows);
  const snapshots = new Map<Id, { readonly account: Account; readonly atMs: number }>();
  const keep = (account: Account): void => {
    snapshots.delete(account.id);
    snapshots.set(account.id, { account, atMs: now() });
    const oldest = snapshots.size > SNAPSHOTS_MAX ? snapshots.keys().next().value : undefined;
    if (oldest !== undefined) snapshots.delete(oldest);
  };
  const look = async (
    id: Id,
  ): Promise<{ readonly account: Account | null; readonly error: Error | null }> => {
    const known = snapshots.get(id);
    if (known !== undefined && now() - known.atMs < FRESH_MS) return { account: known.account, error: null };
    const { found, error } = await cached.getMany([id], (missing) => store.accountsByIds(missing));
    const account = found.get(id) ?? null;
    if (account !== null) keep(account);
    return { account, error };
  };
  return {
    get: async (id) => {
      const { account, error } = await look(id);
      if (error !== null) throw error;
      return account;
    },
    snapshot: async (id) => {
      const { account, error } = await look(id);
      if (error === null) return account;
      const old = snapshots.get(id)?.account;
      if (old === undefined) throw error;
      return old;
    },
    refresh: async (ids) => {
      const accounts = await store.accountsByIds(ids);
      for (const account of accounts) keep(account);
      await Promise.all(accounts.map((account) => cached.put(account)));
    },
    put: (account) => {
      keep(account);
      return cached.put(account);
    },
  };
}
