import {
  decodeAccountRow,
  decodeStatusRow,
  encodeAccountRow,
  encodeStatusRow,
  STATUS_TOMBSTONE,
  type Account,
  type Id,
  type Status,
} from '@murmur/model';
import { cacheKeys, cacheTtl, type RowCache } from './types.js';

/** Rows by id. What could not be looked up, because the store failed, is in `unknown` and `error` says why. */
export interface RowsFound<T> {
  readonly found: ReadonlyMap<Id, T>;
  readonly unknown: readonly Id[];
  readonly error: Error | null;
}

export interface StatusFill {
  readonly statuses: readonly Status[];
  readonly deleted: readonly Id[];
}

export interface StatusRows {
  /** From the cache, the rest from `fill` (once, with all misses), which then goes into the cache. Never rejects. */
  getMany(
    ids: readonly Id[],
    fill: (missing: readonly Id[]) => Promise<StatusFill>,
  ): Promise<RowsFound<Status>>;
  /** A row for a status; does not bring back one that was buried. */
  put(status: Status): Promise<boolean>;
  /** The tombstone of a deleted status: readers who still have its id ask nobody, and nobody fills it in again. */
  bury(id: Id): Promise<boolean>;
  /** Forgets a row that is out of date; the next reader fills it. A tombstone goes too: for changes only. */
  forget(id: Id): Promise<boolean>;
}

export interface AccountRows {
  getMany(
    ids: readonly Id[],
    fill: (missing: readonly Id[]) => Promise<readonly Account[]>,
  ): Promise<RowsFound<Account>>;
  put(account: Account): Promise<boolean>;
  forget(id: Id): Promise<boolean>;
}

export function statusRows(cache: RowCache): StatusRows {
  const put = async (status: Status): Promise<boolean> =>
    (await cache.add(cacheKeys.status(status.id), encodeStatusRow(status), cacheTtl.status)) !==
    'unavailable';
  const bury = (id: Id): Promise<boolean> =>
    cache.set(cacheKeys.status(id), STATUS_TOMBSTONE, cacheTtl.status);

  return {
    put,
    bury,
    forget: (id) => cache.delete(cacheKeys.status(id)),
    async getMany(ids, fill) {
      const found = new Map<Id, Status>();
      const missing: Id[] = [];
      const rubbish = new Set<Id>();
      const rows = await cache.getMany(ids.map(cacheKeys.status));
      for (const id of new Set(ids)) {
        const bytes = rows.get(cacheKeys.status(id));
        const row = bytes === undefined ? null : decodeStatusRow(bytes);
        if (row === null) missing.push(id);
        else if (row.kind === 'status') found.set(id, row.status);
        if (row === null && bytes !== undefined) rubbish.add(id);
      }
      return filled(found, missing, async () => {
        const { statuses, deleted } = await fill(missing);
        for (const status of statuses) found.set(status.id, status);
        await Promise.all([...rubbish].map((id) => cache.delete(cacheKeys.status(id))));
        await Promise.all([...statuses.map(put), ...deleted.map(bury)]);
      });
    },
  };
}

export function accountRows(cache: RowCache): AccountRows {
  const put = (account: Account): Promise<boolean> =>
    cache.set(cacheKeys.account(account.id), encodeAccountRow(account), cacheTtl.account);

  return {
    put,
    forget: (id) => cache.delete(cacheKeys.account(id)),
    async getMany(ids, fill) {
      const found = new Map<Id, Account>();
      const missing: Id[] = [];
      const rows = await cache.getMany(ids.map(cacheKeys.account));
      for (const id of new Set(ids)) {
        const bytes = rows.get(cacheKeys.account(id));
        const account = bytes === undefined ? null : decodeAccountRow(bytes);
        if (account === null) missing.push(id);
        else found.set(id, account);
      }
      return filled(found, missing, async () => {
        const accounts = await fill(missing);
        for (const account of accounts) found.set(account.id, account);
        await Promise.all(accounts.map(put));
      });
    },
  };
}

async function filled<T>(
  found: Map<Id, T>,
  missing: readonly Id[],
  fill: () => Promise<void>,
): Promise<RowsFound<T>> {
  if (missing.length === 0) return { found, unknown: [], error: null };
  try {
    await fill();
    return { found, unknown: [], error: null };
  } catch (error) {
    return { found, unknown: missing, error: error instanceof Error ? error : new Error(String(error)) };
  }
}
