import fc from 'fast-check';
import type { LogStorage } from '../../src/storage/port.js';
import { appendAll, chunksOf, contentOf, type StoragePlace } from './support.js';

const STEPS_MAX = 30;
const RUNS = 40;
const ENTRY_BYTES = 3000;
const TEAR_BYTES = 4000;

const lengths = fc.array(fc.integer({ min: 0, max: ENTRY_BYTES }), { maxLength: 6 });
const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('append'), lengths }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('compact'), behind: fc.integer({ min: 0, max: 5 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('tear'), bytes: fc.integer({ min: 1, max: TEAR_BYTES }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A list of entries does what the storage does. */
class Pair {
  readonly #place: StoragePlace;
  #storage: LogStorage;
  #model: string[] = [];
  #covered = 0;

  constructor(place: StoragePlace) {
    this.#place = place;
    this.#storage = place.open();
  }

  async open(): Promise<readonly string[]> {
    this.#storage = this.#place.open();
    const { entries, fromSnapshot } = await contentOf(this.#storage);
    expect(fromSnapshot).toBe(this.#covered);
    return entries;
  }

  async reopen(): Promise<void> {
    await this.close();
    expect(await this.open()).toEqual(this.#model);
  }

  close(): Promise<void> {
    return this.#storage.close();
  }

  async do(each: Step): Promise<void> {
    if ('lengths' in each) {
      const entries = each.lengths.map((length, i) => `${this.#model.length + i}:`.padEnd(length, '.'));
      await appendAll(this.#storage, entries);
      this.#model.push(...entries);
    } else if ('behind' in each) {
      this.#covered = Math.max(this.#covered, this.#model.length - each.behind);
      await this.#storage.compact(this.#covered, chunksOf(this.#model.slice(0, this.#covered)));
    } else if ('bytes' in each) {
      await this.close();
      await this.#place.tear(each.bytes);
      const found = await this.open();
      // A beginning of what was there, and never less than the snapshot.
      expect(found).toEqual(this.#model.slice(0, Math.max(this.#covered, found.length)));
      this.#model = [...found];
    } else await this.reopen();
    expect(this.#storage.stats().position).toBe(this.#model.length);
  }
}

/** Any sequence of appends, snapshots, reopenings and torn ends leaves the storage with what a list of the entries has. */
export async function holdsAgainstList(newPlace: () => Promise<StoragePlace>): Promise<void> {
  const property = fc.asyncProperty(fc.array(step, { maxLength: STEPS_MAX }), async (steps) => {
    const pair = new Pair(await newPlace());
    await pair.open();
    try {
      for (const each of steps) await pair.do(each);
      await pair.reopen();
    } finally {
      await pair.close();
    }
  });
  await fc.assert(property, { numRuns: RUNS });
}
