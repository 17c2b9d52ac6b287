import type { Account, Id } from '@murmur/model';
import { chunks, type Database } from './database.js';
import { duplicateKeyOf } from './errors.js';
import {
  addToTotal,
  insertAccount,
  keyOf,
  selectAccountByUsername,
  selectAccounts,
  selectAccountsAbove,
  selectCredentialsByEmail,
  selectCredentialsByUsername,
  selectTotals,
} from './queries/accounts.js';
import { accountOf, idAt, numberAt, textAt } from './rows.js';
import type { Store } from './types.js';

/** Ids of one IN list. */
export const IN_LIST_MAX = 500;
/** The answer of `accountsAbove` is cut here, the most followed first. */
export const ACCOUNTS_ABOVE_MAX = 10_000;

type AccountStore = Pick<
  Store,
  'createAccount' | 'accountsByIds' | 'accountByUsername' | 'credentials' | 'counts' | 'accountsAbove'
>;

export function accountStore(db: Database): AccountStore {
  async function accountsByIds(ids: readonly Id[]): Promise<Account[]> {
    const found: Account[] = [];
    for (const chunk of chunks([...new Set(ids)], IN_LIST_MAX))
      found.push(...(await db.rows(selectAccounts(chunk))).map(accountOf));
    return found;
  }

  return {
    accountsByIds,

    createAccount: async (account) => {
      try {
        await db.transaction(async (session) => {
          await session.change(insertAccount(account));
          await session.change(addToTotal('accounts', 1));
        });
        return 'created';
      } catch (error) {
        const key = duplicateKeyOf(error);
        if (key === 'by_username') return 'username_taken';
        if (key === 'by_email') return 'email_taken';
        // The same call again, after an answer that got lost.
        const [same] = key === 'PRIMARY' ? await accountsByIds([account.id]) : [];
        if (same !== undefined && keyOf(same.username) === keyOf(account.username)) return 'created';
        throw error;
      }
    },

    accountByUsername: async (username) => {
      const [row] = await db.rows(selectAccountByUsername(username));
      return row === undefined ? null : accountOf(row);
    },

    credentials: async (login) => {
      // A user name has no @, an address always does.
      const byLogin = login.includes('@')
        ? selectCredentialsByEmail(login)
        : selectCredentialsByUsername(login);
      const [row] = await db.rows(byLogin);
      return row === undefined
        ? null
        : { accountId: idAt(row, 'id'), passwordHash: textAt(row, 'password_hash') };
    },

    counts: async () => {
      const totals = new Map(
        (await db.rows(selectTotals())).map((row) => [textAt(row, 'name'), numberAt(row, 'total')]),
      );
      return { accounts: totals.get('accounts') ?? 0, statuses: totals.get('statuses') ?? 0 };
    },

    accountsAbove: async (followers) =>
      (await db.rows(selectAccountsAbove(followers, ACCOUNTS_ABOVE_MAX))).map((row) => idAt(row, 'id')),
  };
}
