import {
  decodeIdVector,
  decodeTimelineVector,
  encodeEntry,
  encodeTimelineVector,
  type Entry,
} from '@murmur/model';
import fc from 'fast-check';
import {
  addRecentPost,
  appendToVector,
  applyFollow,
  applyUnfollow,
  cacheKeys,
  createVectorCache,
  readIdVector,
  readTimelineVector,
  seedAccountVectors,
  TRIM_ABOVE_ENTRIES,
  type VectorCache,
} from '../src/index.js';
import { gate, quietLog, startPool, type Pool } from './pools.js';

const BASE = 1_790_000_000_000n << 16n;
const entry = (n: number): Entry => ({ id: BASE + BigInt(n), authorId: 5n });
const list = (...ns: number[]): Entry[] => ns.map(entry);
const none = () => Promise.resolve({ entries: [], floor: 0n });

describe('vectors on real memcached', () => {
  let pool: Pool;
  let cache: VectorCache;
  let next = 0;
  const freshKey = (kind: string): string => `${kind}:${++next}`;
  const append = (key: string, n: number) => appendToVector(cache, key, encodeEntry(entry(n).id, 5n));

  beforeAll(async () => {
    pool = await startPool(2);
    cache = createVectorCache({ serverSet: pool.serverSet, log: quietLog, timeouts: { requestMs: 5_000 } });
  });
  afterAll(async () => {
    cache.close();
    await pool.stop();
  });

  describe('readTimelineVector', () => {
    const read = (key: string, rebuild: () => Promise<{ entries: Entry[]; floor: bigint }>, nowMs = 1_000) =>
      readTimelineVector(cache, key, { now: () => nowMs, rebuild, settleMs: 3_000, ttl: 60 });

    it('rebuilds an absent vector once, looks again when it is due, and then serves it', async () => {
      const key = freshKey('home');
      const store = list(3, 2, 1);
      expect((await read(key, () => Promise.resolve({ entries: store, floor: 9n }))).entries).toEqual(store);
      expect((await read(key, none, 3_999)).header).toEqual({ settleAtMs: 4_000, floor: 9n });
      const late = await read(key, () => Promise.resolve({ entries: list(4, 3), floor: 9n }), 4_000);
      expect(late).toEqual({
        header: { settleAtMs: 0, floor: 9n },
        entries: list(4, 3, 2, 1),
        degraded: false,
      });
      expect((await read(key, () => Promise.reject(new Error('not asked')), 99_000)).entries).toHaveLength(4);
    });

    it('merges the store into a vector that an append began', async () => {
      const key = freshKey('posts');
      await addRecentPost(cache, key, entry(7), 60);
      expect((await read(key, () => Promise.resolve({ entries: list(5), floor: 0n }))).entries).toEqual(
        list(7, 5),
      );
      expect((await read(key, none)).entries).toEqual(list(7, 5));
    });

    it('answers, but caches nothing, when the vector was invalidated during the rebuild', async () => {
      const key = freshKey('home');
      const answer = await read(key, async () => {
        await cache.delete(key);
        return { entries: list(1), floor: 0n };
      });
      expect(answer.entries).toEqual(list(1));
      expect(await cache.get(key)).toBeNull();
    });

    it('merges nothing into a vector that was invalidated and begun anew during the rebuild', async () => {
      const key = freshKey('home');
      await read(key, async () => {
        await cache.delete(key);
        await cache.add(key, Buffer.alloc(0), 60);
        return { entries: list(1), floor: 0n };
      });
      expect((await cache.get(key))?.value).toHaveLength(0);
    });

    it('trims a long vector and raises its floor', async () => {
      const key = freshKey('home');
      const long = Array.from({ length: TRIM_ABOVE_ENTRIES + 1 }, (_, i) =>
        entry(TRIM_ABOVE_ENTRIES + 1 - i),
      );
      await cache.add(key, encodeTimelineVector({ settleAtMs: 0, floor: 0n }, long), 60);
      const trimmed = await read(key, none);
      expect(trimmed.entries).toHaveLength(800);
      expect(trimmed.header.floor).toBe(trimmed.entries.at(-1)?.id);
      const stored = decodeTimelineVector((await cache.get(key))?.value ?? Buffer.alloc(0));
      expect(stored.entries).toEqual(trimmed.entries);
    });

    it('answers from what is there while the store is away, and says so', async () => {
      const key = freshKey('home');
      const away = () => Promise.reject(new Error('store away'));
      await expect(read(key, away)).rejects.toThrow('store away');
      await append(key, 4);
      await append(key, 6);
      expect(await read(key, away)).toEqual({
        header: { settleAtMs: 0, floor: entry(4).id },
        entries: list(6, 4),
        degraded: true,
      });
      await read(key, none);
      expect(await read(key, away, 99_000)).toMatchObject({ entries: list(6, 4), degraded: true });
      expect(await read(key, none, 99_000)).toMatchObject({ degraded: false, header: { settleAtMs: 0 } });
    });

    it('never lacks an entry that was appended while readers rebuilt it', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(3), { minLength: 1, maxLength: 25 }), async (steps) => {
          const key = freshKey('home');
          const landed: number[] = [];
          const reads: Promise<unknown>[] = [];
          // 0-1: append; 2: a reader; 3: wait for everything under way. The store never knows anything.
          for (const [n, step] of steps.entries()) {
            if (step === 2) reads.push(read(key, none, 1_000 * n));
            else if (step === 3) await Promise.all(reads);
            else reads.push(append(key, n + 1).then((is) => (is === 'stored' ? landed.push(n + 1) : 0)));
          }
          await Promise.all(reads);
          const { entries } = await read(key, none, 1_000_000);
          expect(entries.map((e) => e.id)).toEqual(expect.arrayContaining(landed.map((n) => entry(n).id)));
        }),
        { numRuns: 60 },
      );
    });

    it('holds what was appended between its claim and its write', async () => {
      const key = freshKey('home');
      const claimed = gate();
      const finish = gate();
      const reading = read(key, async () => {
        claimed.open();
        await finish.opened;
        return { entries: list(2, 1), floor: 0n };
      });
      await claimed.opened;
      expect(await append(key, 3)).toBe('stored');
      finish.open();
      expect((await reading).entries).toEqual(list(3, 2, 1));
    });
  });

  describe('readIdVector', () => {
    const read = (key: string, fill: () => Promise<bigint[]>) => readIdVector(cache, key, fill, 60);

    it('fills once and keeps the follows that came meanwhile', async () => {
      const key = freshKey('followers');
      const ids = await read(key, async () => {
        await appendToVector(cache, key, Buffer.from([0, 0, 0, 0, 0, 0, 0, 9]));
        return [7n, 8n];
      });
      expect(ids).toEqual([7n, 8n, 9n]);
      expect(await read(key, () => Promise.reject(new Error('not asked')))).toEqual([7n, 8n, 9n]);
    });

    it('fills for itself only where another holds the claim', async () => {
      const key = freshKey('followers');
      await cache.add(key, Buffer.alloc(0), 60);
      expect(await read(key, () => Promise.resolve([1n]))).toEqual([1n]);
      expect((await cache.get(key))?.value).toHaveLength(0);
    });

    it('does not cache what an unfollow has overtaken', async () => {
      const key = freshKey('followers');
      const ids = await read(key, async () => {
        await cache.delete(key);
        await cache.add(key, Buffer.alloc(0), 60);
        return [1n];
      });
      expect(ids).toEqual([1n]);
      expect((await cache.get(key))?.value).toHaveLength(0);
    });

    it('leaves no claim behind when the store is away', async () => {
      const key = freshKey('followers');
      await expect(read(key, () => Promise.reject(new Error('store away')))).rejects.toThrow('store away');
      expect(await cache.get(key)).toBeNull();
    });
  });

  it('seeds a new account so that nobody has to ask the store', async () => {
    expect(await seedAccountVectors(cache, 77n)).toBe(true);
    const fail = () => Promise.reject(new Error('not asked'));
    for (const key of [cacheKeys.home(77n), cacheKeys.posts(77n)])
      expect(await readTimelineVector(cache, key, { now: () => 1, rebuild: fail, ttl: 60 })).toEqual({
        header: { settleAtMs: 0, floor: 0n },
        entries: [],
        degraded: false,
      });
    for (const key of [cacheKeys.followers(77n), cacheKeys.following(77n)])
      expect(await readIdVector(cache, key, fail, 60)).toEqual([]);
  });

  it('writes a follow into both lists and forgets the home; an unfollow forgets all three', async () => {
    await seedAccountVectors(cache, 81n);
    await seedAccountVectors(cache, 82n);
    expect(await applyFollow(cache, 81n, 82n)).toBe(true);
    const ids = async (key: string) => decodeIdVector((await cache.get(key))?.value ?? Buffer.alloc(0)).ids;
    expect(await ids(cacheKeys.followers(82n))).toEqual([81n]);
    expect(await ids(cacheKeys.following(81n))).toEqual([82n]);
    expect(await cache.get(cacheKeys.home(81n))).toBeNull();
    expect(await applyUnfollow(cache, 81n, 82n)).toBe(true);
    expect(await cache.get(cacheKeys.followers(82n))).toBeNull();
    expect(await cache.get(cacheKeys.following(81n))).toBeNull();
  });

  it('keeps every recent post when many authors of one vector begin it at once', async () => {
    const key = freshKey('posts');
    await Promise.all(Array.from({ length: 30 }, (_, i) => addRecentPost(cache, key, entry(i + 1), 60)));
    const { entries } = decodeTimelineVector((await cache.get(key))?.value ?? Buffer.alloc(0));
    expect(entries).toHaveLength(30);
  });
});
