import fc from 'fast-check';
import { mergeEntries, type Entry, type Id } from '@murmur/model';
import type { PageRange } from '@murmur/store';
import { readPage, type Page } from '../src/page.js';
import type { TimelineSource } from '../src/walk.js';

/**
 * One timeline as a plain sorted array, and any split of it between a cached window and MySQL: the window
 * is complete from its floor up, MySQL lacks some of what the window has, both may hold what is deleted.
 */
interface World {
  readonly all: readonly Entry[];
  readonly deleted: ReadonlySet<Id>;
  readonly source: TimelineSource;
}

const entryOf = (id: number): Entry => ({ id: BigInt(id), authorId: BigInt(id % 5) });

interface Recipe {
  readonly ids: readonly number[];
  readonly floor: number | null;
  readonly strays: readonly number[];
  readonly unpersisted: readonly number[];
  readonly deleted: readonly number[];
  readonly perAuthor: number;
  readonly upwards: number;
}

function worldOf(recipe: Recipe): World {
  const all = mergeEntries(recipe.ids.map(entryOf));
  const floor = recipe.floor === null ? null : BigInt(recipe.floor);
  const stray = new Set(recipe.strays.map(BigInt));
  const unpersisted = new Set(recipe.unpersisted.map(BigInt));
  // What MySQL lacks is in the window, wherever the floor is.
  const cached = all.filter(
    (e) => (floor !== null && e.id >= floor) || stray.has(e.id) || unpersisted.has(e.id),
  );
  const rows = all.filter((e) => !unpersisted.has(e.id));
  const source: TimelineSource = {
    window: { entries: cached, floor },
    // As `recentByAuthors` does it: so many of each author, complete from the highest cut up.
    below: (belowId, aboveId) => {
      const refs: Entry[] = [];
      let reach: Id | null = null;
      for (const author of [0n, 1n, 2n, 3n, 4n]) {
        const own = rows.filter(
          (e) =>
            e.authorId === author &&
            (belowId === null || e.id < belowId) &&
            (aboveId === null || e.id > aboveId),
        );
        refs.push(...own.slice(0, recipe.perAuthor));
        const cut = own.length > recipe.perAuthor ? own[recipe.perAuthor - 1]?.id : undefined;
        if (cut !== undefined && (reach === null || cut > reach)) reach = cut;
      }
      return Promise.resolve({ refs, reach });
    },
    above: (aboveId) => {
      const refs = rows
        .filter((e) => e.id > aboveId)
        .reverse()
        .slice(0, recipe.upwards);
      return Promise.resolve({
        refs,
        reach: refs.length < recipe.upwards ? null : (refs.at(-1)?.id ?? null),
      });
    },
  };
  return { all, deleted: new Set(recipe.deleted.map(BigInt)), source };
}

const some = fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 60 });
const worlds = fc
  .record({
    ids: some,
    floor: fc.option(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 95 })), { nil: null }),
    strays: some,
    unpersisted: fc.array(fc.integer({ min: 1, max: 90 }), { maxLength: 8 }),
    deleted: some,
    perAuthor: fc.integer({ min: 1, max: 4 }),
    upwards: fc.integer({ min: 1, max: 4 }),
  })
  .map(worldOf);

const bound = fc.option(fc.integer({ min: 0, max: 95 }).map(BigInt), { nil: null });
const ranges = fc.record({
  limit: fc.integer({ min: 1, max: 9 }),
  maxId: bound,
  sinceId: bound,
  minId: bound,
});

const rowsOf = (world: World) => (entries: readonly Entry[]) =>
  Promise.resolve(new Map(entries.filter((e) => !world.deleted.has(e.id)).map((e) => [e.id, e.id])));

/** The pagination contract on a plain array. */
function expected(world: World, range: PageRange): Id[] {
  const alive = world.all.map((e) => e.id).filter((id) => !world.deleted.has(id));
  const below = alive.filter((id) => range.maxId === null || id < range.maxId);
  const { minId, sinceId } = range;
  if (minId !== null) return below.filter((id) => id > minId).slice(-range.limit);
  return below.filter((id) => sinceId === null || id > sinceId).slice(0, range.limit);
}

