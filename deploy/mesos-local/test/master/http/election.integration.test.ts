import { jest } from '@jest/globals';
import { connectDiscovery } from '@murmur/discovery';
import { onStopAll, startZooKeeper, stopAll, tempFolder, waitFor, type TestServer } from '@murmur/testkit';
import { readMasterInfo } from '../../../src/master/identity-core.js';
import { ask, leads, stageMaster } from './stage.js';

jest.setTimeout(120_000);

let zookeeper: TestServer;
beforeAll(async () => {
  zookeeper = await startZooKeeper();
});
afterAll(stopAll);

describe('masters with a ZooKeeper', () => {
  it('agree on one, redirect to it, and the next takes over with what was stored', async () => {
    const zk = `zk://127.0.0.1:${zookeeper.port}/mesos`;
    const workDir = await tempFolder();
    const first = await stageMaster({ zk, workDir });
    await leads(first);
    const lost: string[] = [];
    const second = await stageMaster({ zk, workDir }, { onLost: () => lost.push('second') });
    const redirected = async (): Promise<boolean> => (await ask(`${second.url}/state`)).status === 307;
    await waitFor(redirected, { what: 'the second to know the first', timeoutMs: 60_000 });
    const location = async (path: string): Promise<string | null> =>
      (await ask(second.url + path)).headers.get('location');
    const leader = `//localhost:${first.running.port}`;
    expect(await location('/master/tasks?limit=1')).toBe(`${leader}/master/tasks?limit=1`);
    expect(await location('/redirect')).toBe(leader);
    expect((await ask(`${second.url}/redirect/x`)).status).toBe(404);
    expect((await ask(`${second.url}/health`)).status).toBe(200);
    expect((await ask(`${second.url}/metrics/snapshot`)).text).toContain('"master/elected":0');
    expect((await ask(`${second.url}/api/v1/scheduler`, { method: 'POST' })).status).toBe(307);
    const put = { method: 'PUT', body: '[{"role":"prod","weight":4}]' };
    expect((await ask(`${first.url}/weights`, put)).status).toBe(200);

    const discovery = connectDiscovery({
      zk: `127.0.0.1:${zookeeper.port}`,
      sessionTimeoutMs: 10_000,
      log: { info: () => undefined, warn: () => undefined },
    });
    onStopAll(() => discovery.close());
    const watch = discovery.watchLeader('/mesos', readMasterInfo);
    await waitFor(() => watch.leader()?.id === first.running.id, { what: 'the first in ZooKeeper' });
    expect(watch.leader()).toMatchObject({
      ip: 16777343,
      port: first.running.port,
      pid: `master@127.0.0.1:${first.running.port}`,
      address: { hostname: 'localhost', ip: '127.0.0.1', port: first.running.port },
    });

    await first.running.stop();
    await leads(second);
    expect((await ask(`${second.url}/weights`)).text).toBe('[{"weight":4,"role":"prod"}]');
    await waitFor(() => watch.leader()?.id === second.running.id, { what: 'the second in ZooKeeper' });
    expect(lost).toEqual([]);
  });

  it('answer 503 while ZooKeeper was never there, and lead once it is', async () => {
    await zookeeper.kill();
    const master = await stageMaster({ zk: `zk://127.0.0.1:${zookeeper.port}/late` });
    const answer = await ask(`${master.url}/state`);
    expect([answer.status, answer.text]).toEqual([503, 'No leader elected']);
    expect((await ask(`${master.url}/redirect`)).status).toBe(503);
    await zookeeper.restart();
    await leads(master);
  });

  it('are told when they have lost', async () => {
    const lost: string[] = [];
    const master = await stageMaster(
      { zk: `zk://127.0.0.1:${zookeeper.port}/lost`, zkSessionTimeout: '2secs' },
      { onLost: () => lost.push('lost') },
    );
    await leads(master);
    await zookeeper.kill();
    await waitFor(() => lost.length > 0, { what: 'the loss', timeoutMs: 60_000 });
    expect((await ask(`${master.url}/state`)).status).not.toBe(200);
    await zookeeper.restart();
  });
});
