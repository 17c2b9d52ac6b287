import type { RowCache } from '@murmur/cache';
import { encodeAccountRow, type Account } from '@murmur/model';
import { accountSource, FRESH_MS } from '../src/account-source.js';

const account: Account = {
  id: 1n,
  username: 'a',
  displayName: '',
  note: '',
  createdAtMs: 1,
  followersCount: 0,
  followingCount: 0,
  statusesCount: 0,
  lastStatusAtMs: null,
};

function stage() {
  const rows = new Map<string, Buffer>();
  let away = false;
  let nowMs = 0;
  const asked = { rows: 0, store: 0 };
  const cache: RowCache = {
    get: async () => null,
    getMany: async (keys) => {
      asked.rows++;
      return new Map([...rows].filter(([key]) => keys.includes(key)));
    },
    set: async (key, value) => {
      rows.set(key, value);
      return true;
    },
    add: async () => 'stored',
    delete: async (key) => rows.delete(key),
    increment: async () => null,
    close: () => undefined,
  };
  const store = {
    accountsByIds: async (ids: readonly bigint[]) => {
      asked.store++;
      if (away) throw new Error('away');
      return ids.includes(1n) ? [account] : [];
    },
  };
  return {
    source: accountSource(cache, store, () => nowMs),
    asked,
    rows,
    setAway: (value: boolean) => (away = value),
    pass: (ms: number) => (nowMs += ms),
  };
}

describe('the account of an author', () => {
  it('comes from this process while fresh, then from the cache, then from the store', async () => {
    const { source, asked, pass, rows } = stage();
    expect(await source.snapshot(1n)).toEqual(account);
    expect(await source.snapshot(1n)).toEqual(account);
    expect(asked).toEqual({ rows: 1, store: 1 });
    pass(FRESH_MS);
    rows.set('account:1', encodeAccountRow({ ...account, followersCount: 5 }));
    expect((await source.get(1n))?.followersCount).toBe(5);
    expect(asked).toEqual({ rows: 2, store: 1 });
    expect(await source.get(2n)).toBeNull();
  });

  it('an old snapshot does while cache and store are away', async () => {
    const { source, setAway, pass, rows } = stage();
    await source.snapshot(1n);
    pass(FRESH_MS * 100);
    rows.clear();
    setAway(true);
    expect(await source.snapshot(1n)).toEqual(account);
    await expect(source.get(1n)).rejects.toThrow('away');
    await expect(source.snapshot(2n)).rejects.toThrow('away');
  });
});