describe('a page over a cached window and MySQL', () => {
  it('is the page of the plain sorted timeline, for any max_id, since_id and min_id', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, ranges, async (world, range) => {
        const page = await readPage(world.source, range, rowsOf(world));
        expect(page.items.map((i) => i.id)).toEqual(expected(world, range));
        expect(page.outlook).not.toBe('lost');
      }),
      { numRuns: 2000 },
    );
  });

  it('walked down by its own next from the top gives every status once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.integer({ min: 1, max: 7 }), async (world, limit) => {
        const seen: Id[] = [];
        for (let maxId: Id | null = null, pages = 0; pages < 200; pages++) {
          const page: Page<Id> = await readPage(
            world.source,
            { limit, maxId, sinceId: null, minId: null },
            rowsOf(world),
          );
          seen.push(...page.items.map((i) => i.id));
          maxId = page.nextMaxId;
          if (maxId === null) break;
        }
        expect(seen).toEqual(world.all.map((e) => e.id).filter((id) => !world.deleted.has(id)));
      }),
      { numRuns: 500 },
    );
  });

  it('walked up by min_id from the bottom gives every status once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(worlds, fc.integer({ min: 1, max: 7 }), async (world, limit) => {
        const seen: Id[] = [];
        for (let minId: Id = 0n; ;) {
          const page: Page<Id> = await readPage(
            world.source,
            { limit, maxId: null, sinceId: null, minId },
            rowsOf(world),
          );
          seen.push(...page.items.map((i) => i.id).reverse());
          const top = page.items[0]?.id;
          if (top === undefined) break;
          minId = top;
        }
        expect(seen).toEqual(
          world.all
            .map((e) => e.id)
            .filter((id) => !world.deleted.has(id))
            .reverse(),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('stops at a bounded number of row reads and says where to go on', async () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => i + 1);
    const world = worldOf({
      ids,
      floor: 0,
      strays: [],
      unpersisted: [],
      deleted: ids.slice(1),
      perAuthor: 4,
      upwards: 4,
    });
    let reads = 0;
    const rows = rowsOf(world);
    const counted = (entries: readonly Entry[]) => (reads++, rows(entries));
    let maxId: Id | null = null;
    const seen: Id[] = [];
    do {
      const before = reads;
      const page: Page<Id> = await readPage(
        world.source,
        { limit: 20, maxId, sinceId: null, minId: null },
        counted,
      );
      expect(reads - before).toBeLessThanOrEqual(24);
      seen.push(...page.items.map((i) => i.id));
      maxId = page.nextMaxId;
    } while (maxId !== null);
    expect(seen).toEqual([1n]);
  });
});

describe('a page while MySQL is away', () => {
  const away = (floor: number | null): World => {
    const world = worldOf({
      ids: [1, 2, 3, 10, 11, 12],
      floor,
      strays: [2, 10, 11, 12],
      unpersisted: [],
      deleted: [],
      perAuthor: 4,
      upwards: 4,
    });
    const nothing = () => Promise.resolve(null);
    return { ...world, source: { window: world.source.window, below: nothing, above: nothing } };
  };
  const range = { limit: 4, maxId: null, sinceId: null, minId: null };

  it('answers what is known, and names no next page past that', async () => {
    const world = away(10);
    const page = await readPage(world.source, { ...range, limit: 20 }, rowsOf(world));
    expect(page.items.map((i) => i.id)).toEqual([12n, 11n, 10n, 2n]);
    expect(page).toMatchObject({ nextMaxId: null, outlook: 'lost' });
  });

  it('is not lost where the window suffices', async () => {
    const world = away(10);
    const page = await readPage(world.source, { ...range, limit: 2 }, rowsOf(world));
    expect(page).toMatchObject({ nextMaxId: 11n, outlook: 'more' });
    expect(await readPage(world.source, { ...range, sinceId: 9n }, rowsOf(world))).toMatchObject({
      outlook: 'end',
    });
    const up = await readPage(world.source, { ...range, minId: 10n }, rowsOf(world));
    expect(up.items.map((i) => i.id)).toEqual([12n, 11n]);
  });

  it('does not hide a hole above min_id', async () => {
    const world = away(10);
    const page = await readPage(world.source, { ...range, minId: 1n }, rowsOf(world));
    expect(page).toMatchObject({ items: [], outlook: 'lost' });
  });
});
