import { jest } from '@jest/globals';
import { connectDiscovery, type Discovery, type Member, type ServerSet } from '@murmur/discovery';
import { silentLog } from '@murmur/service';
import { startZooKeeper, stopAll, waitFor, type TestServer, type Wire } from '@murmur/testkit';
import { startTestKestrel } from '../server.js';

jest.setTimeout(90_000);

let zookeeper: TestServer;
let discovery: Discovery;
let sets: readonly ServerSet[];

beforeEach(async () => {
  zookeeper = await startZooKeeper();
  discovery = connectDiscovery({
    zk: `127.0.0.1:${zookeeper.port}`,
    sessionTimeoutMs: 10_000,
    log: silentLog(),
  });
  sets = ['read', 'write'].map((name) => discovery.watch(`/aurora/murmur/test/kestrel/${name}`));
});

afterEach(async () => {
  await discovery.close();
  await stopAll();
});

const zk = (): string => `127.0.0.1:${zookeeper.port}`;

/** Waits until the read set and the write set have so many members. */
const are = (...sizes: number[]): Promise<true> =>
  waitFor(() => sets.every((set, i) => set.members().length === sizes[i]), {
    what: `members ${sizes.join()}`,
    timeoutMs: 40_000,
  });

async function change(wire: Wire, status: string): Promise<void> {
  await wire.play([
    ['>', `status ${status}\r\n`],
    ['<', 'END\r\n'],
  ]);
}

describe('the ServerSets', () => {
  it('list the server as far as its status allows, and not at all once it stops', async () => {
    const kestrel = await startTestKestrel({}, { zk: zk(), instance: '3' });
    await are(1, 1);
    const here = (port: number) => ({ host: '127.0.0.1', port });
    expect(sets[0]?.members()[0]).toMatchObject({
      serviceEndpoint: here(kestrel.memcachePort),
      additionalEndpoints: {
        memcache: here(kestrel.memcachePort),
        text: here(kestrel.textPort),
        thrift: here(kestrel.thriftPort),
        admin: here(kestrel.port),
      },
      shard: 3,
    } satisfies Partial<Member>);
    const wire = await kestrel.connect();
    for (const [status, ...sizes] of [
      ['readOnly', 1, 0],
      ['up', 1, 1],
      ['quiescent', 0, 0],
      ['writeAvoid', 1, 0],
      ['up', 1, 1],
    ] as const) {
      await change(wire, status);
      await are(...sizes);
    }
    await kestrel.stop();
    await are(0, 0);
  });

  it('are left before a stricter status is enforced', async () => {
    const kestrel = await startTestKestrel({}, { zk: zk() });
    await are(1, 1);
    const wire = await kestrel.connect();
    await change(wire, 'readOnly');
    await waitFor(
      async () => {
        await wire.send('flush q\r\n');
        return (await wire.readUntil()) === 'SERVER_ERROR';
      },
      { what: 'readOnly to be enforced' },
    );
    // Who asks ZooKeeper now does not find it any more.
    const asker = connectDiscovery({ zk: zk(), sessionTimeoutMs: 10_000, log: silentLog() });
    const writers = asker.watch('/aurora/murmur/test/kestrel/write');
    await writers.ready(20_000);
    expect(writers.members()).toEqual([]);
    await asker.close();
  });

  it('have nothing of a server that begins quiescent, and have it again after ZooKeeper was away', async () => {
    const kestrel = await startTestKestrel(
      { defaultStatus: 'quiescent' },
      { zk: zk(), sessionTimeoutMs: 2000 },
    );
    const wire = await kestrel.connect();
    await change(wire, 'up');
    await are(1, 1);
    const [before] = sets[0]?.members() ?? [];
    await zookeeper.kill();
    await zookeeper.restart();
    await are(1, 1);
    expect(sets[0]?.members()[0]).toMatchObject({ serviceEndpoint: before?.serviceEndpoint });
  });
});
