import { jest } from '@jest/globals';
import { rm } from 'node:fs/promises';
import {
  aliveMember,
  connectDiscovery,
  type Discovery,
  type DiscoveryOptions,
  type ServerSet,
} from '@murmur/discovery';
import { onStopAll, startZooKeeper, stopAll, waitFor, type TestServer } from '@murmur/testkit';
import { startProxy } from './support/proxy.js';

jest.setTimeout(60_000);

const log = { info: () => undefined, warn: () => undefined };
const PATH = '/aurora/murmur/test';
let paths = 0;
const freshPath = (): string => `${PATH}/job${String((paths += 1))}`;
const at = (port: number) => aliveMember({ host: '127.0.0.1', port });
const ports = (set: ServerSet): number[] =>
  set
    .members()
    .map((member) => member.serviceEndpoint.port)
    .sort((a, b) => a - b);

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
const sees = (set: ServerSet, wanted: number[]): Promise<unknown> =>
  waitFor(() => JSON.stringify(ports(set)) === JSON.stringify(wanted), {
    what: `${set.path} to list ${wanted.join()}`,
  });

beforeAll(async () => {
  zookeeper = await startZooKeeper();
});
afterAll(stopAll);

describe('ServerSets on a real ZooKeeper', () => {
  it('shows who is announced, updated and withdrawn', async () => {
    const path = freshPath();
    const set = open().watch(path);
    const announcer = open();
    await set.ready(10_000);
    expect(set.members()).toEqual([]);
    const first = announcer.announce(path, {
      ...at(1),
      shard: 0,
      additionalEndpoints: { health: { host: 'h', port: 9 } },
    });
    const second = announcer.announce(path, at(2));
    await sees(set, [1, 2]);
    expect(set.members().find((member) => member.shard === 0)?.additionalEndpoints).toEqual({
      health: { host: 'h', port: 9 },
    });
    expect(set.members()[0]?.name).toMatch(/^member_\d{10}$/);
    await second.update({ ...at(2), status: 'STOPPING' });
    await sees(set, [1]);
    await first.withdraw();
    await sees(set, []);
    await expect(first.update(at(3))).rejects.toThrow('update after withdraw');
  });

  it('takes the members of a closed discovery away at once', async () => {
    const path = freshPath();
    const set = open().watch(path);
    const announcer = open();
    announcer.announce(path, at(1));
    await sees(set, [1]);
    await announcer.close();
    await sees(set, []);
  });

  it('keeps the known members while ZooKeeper is away, and goes on afterwards', async () => {
    const path = freshPath();
    const watcher = open();
    const set = watcher.watch(path);
    const announcer = open();
    announcer.announce(path, at(1));
    await sees(set, [1]);
    const changes: number[][] = [];
    set.onChange(() => changes.push(ports(set)));
    await zookeeper.kill();
    await waitFor(() => !watcher.connected() && !announcer.connected(), { what: 'both to notice' });
    expect(ports(set)).toEqual([1]);
    const late = announcer.announce(path, at(2));
    await zookeeper.restart();
    await sees(set, [1, 2]);
    await late.withdraw();
    await sees(set, [1]);
    expect(changes.filter((list) => list.length === 0)).toEqual([]);
  });

  it('notices a ZooKeeper that is silent but connected', async () => {
    const discovery = open({ sessionTimeoutMs: 1_500 });
    const set = discovery.watch(freshPath());
    await set.ready(10_000);
    zookeeper.pause();
    try {
      await waitFor(() => !discovery.connected(), { what: 'the silence to be noticed' });
    } finally {
      zookeeper.resume();
    }
    await waitFor(() => discovery.connected(), { what: 'the connection' });
  });

  it('starts while ZooKeeper is away', async () => {
    await zookeeper.kill();
    const discovery = open();
    const path = freshPath();
    const set = discovery.watch(path);
    discovery.announce(path, at(5));
    await expect(set.ready(1)).rejects.toThrow(`${path} was not read from ZooKeeper within 1 ms`);
    await zookeeper.restart();
    await sees(set, [5]);
  });
});

