import type { Account, Status } from '@murmur/model';
import { waitFor } from '@murmur/testkit';
import { accountRows, cacheKeys, createRowCache, statusRows, type RowCache } from '../src/index.js';
import { quietLog, startPool, type Pool } from './pools.js';

const timeouts = { requestMs: 2_000 };
const status = (id: bigint): Status => ({
  id,
  authorId: 7n,
  text: `text of ${id}`,
  visibility: 'public',
  inReplyToId: null,
  inReplyToAccountId: null,
  sensitive: false,
  spoilerText: '',
  language: 'en',
  createdAtMs: 1,
  repliesCount: 0,
});
const account = (id: bigint): Account => ({
  id,
  username: `u${id}`,
  displayName: '',
  note: '',
  createdAtMs: 1,
  followersCount: 0,
  followingCount: 0,
  statusesCount: 0,
  lastStatusAtMs: null,
});

describe('the row cache on real memcached', () => {
  let pool: Pool;
  let cache: RowCache;

  beforeAll(async () => {
    pool = await startPool(2);
    cache = createRowCache({ serverSet: pool.serverSet, log: quietLog, timeouts });
  });
  afterAll(async () => {
    cache.close();
    await pool.stop();
  });

  it('sets, reads, adds only where absent, and deletes', async () => {
    expect(await cache.get('a')).toBeNull();
    expect(await cache.set('a', Buffer.from([0, 255, 13, 10]), 60)).toBe(true);
    expect(await cache.get('a')).toEqual(Buffer.from([0, 255, 13, 10]));
    expect(await cache.add('a', Buffer.from('x'), 60)).toBe('exists');
    expect(await cache.delete('a')).toBe(true);
    expect(await cache.delete('a')).toBe(true);
    expect(await cache.add('a', Buffer.from('x'), 60)).toBe('stored');
  });

  it('reads many at once, over all servers', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `m:${i}`);
    await Promise.all(keys.slice(0, 200).map((key) => cache.set(key, Buffer.from(key), 60)));
    const found = await cache.getMany([...keys, ...keys]);
    expect([...found.keys()].sort()).toEqual(keys.slice(0, 200).sort());
    expect(found.get('m:7')?.toString()).toBe('m:7');
  });

  it('counts from 0', async () => {
    expect(await cache.increment('n', 3, 60)).toBe(3);
    expect(await cache.increment('n', 2, 60)).toBe(5);
  });

  it('refuses a row over the limit of the server and goes on', async () => {
    expect(await cache.set('huge', Buffer.alloc(2_000_000), 60)).toBe(false);
    expect(await cache.set('small', Buffer.from('s'), 60)).toBe(true);
  });

  it('fills misses from the store once, and knows tombstones', async () => {
    const rows = statusRows(cache);
    await rows.put(status(1n));
    await rows.bury(2n);
    const asked: bigint[][] = [];
    const fill = (missing: readonly bigint[]) => {
      asked.push([...missing]);
      return Promise.resolve({ statuses: [status(3n)], deleted: [4n] });
    };
    const { found } = await rows.getMany([1n, 2n, 3n, 4n], fill);
    expect([...found.keys()].sort()).toEqual([1n, 3n]);
    await rows.getMany([1n, 2n, 3n, 4n], fill);
    expect(asked).toEqual([[3n, 4n]]);
  });

  it('never brings a buried status back', async () => {
    const rows = statusRows(cache);
    await rows.bury(10n);
    await rows.put(status(10n));
    const { found } = await rows.getMany([10n], () => Promise.reject(new Error('not asked')));
    expect(found.size).toBe(0);
  });

  it('takes rubbish for a miss and replaces it', async () => {
    await cache.set(cacheKeys.status(20n), Buffer.from('{"id":1}'), 60);
    const rows = statusRows(cache);
    const fill = () => Promise.resolve({ statuses: [status(20n)], deleted: [] });
    expect((await rows.getMany([20n], fill)).found.size).toBe(1);
    const again = await rows.getMany([20n], () => Promise.reject(new Error('not asked')));
    expect(again).toMatchObject({ error: null });
  });

  it('says what it could not look up while the store is away', async () => {
    const rows = accountRows(cache);
    await rows.put(account(1n));
    const { found, unknown, error } = await rows.getMany([1n, 2n], () =>
      Promise.reject(new Error('store away')),
    );
    expect([...found.keys()]).toEqual([1n]);
    expect(unknown).toEqual([2n]);
    expect(error?.message).toBe('store away');
  });

  it('takes a killed server for misses, and comes back by itself', async () => {
    const keys = Array.from({ length: 40 }, (_, i) => `k:${i}`);
    await Promise.all(keys.map((key) => cache.set(key, Buffer.from('v'), 60)));
    await pool.servers[0]?.kill();
    const found = await cache.getMany(keys);
    expect(found.size).toBeGreaterThan(0);
    expect(found.size).toBeLessThan(keys.length);
    await pool.servers[0]?.restart();
    await waitFor(
      async () => (await Promise.all(keys.map((key) => cache.set(key, Buffer.from('v'), 60)))).every(Boolean),
      {
        what: 'every row to be stored',
      },
    );
    expect((await cache.getMany(keys)).size).toBe(keys.length);
  });

  it('gives up on a server that is there but silent', async () => {
    const impatient = createRowCache({
      serverSet: pool.serverSet,
      log: quietLog,
      timeouts: { requestMs: 200 },
    });
    const keys = Array.from({ length: 20 }, (_, i) => `s:${i}`);
    await Promise.all(keys.map((key) => impatient.set(key, Buffer.from('v'), 60)));
    pool.servers[1]?.pause();
    try {
      expect((await impatient.getMany(keys)).size).toBeLessThan(keys.length);
    } finally {
      pool.servers[1]?.resume();
      impatient.close();
    }
  });

  it('misses everything while the ServerSet is empty', async () => {
    pool.serverSet.set([]);
    expect(await cache.get('a')).toBeNull();
    expect(await cache.set('a', Buffer.from('x'), 60)).toBe(false);
    expect(await cache.add('a', Buffer.from('x'), 60)).toBe('unavailable');
    expect(await cache.increment('n', 1, 60)).toBeNull();
  });
});
