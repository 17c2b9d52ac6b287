import { connect, createServer, type AddressInfo } from 'node:net';
import { aliveMember, connectDiscovery } from '@murmur/discovery';
import { freePort, onStopAll, startZooKeeper, stopAll } from '@murmur/testkit';
import type { Cluster } from '../src/clusters-core.js';
import { schedulerUrls } from '../src/leader.js';
import { isLocal } from '../src/sandbox.js';
import { openTunnel } from '../src/tunnel.js';
import { aurora, configRoot, fakeScheduler } from './cli.js';

const quiet = { info: () => undefined, warn: () => undefined };
const PATH = '/aurora/scheduler';

afterAll(() => stopAll());

describe('a cluster that is found through ZooKeeper', () => {
  it('is asked at the one member of its path, and at nobody while there are two', async () => {
    const zooKeeper = await startZooKeeper();
    const discovery = connectDiscovery({
      zk: `127.0.0.1:${zooKeeper.port}`,
      sessionTimeoutMs: 10_000,
      log: quiet,
    });
    onStopAll(() => discovery.close());
    const { url } = await fakeScheduler(() => ({ json: { items: [], total: 0 } }));
    discovery.announce(PATH, aliveMember({ host: '127.0.0.1', port: Number(new URL(url).port) }));
    const entry = { name: 'far', zk: '127.0.0.1', zk_port: zooKeeper.port, scheduler_zk_path: PATH };
    const { env } = await configRoot([entry]);
    expect(await aurora(['job', 'list', 'far'], { env })).toEqual({ code: 0, stdout: '', stderr: '' });
    discovery.announce(PATH, aliveMember({ host: '127.0.0.1', port: 1 }));
    const set = discovery.watch(PATH);
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (set.members().length === 2) resolve();
      };
      set.onChange(look);
      look();
    });
    const cluster: Cluster = {
      ...{ name: 'far', file: 'x', uris: [], proxyUrl: null, auth: 'UNAUTHENTICATED', tokenFile: null },
      ...{ zk: `127.0.0.1:${zooKeeper.port}`, schedulerZkPath: PATH },
    };
    await expect(schedulerUrls(cluster, undefined, 1_000)).rejects.toMatchObject({
      exit: 'NETWORK_ERROR',
      message: expect.stringContaining('2 members at') as string,
    });
  }, 120_000);

  it('is not waited for without end where ZooKeeper is silent', async () => {
    const zk = `127.0.0.1:${await freePort()}`;
    const cluster: Cluster = {
      ...{ name: 'far', file: 'x', uris: [], proxyUrl: null, auth: 'UNAUTHENTICATED', tokenFile: null },
      ...{ zk, schedulerZkPath: PATH },
    };
    await expect(schedulerUrls(cluster, undefined, 300)).rejects.toThrow('ZooKeeper does not answer');
  }, 60_000);
});

describe('a tunnel', () => {
  it.each(['127.0.0.1', 'medium.localhost'])(
    'passes bytes on both ways to %s, and is gone once closed',
    async (host) => {
      const echo = createServer((socket) => socket.pipe(socket));
      await new Promise<void>((resolve) => echo.listen(0, '127.0.0.1', resolve));
      onStopAll(() => new Promise<void>((resolve) => void echo.close(() => resolve())));
      const local = await freePort();
      const tunnel = await openTunnel(local, host, (echo.address() as AddressInfo).port);
      await expect(openTunnel(local, '127.0.0.1', 1)).rejects.toThrow(`cannot listen on port ${local}`);
      const socket = connect(local, '127.0.0.1');
      const said = await new Promise((resolve) => {
        socket.setEncoding('utf8').once('data', resolve);
        socket.write('hello');
      });
      expect(said).toBe('hello');
      const closed = new Promise((resolve) => socket.once('close', resolve));
      tunnel.close();
      await closed;
    },
    30_000,
  );
});

describe('a host', () => {
  it('is this machine by any of its addresses', () => {
    expect(['localhost', 'big.localhost', '127.0.0.1', '127.1.2.3', '::1'].every(isLocal)).toBe(true);
    expect(isLocal('agent-17.example')).toBe(false);
    expect(isLocal('notlocalhost')).toBe(false);
  });
});
