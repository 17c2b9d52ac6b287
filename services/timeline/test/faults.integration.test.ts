import { accountRows, addRecentPost, cacheKeys, cacheTtl, statusRows } from '@murmur/cache';
import { encodeEntry, homeSinceFromJson } from '@murmur/model';
import { stopAll, waitFor } from '@murmur/testkit';
import { CLUSTER_KEY, freshId, ids, idsOf, startHouse, type House, type Person } from './support/house.js';

describe('while something is away', () => {
  let house: House;
  let reader: Person;
  let author: Person;
  beforeAll(async () => {
    house = await startHouse();
    reader = await house.person('reader');
    author = await house.person('author');
    await house.follow(reader, author);
  });
  afterAll(stopAll);

  const home = (query = '') => house.get(`/api/v1/timelines/home${query}`, reader.token);
  const since = async (cursor: string) => {
    const answer = await house.get(`/internal/home/${reader.id}/since?cursor=${cursor}`, CLUSTER_KEY);
    return homeSinceFromJson(answer.body);
  };

  it('goes on from the caches when MariaDB is stopped, and is well again when it is back', async () => {
    const stranger = await house.person('stranger');
    const old = await house.post(author, 'old, in MySQL only', { cached: false, fannedOut: false });
    const [a, b] = [await house.post(author, 'a'), await house.post(author, 'b')];
    expect(idsOf(await home())).toEqual(ids([b, a, old]));
    const ofAuthor = `/api/v1/accounts/${author.id}/statuses`;
    expect(idsOf(await house.get(ofAuthor))).toEqual(ids([b, a, old]));
    await house.get('/api/v1/accounts/verify_credentials', stranger.token);
    await house.get('/api/v1/accounts/verify_credentials', author.token);
    const unknown = await house.post(stranger, 'nobody has its row', { cached: false, fannedOut: false });

    await house.mariaDb.kill();
    const c = await postedWithoutMySql();
    expect(idsOf(await home())).toEqual(ids([c, b, a, old]));
    expect(idsOf(await home(`?min_id=${a.id}`))).toEqual(ids([c, b]));
    expect(idsOf(await home(`?max_id=${b.id}`))).toEqual(ids([a, old]));
    expect(idsOf(await house.get(ofAuthor))).toEqual(ids([c, b, a, old]));
    expect((await house.get(`/api/v1/statuses/${c.id}`)).status).toBe(200);
    expect((await house.get(`/api/v1/statuses/${a.id}/context`)).body).toEqual({
      ancestors: [],
      descendants: [],
    });
    expect((await house.get('/api/v1/accounts/verify_credentials', author.token)).status).toBe(200);
    expect((await house.get('/api/v1/instance')).status).toBe(200);
    expect((await since(String(a.id))).statuses.map((item) => item.status.id)).toEqual([b.id, c.id]);
    // The rows of accounts live for minutes only, and MySQL may be away for longer.
    await accountRows(house.rows).forget(author.id);
    expect(idsOf(await home())).toEqual(ids([c, b, a, old]));
    // What nobody knows now is no 404 and no empty page.
    for (const [path, token] of [
      [`/api/v1/statuses/${unknown.id}`, undefined],
      ['/api/v1/timelines/home', stranger.token],
      ['/api/v1/accounts/lookup?acct=author', undefined],
    ] as const) {
      const answer = await house.get(path, token);
      expect(answer.status).toBe(503);
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    }

    await house.mariaDb.restart();
    await waitFor(async () => (await house.get('/api/v1/timelines/home', stranger.token)).status === 200, {
      what: 'the timeline to be well again',
    });
    expect((await house.get(`/api/v1/statuses/${unknown.id}`)).status).toBe(200);
  });

  /** What ingest and fan-out do while MySQL is away. */
  async function postedWithoutMySql() {
    const id = freshId();
    const c = { ...(await lastStatus()), id, text: 'c', createdAtMs: Number(id >> 16n) };
    await statusRows(house.rows).put(c);
    await addRecentPost(
      house.vectors,
      cacheKeys.posts(author.id),
      { id, authorId: author.id },
      cacheTtl.posts,
    );
    await house.vectors.appendMany([cacheKeys.home(reader.id)], encodeEntry(id, author.id));
    return c;
  }
  async function lastStatus() {
    const { statuses } = await since('0');
    const last = statuses.at(-1);
    if (last === undefined) throw new Error('the home is empty');
    return last.status;
  }

  it('reads from MySQL when both memcached are gone', async () => {
    const before = idsOf(await home());
    await Promise.all(house.memcached.map((server) => server.kill()));
    await waitFor(async () => (await house.vectors.add('probe', Buffer.from('x'), 1)) === 'unavailable', {
      what: 'memcached to be gone',
    });
    const without = idsOf(await home());
    // The one that was never persisted lived in the caches only.
    expect(without).toEqual(before.filter((id) => without.includes(id)));
    expect(without.length).toBeGreaterThanOrEqual(before.length - 1);
    await Promise.all(house.memcached.map((server) => server.restart()));
  });

  it('does not need ZooKeeper once it has been read', async () => {
    await house.zooKeeper.kill();
    const status = await house.post(author, 'without ZooKeeper');
    await waitFor(async () => idsOf(await home()).includes(String(status.id)), {
      what: 'the status in the home',
    });
    expect((await fetch(`${house.url}/health`)).status).toBe(200);
  });
});
