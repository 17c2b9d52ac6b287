import { jest } from '@jest/globals';
import { connectDiscovery } from '@murmur/discovery';
import { freePort, startZooKeeper, stopAll, waitFor, type TestServer } from '@murmur/testkit';

jest.setTimeout(60_000);

const log = { info: () => undefined, warn: () => undefined };
const ROUNDS = 20;
/** Turns of the event loop between the opening and the close: from before there is a socket to after the handshake. */
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

let zookeeper: TestServer;
beforeAll(async () => {
  zookeeper = await startZooKeeper();
});
afterAll(stopAll);

/** Opens, takes part in everything, and closes after each number of turns. */
async function openAndClose(zk: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round += 1) {
    const discovery = connectDiscovery({ zk, sessionTimeoutMs: 10_000, log });
    discovery.watchLeader('/close', (_label, text) => text);
    discovery.elect('/close', { label: 'json.info', text: '{}' });
    await turns(round);
    await discovery.close();
  }
}

describe('a discovery that is closed right after it began to connect', () => {
  it('closes while ZooKeeper answers', async () => {
    await openAndClose(`127.0.0.1:${String(zookeeper.port)}`);
    await waitFor(() => !process.getActiveResourcesInfo().includes('TCPSocketWrap'), {
      what: 'every connection to be closed',
    });
  });

  it('closes while the port is refused, and does not try again', async () => {
    const port = await freePort();
    await openAndClose(`127.0.0.1:${String(port)}`);
    const late = connectDiscovery({ zk: `127.0.0.1:${String(port)}`, sessionTimeoutMs: 10_000, log });
    // Between two attempts: the first was refused, the next waits.
    await turns(50);
    await late.close();
    expect(late.connected()).toBe(false);
  });
});

describe('a discovery whose ZooKeeper is not there', () => {
  it('says so in the log, with its address, until it is closed', async () => {
    const zk = `127.0.0.1:${String(await freePort())}`;
    const warn = jest.fn();
    const discovery = connectDiscovery({ zk, sessionTimeoutMs: 1000, log: { ...log, warn } });
    await waitFor(() => warn.mock.calls.length >= 2, { what: 'two warnings' });
    await discovery.close();
    expect(warn).toHaveBeenCalledWith({ zk, session: 1 }, 'zookeeper: out of reach, trying on');
  });
});
