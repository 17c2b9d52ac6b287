/** Kill and fault tests of the whole suite: every 200 is in MySQL, in every home and on every screen, once. */
import { connect } from 'node:net';
import { waitFor } from '@murmur/testkit';
import { gather, type Crowd } from './support/crowd.js';
import { startSuite, type Suite } from './support/suite.js';

const OUTAGE_MS = 20_000;
const pause = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms));

let suite: Suite;
let crowd: Crowd;

beforeAll(async () => {
  suite = await startSuite();
  crowd = await gather(suite, 6);
}, 300_000);

afterAll(async () => {
  crowd.close();
  await suite.stop();
}, 60_000);

describe('kill -9 in the middle of a run of posts loses nothing and doubles nothing', () => {
  it.each(['ingest-0', 'fanout-0', 'timeline-0', 'persister-0', 'push-gateway-0', 'kestrel-0', 'edge-0'])(
    'of %s',
    async (task) => {
      const ids = await crowd.postDuring(async () => {
        await suite.kill(task);
        await pause(1_000);
        await suite.healthy(task);
      });
      await crowd.expectEverywhereOnce(ids);
    },
    240_000,
  );

  it('of all instances of fan-out at once', async () => {
    const ids = await crowd.postDuring(async () => {
      await Promise.all([suite.kill('fanout-0'), suite.kill('fanout-1')]);
      await suite.healthy('fanout-0');
      await suite.healthy('fanout-1');
    });
    await crowd.expectEverywhereOnce(ids);
  }, 240_000);
});

describe('a dependency away for 20 s', () => {
  it('MariaDB: posts and reads of recent statuses go on, and all is persisted after', async () => {
    const [author, follower] = [crowd.authors[0], crowd.followers[0]];
    if (author === undefined || follower === undefined) throw new Error('a crowd has authors and followers');
    let readWhileAway: string[] = [];
    let postedWhileAway = '';
    const ids = await crowd.postDuring(async () => {
      await suite.halt('mariadb');
      const back = pause(OUTAGE_MS);
      postedWhileAway = await crowd.api.postSurely(author, 'posted while MariaDB is away', 5_000);
      const seen = async (): Promise<boolean> => {
        readWhileAway = (await crowd.api.pages('/api/v1/timelines/home?limit=5', follower.token, 1)).map(
          (s) => s.id,
        );
        return readWhileAway.length > 0 && crowd.screens.every((s) => s.shown().includes(postedWhileAway));
      };
      await waitFor(seen, { timeoutMs: 15_000, what: 'the post on every screen while MariaDB is away' });
      await back;
      await suite.resume('mariadb');
    });
    await crowd.expectEverywhereOnce([...ids, postedWhileAway]);
  }, 300_000);

  it('ZooKeeper: running traffic is not hurt', async () => {
    let refused = 0;
    const ids = await crowd.postDuring(async () => {
      await suite.halt('zookeeper');
      const until = Date.now() + OUTAGE_MS;
      while (Date.now() < until) {
        const answer = await crowd.api.request('GET', '/api/v1/timelines/home', {
          token: crowd.followers[0]?.token ?? '',
        });
        await answer.arrayBuffer();
        if (answer.status !== 200) refused++;
        await pause(250);
      }
      await suite.resume('zookeeper');
    });
    expect(refused).toBe(0);
    await crowd.expectEverywhereOnce(ids);
  }, 300_000);
});

describe('a memcached restarted empty', () => {
  it('changes no timeline', async () => {
    const before = await Promise.all(crowd.followers.map((f) => crowd.api.home(f)));
    for (const task of ['memcached-rows-0', 'memcached-vectors-0']) {
      await suite.kill(task);
      await suite.healthy(task);
    }
    for (const [i, follower] of crowd.followers.entries()) {
      const same = async (): Promise<boolean> =>
        JSON.stringify((await crowd.api.home(follower).catch(() => [])).map((s) => s.id)) ===
        JSON.stringify(before[i]?.map((s) => s.id));
      await waitFor(same, { timeoutMs: 30_000, what: 'the home as it was before', everyMs: 250 });
    }
  }, 120_000);

  it('in the middle of a run of posts loses nothing', async () => {
    const ids = await crowd.postDuring(async () => {
      await suite.kill('memcached-vectors-1');
      await suite.healthy('memcached-vectors-1');
    });
    await crowd.expectEverywhereOnce(ids);
  }, 240_000);
});

describe('a reader', () => {
  it('who is too slow is dropped, and nobody else waits', async () => {
    const [author, slow] = [crowd.authors[0], crowd.followers[0]];
    if (author === undefined || slow === undefined) throw new Error('a crowd has authors and followers');
    const { hostname, port } = new URL(suite.url);
    const before = await suite.metric('push-gateway', 'murmur_push_dropped_slow_total');
    const socket = connect({ host: hostname, port: Number(port) });
    socket.on('error', () => undefined);
    socket.write(
      `GET /api/v1/streaming/user HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${slow.token}\r\n\r\n`,
    );
    socket.pause();
    // Every quote is six bytes of HTML: some 6 KB an event, so that the sockets on the way are full soon.
    const long = '"'.repeat(450);
    let posted = 0;
    const dropped = async (): Promise<boolean> => {
      const ids = await Promise.all(
        Array.from({ length: 50 }, () => crowd.api.postSurely(author, `${posted++} ${long}`)),
      );
      await waitFor(() => crowd.screens.slice(1).every((s) => ids.every((id) => s.shown().includes(id))), {
        timeoutMs: 30_000,
        what: 'the others to be served while one does not read',
      });
      return (await suite.metric('push-gateway', 'murmur_push_dropped_slow_total')) > before;
    };
    await waitFor(dropped, { timeoutMs: 240_000, what: 'the slow reader to be dropped' });
    socket.destroy();
  }, 300_000);

  it('whose connection is cut again and again sees every status once', async () => {
    const ids = await crowd.postDuring(async () => {
      for (let i = 0; i < 8; i++) {
        await pause(300);
        for (const screen of crowd.screens) screen.cut();
      }
    });
    await crowd.expectEverywhereOnce(ids);
  }, 180_000);
});
