import fc from 'fast-check';
import { startMariaDb, type MariaDbServer } from '@murmur/testkit';
import type { Store } from '../src/index.js';
import { deletion, newAccount, open, status, T0 } from './support.js';

describe('writing statuses', () => {
  let server: MariaDbServer;
  let store: Store;
  let other: Store;

  beforeAll(async () => {
    server = await startMariaDb();
    const url = await server.createDatabase();
    store = open(url);
    other = open(url);
    await store.migrate();
  }, 60_000);

  afterAll(async () => {
    await store.close();
    await other.close();
    await server.stop();
  });

  const account = async (id: bigint) => (await store.accountsByIds([id]))[0];
  const repliesOf = async (id: bigint) => (await store.statusesByIds([id])).statuses[0]?.repliesCount;

  it('keeps every field of a status', async () => {
    await store.createAccount(newAccount(1));
    const full = status(117_656_366_327_595_079n, 1, {
      text: 'a 🐦 b\n\\ \' " % ? ` \u0000',
      visibility: 'private',
      inReplyToId: 5n,
      inReplyToAccountId: 1n,
      sensitive: true,
      spoilerText: 'ünder',
      language: null,
      createdAtMs: T0,
    });
    await store.writeStatuses({ statuses: [full], deletes: [] });
    expect(await store.statusesByIds([full.id, 3n])).toEqual({ statuses: [full], deleted: [] });
    expect(await account(1n)).toMatchObject({ statusesCount: 1, lastStatusAtMs: T0 });
  });

  it('lets a tombstone win, whichever comes first', async () => {
    await store.createAccount(newAccount(2));
    await store.writeStatuses({ statuses: [], deletes: [deletion(201, 2)] });
    await store.writeStatuses({ statuses: [status(201, 2), status(202, 2)], deletes: [] });
    await store.writeStatuses({ statuses: [], deletes: [deletion(202, 2)] });
    expect(await store.statusesByIds([201n, 202n])).toEqual({ statuses: [], deleted: [201n, 202n] });
    expect(await account(2n)).toMatchObject({ statusesCount: 0 });
    const range = { limit: 10, maxId: null, sinceId: null, minId: null };
    expect(await store.statusesOfAuthor(2n, range, { excludeReplies: false, includePrivate: true })).toEqual(
      [],
    );
  });

  it('counts replies that come before, with and after their parent', async () => {
    await store.createAccount(newAccount(3));
    const reply = (id: number) => status(id, 3, { inReplyToId: 305n, inReplyToAccountId: 3n });
    await store.writeStatuses({ statuses: [reply(306)], deletes: [] });
    await store.writeStatuses({ statuses: [reply(307), status(305, 3)], deletes: [] });
    await store.writeStatuses({ statuses: [reply(308), reply(306)], deletes: [] });
    expect(await repliesOf(305n)).toBe(3);
    await store.writeStatuses({ statuses: [], deletes: [deletion(306, 3), deletion(307, 3)] });
    await store.writeStatuses({ statuses: [], deletes: [deletion(306, 3)] });
    expect(await repliesOf(305n)).toBe(1);
    expect(await store.repliesTo([305n], 10)).toEqual([{ id: 308n, authorId: 3n }]);
  });

  it('moves counters once when two writers write the same batches at once, whole and in halves', async () => {
    await store.createAccount(newAccount(4));
    await store.createAccount(newAccount(5));
    const before = await store.counts();
    const statuses = Array.from({ length: 300 }, (_, i) =>
      status(4_000 + i, 4 + (i % 2), i < 10 ? {} : { inReplyToId: BigInt(4_000 + (i % 10)) }),
    );
    const deletes = Array.from({ length: 20 }, (_, i) => deletion(4_100 + i, 4 + (i % 2)));
    const halves = [statuses.slice(0, 150), statuses.slice(150)];
    await Promise.all([
      store.writeStatuses({ statuses, deletes }),
      other.writeStatuses({ statuses: [...statuses].reverse(), deletes: [] }),
      ...halves.map((half) => store.writeStatuses({ statuses: half, deletes })),
      ...halves.map((half) => other.writeStatuses({ statuses: half, deletes: [] })),
    ]);
    expect((await store.counts()).statuses - before.statuses).toBe(280);
    expect(await account(4n)).toMatchObject({ statusesCount: 140, lastStatusAtMs: T0 + 4_298 });
    expect(await account(5n)).toMatchObject({ statusesCount: 140 });
    const { statuses: parents } = await store.statusesByIds(statuses.slice(0, 10).map((s) => s.id));
    expect(parents.map((p) => p.repliesCount)).toEqual(Array.from({ length: 10 }, () => 27));
  }, 60_000);

  it('moves no counter twice for an author who has no account', async () => {
    const before = await store.counts();
    const batch = { statuses: [status(900, 99), status(901, 99)], deletes: [] };
    await Promise.all([store.writeStatuses(batch), other.writeStatuses(batch), store.writeStatuses(batch)]);
    expect((await store.counts()).statuses - before.statuses).toBe(2);
  });

  it('writes nothing of a batch with one impossible status', async () => {
    const batch = { statuses: [status(910, 4), status(911, 4, { language: 'x'.repeat(65) })], deletes: [] };
    await expect(store.writeStatuses(batch)).rejects.toMatchObject({
      name: 'StoreError',
      code: 'ER_DATA_TOO_LONG',
    });
    expect(await store.statusesByIds([910n, 911n])).toEqual({ statuses: [], deleted: [] });
  });

  it('keeps any text', async () => {
    let id = 10_000n;
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 500 }), async (text) => {
        id += 1n;
        await store.writeStatuses({ statuses: [status(id, 4, { text })], deletes: [] });
        expect((await store.statusesByIds([id])).statuses[0]?.text).toBe(text);
      }),
      { numRuns: 40 },
    );
  });
});
