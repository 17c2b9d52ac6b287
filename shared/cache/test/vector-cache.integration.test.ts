import { waitFor } from '@murmur/testkit';
import { createVectorCache, type VectorCache } from '../src/index.js';
import { pickServer, hashKey, serverSeed } from '../src/rendezvous-core.js';
import { quietLog, startPool, type Pool } from './pools.js';

const timeouts = { connectMs: 2_000, requestMs: 2_000 };
const entry = Buffer.from('0123456789\r\nEN\r\n');

describe('the vector cache on real memcached', () => {
  let pool: Pool;
  let cache: VectorCache;
  const endpoints = (): string[] => pool.servers.map((s) => `${s.host}:${s.port}`);
  const serverOf = (key: string): number => pickServer(hashKey(key), endpoints().map(serverSeed));
  const keysOn = (server: number, count: number, prefix: string): string[] => {
    const out: string[] = [];
    for (let i = 0; out.length < count; i++)
      if (serverOf(`${prefix}${i}`) === server) out.push(`${prefix}${i}`);
    return out;
  };

  beforeAll(async () => {
    pool = await startPool(2);
    cache = createVectorCache({ serverSet: pool.serverSet, log: quietLog, timeouts });
  });
  afterAll(async () => {
    cache.close();
    await pool.stop();
  });

  it('adds only where absent, and reads back any bytes', async () => {
    expect(await cache.get('add:1')).toBeNull();
    expect(await cache.add('add:1', entry, 60)).toBe('stored');
    expect(await cache.add('add:1', Buffer.from('x'), 60)).toBe('exists');
    expect((await cache.get('add:1'))?.value).toEqual(entry);
  });

  it('refuses a write whose value has changed or gone since it was read', async () => {
    await cache.add('cas:1', entry, 60);
    const read = await cache.get('cas:1');
    await cache.appendMany(['cas:1'], entry);
    expect(await cache.cas('cas:1', Buffer.from('new'), read?.cas ?? '', 60)).toBe('exists');
    const again = await cache.get('cas:1');
    expect(await cache.cas('cas:1', Buffer.from('new'), again?.cas ?? '', 60)).toBe('stored');
    await cache.delete('cas:1');
    expect(await cache.cas('cas:1', Buffer.from('new'), again?.cas ?? '', 60)).toBe('not_found');
  });

  it('keeps the generation through appends and writes, and gives another after a delete', async () => {
    await cache.add('gen:1', Buffer.alloc(0), 60);
    const first = await cache.get('gen:1');
    await cache.appendMany(['gen:1'], entry);
    const second = await cache.get('gen:1');
    await cache.cas('gen:1', entry, second?.cas ?? '', 60);
    expect((await cache.get('gen:1'))?.generation).toBe(first?.generation);
    await cache.delete('gen:1');
    await cache.add('gen:1', Buffer.alloc(0), 60);
    expect((await cache.get('gen:1'))?.generation).not.toBe(first?.generation);
  });

  it('appends to thousands of values, and counts those that are absent', async () => {
    const keys = Array.from({ length: 3_500 }, (_, i) => `many:${i}`);
    const present = keys.filter((_, i) => i % 3 !== 0);
    await Promise.all(present.map((key) => cache.add(key, Buffer.from('a'), 60)));
    const result = await cache.appendMany(keys, entry);
    expect(result).toEqual({ stored: present.length, absent: keys.length - present.length, unavailable: [] });
    const values = await cache.getMany(keys);
    expect(values.size).toBe(present.length);
    for (const key of present)
      expect(values.get(key)?.value).toEqual(Buffer.concat([Buffer.from('a'), entry]));
  });

  it('loses and doubles nothing when many calls append at once', async () => {
    const keys = Array.from({ length: 50 }, (_, i) => `busy:${i}`);
    await Promise.all(keys.map((key) => cache.add(key, Buffer.alloc(0), 60)));
    const parts = Array.from({ length: 40 }, (_, i) => Buffer.from([i]));
    await Promise.all(parts.map((part) => cache.appendMany(keys, part)));
    for (const [, { value }] of await cache.getMany(keys))
      expect([...value].sort((a, b) => a - b)).toEqual(parts.map((part) => part[0]));
  });

  it('deletes a value that cannot grow, so that it never lacks an entry in silence', async () => {
    await cache.add('full:1', Buffer.alloc(1_000_000), 60);
    await cache.add('full:2', Buffer.from('a'), 60);
    const result = await cache.appendMany(['full:1', 'full:2'], Buffer.alloc(200_000, 'b'));
    expect(result).toEqual({ stored: 1, absent: 1, unavailable: [] });
    expect(await cache.get('full:1')).toBeNull();
  });

  it('says that a value is too large to be stored', async () => {
    await cache.add('large:1', Buffer.alloc(0), 60);
    const read = await cache.get('large:1');
    expect(await cache.cas('large:1', Buffer.alloc(3_000_000), read?.cas ?? '', 60)).toBe('too_large');
  });

  it('names the keys of a server that is gone at once, serves the others, and comes back by itself', async () => {
    const dead = keysOn(0, 20, 'dead:');
    const alive = keysOn(1, 20, 'alive:');
    await Promise.all([...dead, ...alive].map((key) => cache.add(key, Buffer.alloc(0), 60)));
    await pool.servers[0]?.kill();
    const result = await cache.appendMany([...dead, ...alive], entry);
    expect(result.stored).toBe(20);
    expect([...result.unavailable].sort()).toEqual([...dead].sort());
    expect(await cache.get(dead[0] as string)).toBeNull();
    expect(await cache.add(dead[0] as string, entry, 60)).toBe('unavailable');
    await pool.servers[0]?.restart();
    await waitFor(
      async () => (await cache.add('dead:back', entry, 60)) !== 'unavailable' && serverOf('dead:back') >= 0,
      {
        what: 'an answer',
      },
    );
    await waitFor(async () => (await cache.appendMany(dead, entry)).absent === dead.length, {
      what: 'the server to come back empty',
    });
  });

  it('gives up on a server that is there but silent', async () => {
    const impatient = createVectorCache({
      serverSet: pool.serverSet,
      log: quietLog,
      timeouts: { connectMs: 200, requestMs: 200 },
    });
    const [key = ''] = keysOn(0, 1, 'silent:');
    await impatient.add(key, entry, 60);
    pool.servers[0]?.pause();
    try {
      expect((await impatient.appendMany([key], entry)).unavailable).toEqual([key]);
      expect(await impatient.get(key)).toBeNull();
    } finally {
      pool.servers[0]?.resume();
      impatient.close();
    }
  });

  it('maps the keys of a server that left to the others', async () => {
    const keys = keysOn(0, 5, 'left:');
    const [first, second] = pool.servers;
    pool.serverSet.set([{ host: second?.host ?? '', port: second?.port ?? 0 }]);
    expect(await cache.add(keys[0] as string, entry, 60)).toBe('stored');
    expect((await cache.appendMany(keys, entry)).unavailable).toEqual([]);
    pool.serverSet.set([first, second].map((s) => ({ host: s?.host ?? '', port: s?.port ?? 0 })));
  });

  it('misses everything while the ServerSet is empty', async () => {
    pool.serverSet.set([]);
    expect(await cache.get('add:1')).toBeNull();
    expect((await cache.getMany(['add:1'])).size).toBe(0);
    expect(await cache.add('add:1', entry, 60)).toBe('unavailable');
    expect(await cache.appendMany(['add:1', 'add:2'], entry)).toEqual({
      stored: 0,
      absent: 0,
      unavailable: ['add:1', 'add:2'],
    });
    pool.serverSet.set(pool.servers.map(({ host, port }) => ({ host, port })));
  });
});
