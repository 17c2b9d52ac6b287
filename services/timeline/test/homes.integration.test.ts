import { cacheKeys } from '@murmur/cache';
import {
  decodeTimelineVector,
  encodeEntry,
  encodeTimelineVector,
  homeSinceFromJson,
  trimTimeline,
} from '@murmur/model';
import { stopAll, waitFor } from '@murmur/testkit';
import { CLUSTER_KEY, ids, idsOf, startHouse, walkPages, type House, type Person } from './support/house.js';

describe('home timelines on real servers', () => {
  let house: House;
  beforeAll(async () => {
    house = await startHouse();
  });
  afterAll(stopAll);

  const home = async (reader: Person, query = ''): Promise<string[]> =>
    idsOf(await house.get(`/api/v1/timelines/home${query}`, reader.token));
  const newestFirst = <T>(list: readonly T[]): T[] => [...list].reverse();
  const since = async (reader: Person, cursor: string, limit = 400) => {
    const answer = await house.get(
      `/internal/home/${reader.id}/since?cursor=${cursor}&limit=${limit}`,
      CLUSTER_KEY,
    );
    return homeSinceFromJson(answer.body);
  };

  it('is rebuilt from MySQL and from what only the authors have, and grows by appends', async () => {
    const [ada, bob] = [await house.person('ada'), await house.person('bob')];
    await house.follow(ada, bob);
    const old = await house.post(bob, 'in MySQL only', { cached: false, fannedOut: false });
    const fresh = await house.post(bob, 'not persisted yet', { persisted: false, fannedOut: false });
    const own = await house.post(ada, 'my own', { persisted: false, fannedOut: false });
    expect(await home(ada)).toEqual(ids([own, fresh, old]));
    const next = await house.post(bob, 'appended', { persisted: false });
    expect(await home(ada)).toEqual(ids([next, own, fresh, old]));
  });

  it('shows an author the own status before fan-out had a look at it', async () => {
    const cleo = await house.person('cleo');
    expect(await home(cleo)).toEqual([]);
    const status = await house.post(cleo, 'mine', { persisted: false, fannedOut: false });
    expect(await home(cleo)).toEqual(ids([status]));
  });

  it('misses nothing that is appended while it is rebuilt', async () => {
    const [reader, author] = [await house.person('dora'), await house.person('emil')];
    await house.follow(reader, author);
    const all = [await house.post(author, 'first')];
    for (let round = 0; round < 15; round++) {
      await house.vectors.delete(cacheKeys.home(reader.id));
      const [, status] = await Promise.all([
        home(reader),
        // Not in MySQL: either the append lands after the claim, or the author's vector has it before.
        house.post(author, `during rebuild ${round}`, { persisted: false }),
      ]);
      all.push(status);
      expect(await home(reader, '?limit=40')).toEqual(ids(newestFirst(all)));
    }
  });

  it('goes on below the cached window without a seam', async () => {
    const [reader, author] = [await house.person('fritz'), await house.person('gila')];
    await house.follow(reader, author);
    const statuses = [];
    for (let i = 0; i < 55; i++)
      statuses.push(await house.post(author, `number ${i}`, { cached: false, fannedOut: false }));
    // A window over the newest ten only, as a trimmed vector has it.
    await home(reader);
    const key = cacheKeys.home(reader.id);
    const whole = await house.vectors.get(key);
    const vector = decodeTimelineVector(whole?.value ?? Buffer.alloc(0));
    const cut = trimTimeline(vector.header ?? { settleAtMs: 0, floor: 0n }, vector.entries, 10);
    await house.vectors.cas(key, encodeTimelineVector(cut.header, cut.entries), whole?.cas ?? '', 60);
    const expected = ids(newestFirst(statuses));
    expect(await walkPages(house, '/api/v1/timelines/home?limit=7', reader.token)).toEqual(expected);
    expect(await home(reader, `?limit=5&max_id=${expected[7]}`)).toEqual(expected.slice(8, 13));
    expect(await home(reader, `?limit=5&min_id=${expected[13]}`)).toEqual(expected.slice(8, 13));
    expect(await home(reader, `?limit=40&since_id=${expected[20]}`)).toEqual(expected.slice(0, 20));
  });

  it('loses what is deleted and who is unfollowed at once, and fills the page all the same', async () => {
    const [reader, kept, left] = [
      await house.person('hans'),
      await house.person('ida'),
      await house.person('jo'),
    ];
    await house.follow(reader, kept);
    await house.follow(reader, left);
    const statuses = [];
    for (let i = 0; i < 6; i++) statuses.push(await house.post(kept, `kept ${i}`));
    const gone = [await house.post(left, 'left')];
    for (let i = 0; i < 5; i++) gone.push(await house.post(kept, `deleted ${i}`));
    expect((await home(reader)).length).toBe(12);
    for (const status of gone.slice(1)) await house.remove(status);
    await house.unfollow(reader, left);
    expect(await home(reader, '?limit=4')).toEqual(ids(newestFirst(statuses).slice(0, 4)));
    // Even an entry that fan-out appends late does not bring the unfollowed back.
    const late = await house.post(left, 'late');
    await house.vectors.appendMany([cacheKeys.home(reader.id)], encodeEntry(late.id, left.id));
    expect(await home(reader)).toEqual(ids(newestFirst(statuses)));
  });

  it('reads the same after memcached came back empty', async () => {
    const [reader, author] = [await house.person('kai'), await house.person('lea')];
    await house.follow(reader, author);
    const statuses = [];
    for (let i = 0; i < 25; i++) statuses.push(await house.post(author, `number ${i}`));
    const before = await walkPages(house, '/api/v1/timelines/home?limit=10', reader.token);
    expect(before).toEqual(ids(newestFirst(statuses)));
    await Promise.all(house.memcached.map((server) => server.restart()));
    await waitFor(async () => (await house.vectors.add('probe', Buffer.from('x'), 60)) !== 'unavailable', {
      what: 'memcached to be back',
    });
    expect(await walkPages(house, '/api/v1/timelines/home?limit=10', reader.token)).toEqual(before);
  });

  it('tells a gateway what a stream has not seen, oldest first', async () => {
    const [reader, author] = [await house.person('olga'), await house.person('paul')];
    await house.follow(reader, author);
    const [a, b, c, d] = [
      await house.post(author, 'a'),
      await house.post(author, 'b'),
      await house.post(author, 'c'),
      await house.post(author, 'd'),
    ];
    const all = await since(reader, String(a.id));
    expect(all).toMatchObject({ complete: true, gapBelow: null });
    expect(all.statuses.map((item) => item.status.text)).toEqual(['b', 'c', 'd']);
    expect(all.statuses[0]?.author.username).toBe('paul');
    const straggler = await since(reader, `${a.id},${c.id},${d.id}`);
    expect(straggler.statuses.map((item) => item.status.id)).toEqual([b.id]);
    const cut = await since(reader, '0', 2);
    expect(cut.statuses.map((item) => item.status.id)).toEqual([c.id, d.id]);
    expect(cut).toMatchObject({ complete: false, gapBelow: c.id });
    expect(await since(reader, String(d.id))).toEqual({ statuses: [], complete: true, gapBelow: null });
  });

  it('answers internal reads only to the cluster key, and bad cursors with what is allowed', async () => {
    const path = '/internal/home/1/since?cursor=0';
    expect(await house.get(path)).toMatchObject({ status: 401 });
    expect(await house.get(path, 'another key of some length')).toMatchObject({ status: 401 });
    for (const query of [
      '',
      '?cursor=',
      '?cursor=a',
      '?cursor=1,,2',
      '?cursor=0&limit=0',
      '?cursor=0&limit=401',
    ])
      expect(await house.get(`/internal/home/1/since${query}`, CLUSTER_KEY)).toMatchObject({ status: 422 });
    expect(await house.get('/internal/home/x/since?cursor=0', CLUSTER_KEY)).toMatchObject({ status: 404 });
    expect(await house.get(path, CLUSTER_KEY)).toMatchObject({ status: 200 });
  });
});
