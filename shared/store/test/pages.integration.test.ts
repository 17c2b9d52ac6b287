import fc from 'fast-check';
import { startMariaDb, type MariaDbServer } from '@murmur/testkit';
import { VISIBILITIES, type Status } from '@murmur/model';
import type { PageRange, StatusFilter, Store } from '../src/index.js';
import { deletion, newAccount, open, status } from './support.js';

const AUTHORS = [1, 2, 3, 4, 5];
const DELETED = new Set([12n, 50n, 51n]);

/** 200 statuses, unevenly spread, some replies, some not public. */
const ALL: Status[] = Array.from({ length: 200 }, (_, i) =>
  status(i + 1, AUTHORS[(i * i + (i >> 3)) % AUTHORS.length] ?? 1, {
    visibility: VISIBILITIES[i % 7 === 0 ? 2 : i % 5 === 0 ? 1 : 0],
    inReplyToId: i % 3 === 0 && i > 10 ? BigInt((i % 10) + 1) : null,
  }),
);
const LIVE = ALL.filter((s) => !DELETED.has(s.id));
const down = (a: { id: bigint }, b: { id: bigint }) => Number(b.id - a.id);
const ref = (s: Status) => ({ id: s.id, authorId: s.authorId });

/** The contract, on an array: all bounds exclusive, newest first, `minId` takes the page directly above. */
function model(statuses: readonly Status[], range: PageRange) {
  const lower = range.minId ?? range.sinceId;
  const inside = statuses
    .filter((s) => (range.maxId === null || s.id < range.maxId) && (lower === null || s.id > lower))
    .sort(down);
  return (range.minId === null ? inside.slice(0, range.limit) : inside.slice(-range.limit)).map(ref);
}

const bound = fc.option(fc.bigInt({ min: 0n, max: 210n }), { nil: null });
const ranges = fc.record({
  limit: fc.integer({ min: 1, max: 40 }),
  maxId: bound,
  sinceId: bound,
  minId: bound,
});
const authorLists = fc
  .uniqueArray(fc.constantFrom(...AUTHORS, 77), { maxLength: 6 })
  .map((ids) => ids.map(BigInt));

describe('pages', () => {
  let server: MariaDbServer;
  let store: Store;

  beforeAll(async () => {
    server = await startMariaDb();
    store = open(await server.createDatabase());
    await store.migrate();
    for (const author of AUTHORS) await store.createAccount(newAccount(author));
    await store.writeStatuses({ statuses: ALL, deletes: [] });
    await store.writeStatuses({ statuses: [], deletes: [...DELETED].map((id) => deletion(id, 1)) });
  }, 60_000);

  afterAll(async () => {
    await store.close();
    await server.stop();
  });

  it('of the public timeline agree with a plain array for any range', async () => {
    const expected = LIVE.filter((s) => s.visibility === 'public');
    await fc.assert(
      fc.asyncProperty(ranges, async (range) => {
        expect(await store.publicStatuses(range)).toEqual(model(expected, range));
      }),
    );
  });

  it('of an account agree with a plain array for any range and filter', async () => {
    const filters = fc.record({ excludeReplies: fc.boolean(), includePrivate: fc.boolean() });
    const passes = (s: Status, filter: StatusFilter) =>
      (filter.includePrivate || s.visibility !== 'private') &&
      (!filter.excludeReplies || s.inReplyToId === null);
    await fc.assert(
      fc.asyncProperty(ranges, filters, fc.constantFrom(...AUTHORS), async (range, filter, author) => {
        const expected = LIVE.filter((s) => s.authorId === BigInt(author) && passes(s, filter));
        expect(await store.statusesOfAuthor(BigInt(author), range, filter)).toEqual(model(expected, range));
      }),
    );
  });

  it('of many authors are complete from their floor up, and bounded per author', async () => {
    await fc.assert(
      fc.asyncProperty(
        authorLists,
        bound,
        bound,
        fc.integer({ min: 1, max: 12 }),
        async (authors, below, above, per) => {
          const { refs, floor } = await store.recentByAuthors(authors, below, above, per);
          const all = LIVE.filter((s) => authors.includes(s.authorId))
            .filter((s) => (below === null || s.id < below) && (above === null || s.id > above))
            .sort(down)
            .map(ref);
          const newestOf = (author: bigint) => all.filter((r) => r.authorId === author).slice(0, per);
          expect(refs).toEqual(authors.flatMap(newestOf).sort(down));
          expect(refs.filter((r) => r.id >= floor)).toEqual(all.filter((r) => r.id >= floor));
          const cuts = authors
            .map(newestOf)
            .filter((own) => own.length === per)
            .map((own) => own.at(-1)?.id ?? 0n);
          expect(floor).toBe(cuts.reduce((a, b) => (a > b ? a : b), 0n));
        },
      ),
    );
  });

  it('upwards of many authors are the oldest above the bound, newest first', async () => {
    await fc.assert(
      fc.asyncProperty(
        authorLists,
        fc.bigInt({ min: 0n, max: 210n }),
        fc.integer({ min: 1, max: 40 }),
        async (authors, above, limit) => {
          const all = LIVE.filter((s) => authors.includes(s.authorId) && s.id > above)
            .sort(down)
            .map(ref);
          expect(await store.oldestByAuthors(authors, above, limit)).toEqual(all.slice(-limit));
        },
      ),
    );
  });

  it('of replies come oldest first', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.bigInt({ min: 1n, max: 12n })),
        fc.integer({ min: 1, max: 70 }),
        async (ids, limit) => {
          const all = LIVE.filter((s) => s.inReplyToId !== null && ids.includes(s.inReplyToId)).map(ref);
          expect(await store.repliesTo(ids, limit)).toEqual(all.slice(0, limit));
        },
      ),
    );
  });

  it('of several thousand authors come in bounded statements', async () => {
    const authors = Array.from({ length: 5_000 }, (_, i) => BigInt(i + 1));
    const { refs, floor } = await store.recentByAuthors(authors, null, null, 40);
    expect(refs.length).toBeGreaterThan(100);
    expect(floor).toBeLessThan(200n);
    expect(await store.oldestByAuthors(authors, 0n, 40)).toEqual(LIVE.slice(0, 40).sort(down).map(ref));
  });
});
