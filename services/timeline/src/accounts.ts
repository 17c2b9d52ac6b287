/** Accounts and who follows whom. Counters change with every follow, so MySQL is asked first, caches while it is away. */
import { ID_MAX, type Account, type Id, type Relationship } from '@murmur/model';
import { ApiError, notFound } from '@murmur/public-api';
import type { Store } from '@murmur/store';
import { orAway } from './away.js';
import type { Rows } from './rendered.js';

export interface AccountsDeps {
  readonly rows: Pick<Rows, 'accounts'>;
  readonly store: Pick<
    Store,
    'accountsByIds' | 'accountByUsername' | 'relationships' | 'followersOf' | 'followingOf'
  >;
}

export interface Neighbours {
  readonly accounts: readonly Account[];
  /** Cursors of the first and the last one looked at; empty when there was none. */
  readonly cursors: readonly Id[];
}

export interface Accounts {
  /** With fresh counters. Throws 404, or 503 when nobody knows. */
  one(id: Id): Promise<Account>;
  /** Only that it exists, which needs no look at MySQL where its row is cached; throws as `one`. */
  exists(id: Id): Promise<void>;
  /** By exact name, without case. */
  named(username: string): Promise<Account | null>;
  /** For the ids that exist, in the order asked for. */
  relationships(viewer: Id, ids: readonly Id[]): Promise<readonly Relationship[]>;
  neighbours(
    account: Id,
    side: 'followers' | 'following',
    range: { readonly limit: number; readonly maxId: Id | null },
  ): Promise<Neighbours>;
}

/**
 * Lists of accounts are in the ascending order of MySQL, pages go down: so a cursor counts from the far end.
 * Clients take it from the `Link` header and do not look into it.
 */
const mirrored = (id: Id): Id => ID_MAX - id;

export function accounts({ rows, store }: AccountsDeps): Accounts {
  const cached = async (id: Id): Promise<Account> => {
    const { found, away } = await rows.accounts([id]);
    const known = found.get(id);
    if (known !== undefined) return known;
    throw away ? new ApiError('unavailable') : notFound();
  };
  const exists = async (id: Id): Promise<void> => {
    await cached(id);
  };
  return {
    exists,
    one: async (id) => {
      const fresh = await orAway(store.accountsByIds([id]));
      if (fresh === null) return cached(id);
      const [account] = fresh;
      if (account === undefined) throw notFound();
      return account;
    },
    named: (username) => store.accountByUsername(username),
    relationships: async (viewer, ids) => {
      const wanted = [...new Set(ids)];
      if (wanted.length === 0) return [];
      const [{ found, away }, known] = await Promise.all([
        rows.accounts(wanted),
        store.relationships(viewer, wanted),
      ]);
      if (away) throw new ApiError('unavailable');
      const byId = new Map(known.map((relationship) => [relationship.id, relationship]));
      return wanted.filter((id) => found.has(id)).flatMap((id) => byId.get(id) ?? []);
    },
    neighbours: async (account, side, { limit, maxId }) => {
      await exists(account);
      const after = maxId === null ? 0n : mirrored(maxId);
      const read = side === 'followers' ? store.followersOf : store.followingOf;
      const ids = await read(account, after, limit);
      const { found } = await rows.accounts(ids);
      return { accounts: ids.flatMap((id) => found.get(id) ?? []), cursors: ids.map(mirrored) };
    },
  };
}
