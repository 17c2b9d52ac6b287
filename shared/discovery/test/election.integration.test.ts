import { jest } from '@jest/globals';
import {
  connectDiscovery,
  type Contender,
  type ContenderState,
  type Discovery,
  type DiscoveryOptions,
  type LeaderWatch,
} from '@murmur/discovery';
import { onStopAll, startZooKeeper, stopAll, waitFor, type TestServer } from '@murmur/testkit';
import { openSession } from '../src/zookeeper.js';
import { startProxy } from './support/proxy.js';

jest.setTimeout(90_000);

const log = { info: () => undefined, warn: () => undefined };
let paths = 0;
const freshPath = (): string => `/elections/mesos${String((paths += 1))}`;
const json = (_label: string | null, text: string): string | null => (text.startsWith('{') ? text : null);

let zookeeper: TestServer;
const open = (options: Partial<DiscoveryOptions> = {}): Discovery => {
  const discovery = connectDiscovery({
    zk: `127.0.0.1:${String(zookeeper.port)}`,
    sessionTimeoutMs: 10_000,
    log,
    ...options,
  });
  onStopAll(() => discovery.close());
  return discovery;
};
const stand = (discovery: Discovery, path: string, name: string): Contender =>
  discovery.elect(path, { label: 'json.info', text: `{"id":"${name}"}` });
const becomes = (contender: Contender, state: ContenderState): Promise<unknown> =>
  waitFor(() => contender.state() === state, { what: `a contender to be ${state}` });
const shows = (watch: LeaderWatch<string>, name: string | null): Promise<unknown> =>
  waitFor(() => watch.leader() === (name === null ? null : `{"id":"${name}"}`), {
    what: `leader ${String(name)}`,
  });

/** A bare session, to make and remove nodes by hand. */
async function byHand() {
  let up = false;
  const session = openSession({
    zk: `127.0.0.1:${String(zookeeper.port)}`,
    sessionTimeoutMs: 10_000,
    onConnected: () => (up = true),
    onDisconnected: () => undefined,
    onExpired: () => undefined,
  });
  onStopAll(() => session.close());
  await waitFor(() => up, { what: 'a session' });
  return session;
}

beforeAll(async () => {
  zookeeper = await startZooKeeper();
});
afterAll(stopAll);

describe('an election on a real ZooKeeper', () => {
  it('is led by who came first, and by the next when that one is gone', async () => {
    const path = freshPath();
    const watch = open().watchLeader(path, json);
    await watch.ready(20_000);
    expect(watch.leader()).toBeNull();
    const firstDiscovery = open();
    const first = stand(firstDiscovery, path, 'first');
    await becomes(first, 'leader');
    const second = stand(open(), path, 'second');
    await becomes(second, 'candidate');
    await shows(watch, 'first');
    await firstDiscovery.close();
    await becomes(second, 'leader');
    await shows(watch, 'second');
    await second.resign();
    expect(second.state()).toBe('resigned');
    await shows(watch, null);
  });

  it('writes nodes as Mesos does, and passes over children that take no part', async () => {
    const path = freshPath();
    const hand = await byHand();
    await hand.makeParents(`${path}/log_replicas`);
    const contender = stand(open(), path, 'one');
    await becomes(contender, 'leader');
    const names = (await hand.children(path)).sort();
    expect(names).toEqual([expect.stringMatching(/^json\.info_\d{10}$/), 'log_replicas']);
    const watch = open().watchLeader(path, json);
    await shows(watch, 'one');
  });

  it('has no leader for who cannot read it', async () => {
    const path = freshPath();
    const hand = await byHand();
    await hand.makeParents(path);
    const old = await hand.createEphemeral(`${path}/info_`, '\u0001protobuf', true);
    const watch = open().watchLeader(path, (label, text) => (label === 'json.info' ? text : null));
    await watch.ready(20_000);
    const contender = stand(open(), path, 'next');
    await becomes(contender, 'candidate');
    expect(watch.leader()).toBeNull();
    await hand.remove(old);
    await becomes(contender, 'leader');
    await shows(watch, 'next');
  });

  it('is lost by a leader whose node was removed, and a follower contends again', async () => {
    const path = freshPath();
    const hand = await byHand();
    const leader = stand(open(), path, 'leader');
    await becomes(leader, 'leader');
    const follower = stand(open(), path, 'follower');
    await becomes(follower, 'candidate');
    const nodes = (await hand.children(path)).sort();
    await hand.remove(`${path}/${String(nodes[1])}`);
    await waitFor(async () => (await hand.children(path)).length === 2, { what: 'the follower to be back' });
    await hand.remove(`${path}/${String(nodes[0])}`);
    await becomes(leader, 'lost');
    await becomes(follower, 'leader');
    expect(leader.state()).toBe('lost');
  });
});

describe('a ZooKeeper that goes away', () => {
  it('leaves the leader known, and the same leader leads when it is back in time', async () => {
    const path = freshPath();
    const watcher = open({ sessionTimeoutMs: 30_000 });
    const watch = watcher.watchLeader(path, json);
    const contender = stand(open({ sessionTimeoutMs: 30_000 }), path, 'steady');
    await becomes(contender, 'leader');
    await shows(watch, 'steady');
    const seen: (string | null)[] = [];
    watch.onChange((leader) => seen.push(leader));
    await zookeeper.kill();
    await waitFor(() => !watcher.connected(), { what: 'the loss to be noticed' });
    expect(watch.leader()).toBe('{"id":"steady"}');
    await zookeeper.restart();
    await waitFor(() => watcher.connected(), { what: 'the connection' });
    await shows(watch, 'steady');
    expect([contender.state(), seen]).toEqual(['leader', []]);
  });

  it('tells a leader that it has lost before anyone else can lead, and others follow the next', async () => {
    const path = freshPath();
    const proxy = await startProxy(zookeeper.port);
    const cutOff = open({ zk: `127.0.0.1:${String(proxy.port)}`, sessionTimeoutMs: 2_000 });
    const first = stand(cutOff, path, 'first');
    await becomes(first, 'leader');
    const order: string[] = [];
    first.onChange((state) => order.push(`first ${state}`));
    const second = stand(open(), path, 'second');
    second.onChange((state) => order.push(`second ${state}`));
    await becomes(second, 'candidate');
    const watch = cutOff.watchLeader(path, json);
    await shows(watch, 'first');
    proxy.cut();
    await becomes(first, 'lost');
    await becomes(second, 'leader');
    expect(order.filter((entry) => entry !== 'second candidate')).toEqual(['first lost', 'second leader']);
    proxy.mend();
    await shows(watch, 'second');
    expect(first.state()).toBe('lost');
  });
});

describe('an election with a user', () => {
  it('is read by all and changed by this user only', async () => {
    const path = `/guarded${String((paths += 1))}/mesos`;
    const contender = stand(open({ auth: 'murmur:secret' }), path, 'mine');
    await becomes(contender, 'leader');
    const watch = open().watchLeader(path, json);
    await shows(watch, 'mine');
    const hand = await byHand();
    const [node] = await hand.children(path);
    await expect(hand.remove(`${path}/${String(node)}`)).rejects.toThrow('NO_AUTH');
    await expect(hand.createEphemeral(`${path}/json.info_`, '{}', true)).rejects.toThrow('NO_AUTH');
  });
});
