import { cacheKeys, SETTLE_MS } from '@murmur/cache';
import type { Id } from '@murmur/model';
import { vectors, type Vectors } from '../src/vectors.js';
import { stopAll } from '@murmur/testkit';
import { startHouse, type House } from './support/house.js';

describe('the vectors of the timeline', () => {
  let house: House;
  let reader: Vectors;
  let nowMs: number;
  let rebuilds: string[];
  beforeAll(async () => {
    house = await startHouse();
  });
  afterAll(stopAll);
  beforeEach(() => {
    nowMs = 1_000_000;
    rebuilds = [];
    reader = vectors({
      cache: house.vectors,
      store: house.store,
      metrics: { rebuilt: (vector, reason) => rebuilds.push(`${vector} ${reason}`) },
      now: () => nowMs,
    });
  });
  const homeOf = async (account: Id): Promise<Id[]> => (await reader.home(account)).entries.map((e) => e.id);

  it('looks at MySQL once more after a home was rebuilt, and then no more', async () => {
    const [ada, bob] = [await house.person('ada'), await house.person('bob')];
    await house.follow(ada, bob);
    expect(await homeOf(ada.id)).toEqual([]);
    // Accepted before the claim, persisted after the rebuild, its entry in the author's vector lost.
    const late = await house.post(bob, 'late', { cached: false, fannedOut: false });
    expect(await homeOf(ada.id)).toEqual([]);
    nowMs += SETTLE_MS;
    expect(await homeOf(ada.id)).toEqual([late.id]);
    await house.post(bob, 'never announced', { cached: false, fannedOut: false });
    nowMs += 10 * SETTLE_MS;
    expect(await homeOf(ada.id)).toEqual([late.id]);
    expect(rebuilds).toEqual(['home absent', 'home settle']);
  });

  it('knows how far down they reach', async () => {
    const author = await house.person('author');
    const few = await house.post(author, 'the first', { cached: false, fannedOut: false });
    expect(await reader.posts(author.id)).toEqual({
      entries: [expect.objectContaining({ id: few.id })],
      floor: 0n,
    });
    for (let i = 0; i < 200; i++)
      await house.post(author, `number ${i}`, { cached: false, fannedOut: false });
    await house.vectors.delete(cacheKeys.posts(author.id));
    const { entries, floor } = await reader.posts(author.id);
    expect(entries).toHaveLength(200);
    expect(floor).toBe(entries.at(-1)?.id);
    expect(floor).toBeGreaterThan(few.id);
  });

  it('gathers what many authors have, without a look at MySQL', async () => {
    const authors = [];
    for (let i = 0; i < 3; i++) authors.push(await house.person(`many${i}`));
    const posts = [];
    for (const author of authors) posts.push(await house.post(author, 'here', { persisted: false }));
    const asked = [
      ...authors.map((author) => author.id),
      ...Array.from({ length: 250 }, (_, i) => BigInt(i)),
    ];
    expect((await reader.cachedPosts(asked)).map((e) => e.id)).toEqual(posts.map((p) => p.id).reverse());
    expect(await reader.following(authors[0]?.id ?? 0n)).toEqual([]);
  });
});
