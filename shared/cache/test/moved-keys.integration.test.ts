import { waitFor } from '@murmur/testkit';
import {
  createVectorCache,
  hashKey,
  pickServer,
  serverSeed,
  sweepMovedKeys,
  type VectorCache,
} from '../src/index.js';
import { quietLog, startPool, type Pool } from './pools.js';

describe('keys that a server holds of another', () => {
  let pool: Pool;
  let cache: VectorCache;
  const keys = Array.from({ length: 2_000 }, (_, i) => `home:${i}`);

  beforeAll(async () => {
    pool = await startPool(2);
    cache = createVectorCache({ serverSet: pool.serverSet, log: quietLog, timeouts: { requestMs: 5_000 } });
  });
  afterAll(async () => {
    cache.close();
    await pool.stop();
  });

  it('are removed when their server comes back, and only they', async () => {
    const endpoints = pool.servers.map(({ host, port }) => ({ host, port }));
    const seeds = endpoints.map(({ host, port }) => serverSeed(`${host}:${port}`));
    const ofSecond = keys.filter((key) => pickServer(hashKey(key), seeds) === 1);
    const second = endpoints.slice(1);
    pool.serverSet.set(second);
    await Promise.all(keys.map((key) => cache.add(key, Buffer.from('x'), 600)));

    const swept: number[] = [];
    const sweeper = sweepMovedKeys({
      serverSet: pool.serverSet,
      log: quietLog,
      onSwept: (n) => swept.push(n),
    });
    expect(swept).toEqual([]);
    pool.serverSet.set(endpoints);
    await waitFor(() => swept.length > 0, { what: 'the sweep' });
    await sweeper.close();
    expect(swept[0]).toBe(keys.length - ofSecond.length);

    pool.serverSet.set(second);
    expect([...(await cache.getMany(keys)).keys()].sort()).toEqual([...ofSecond].sort());
  });

  it('are no reason to fail when a server is away', async () => {
    const endpoints = pool.servers.map(({ host, port }) => ({ host, port }));
    pool.serverSet.set(endpoints);
    await pool.servers[0]?.kill();
    const sweeper = sweepMovedKeys({ serverSet: pool.serverSet, log: quietLog });
    await sweeper.close();
    await pool.servers[0]?.restart();
  });
});