describe('an expired session', () => {
  it('is replaced: announced again, watched again, the own view never empty', async () => {
    const path = freshPath();
    const others = open().watch(path);
    const proxy = await startProxy(zookeeper.port);
    const discovery = open({ zk: `127.0.0.1:${String(proxy.port)}`, sessionTimeoutMs: 1_000 });
    const set = discovery.watch(path);
    const lease = discovery.lease(freshPath(), 5);
    discovery.announce(path, at(1));
    await sees(set, [1]);
    await sees(others, [1]);
    expect(await lease.acquired(10_000)).toBe(0);
    const before = set.members()[0]?.name;
    const seen: number[][] = [];
    set.onChange(() => seen.push(ports(set)));
    proxy.cut();
    await sees(others, []);
    expect([lease.current(), ports(set)]).toEqual([null, [1]]);
    proxy.mend();
    await sees(others, [1]);
    await waitFor(() => set.members()[0]?.name !== before && ports(set).join() === '1', {
      what: 'a new member',
    });
    expect(seen.filter((list) => !list.includes(1))).toEqual([]);
    await waitFor(() => lease.current() !== null, { what: 'a new lease' });
    discovery.announce(path, at(2));
    await sees(set, [1, 2]);
  });

  it('is noticed when ZooKeeper comes back without its data', async () => {
    const path = freshPath();
    const discovery = open();
    const set = discovery.watch(path);
    discovery.announce(path, at(1));
    await sees(set, [1]);
    await zookeeper.kill();
    await rm(`${zookeeper.folder}/data`, { recursive: true });
    await zookeeper.restart();
    await sees(open().watch(path), [1]);
    expect(ports(set)).toEqual([1]);
  });
});

describe('number leases', () => {
  it('give twenty contenders twenty numbers, and a released one to the next', async () => {
    const path = freshPath();
    const shared = open();
    const contenders = [
      ...Array.from({ length: 5 }, () => open()),
      ...Array.from({ length: 15 }, () => shared),
    ];
    const leases = contenders.map((each) => each.lease(path, 19));
    const numbers = await Promise.all(leases.map((lease) => lease.acquired(20_000)));
    expect([...numbers].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
    const late = shared.lease(path, 19);
    expect(late.current()).toBeNull();
    await leases[7]?.release();
    expect(leases[7]?.current()).toBeNull();
    expect(await late.acquired(20_000)).toBe(numbers[7]);
  });

  it('are kept through an outage shorter than the session, and given up near its end', async () => {
    const discovery = open({ sessionTimeoutMs: 2_000 });
    const lease = discovery.lease(freshPath(), 3);
    const number = await lease.acquired(10_000);
    await zookeeper.kill();
    await waitFor(() => !discovery.connected(), { what: 'the loss' });
    expect(lease.current()).toBe(number);
    await zookeeper.restart();
    await waitFor(() => discovery.connected(), { what: 'the connection' });
    await waitFor(() => lease.current() === number, { what: 'the same number' });
    await zookeeper.kill();
    await waitFor(() => lease.current() === null, { what: 'the lease to be given up without ZooKeeper' });
    await zookeeper.restart();
    await lease.acquired(20_000);
  });

  it('end with the process that held them', async () => {
    const path = freshPath();
    const first = open();
    expect(await first.lease(path, 0).acquired(10_000)).toBe(0);
    const second = open().lease(path, 0);
    await first.close();
    expect(await second.acquired(20_000)).toBe(0);
  });
});

describe('bad input', () => {
  it('refuses a path that ZooKeeper would refuse later', () => {
    const discovery = open();
    expect(() => discovery.watch('a//b/')).toThrow('path is "a//b/", allowed is');
  });

  it('passes over nodes that are no members', async () => {
    const path = freshPath();
    const discovery = open();
    const set = discovery.watch(path);
    discovery.lease(path, 3);
    discovery.announce(path, at(4));
    await sees(set, [4]);
  });
});
