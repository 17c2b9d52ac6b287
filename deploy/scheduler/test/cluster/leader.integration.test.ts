import { startSimulatedAgents } from '@murmur/mesos-local';
import { createSchedulerClient } from '@murmur/scheduler-api';
import { silentLog } from '@murmur/service';
import { onStopAll, startZooKeeper, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import {
  jobOf,
  READY_MS,
  ready,
  running,
  startMaster,
  startScheduler,
  type TestScheduler,
} from './harness.js';

describe('two schedulers of one cluster', () => {
  let first: TestScheduler;
  let second: TestScheduler;

  const leaderHealth = async ({ url }: TestScheduler): Promise<number> =>
    (await fetch(`${url}/leaderhealth`, { signal: AbortSignal.timeout(10_000) })).status;

  beforeAll(async () => {
    const zooKeeper = await startZooKeeper();
    const master = await startMaster();
    const agents = startSimulatedAgents({
      ...{ master: `127.0.0.1:${master.port}`, count: 2, clusterKey: '', zkSessionTimeoutMs: 10_000 },
      ...{ resources: 'cpus:4;mem:4096;disk:4096;ports:[31000-31100]', log: silentLog() },
    });
    onStopAll(() => agents.stop());
    const flags = [
      ...['--zk', `zk://127.0.0.1:${zooKeeper.port}/election`, '--zk-session-timeout-ms', '4000'],
      ...['--thermos-executor-path', '/nowhere', '--data', await tempFolder()],
    ];
    first = await startScheduler(`127.0.0.1:${master.port}`, flags);
    await ready(first);
    second = await startScheduler(`127.0.0.1:${master.port}`, flags);
    await waitFor(async () => (await leaderHealth(second)) === 503, {
      what: 'the second one to know the first',
      timeoutMs: READY_MS,
    });
  }, 240_000);

  afterAll(() => stopAll(), 60_000);

  it('have one leader, and the other one leads to it', async () => {
    expect([await leaderHealth(first), await leaderHealth(second)]).toEqual([200, 503]);
    await second.client.call('createJob', { body: { job: jobOf('web', { instances: 4 }) } });
    expect(second.client.url()).toContain(`:${first.port}`);
    expect(await running(first, 'web', 4)).toHaveLength(4);
  }, 120_000);

  it('have another leader once it was killed, who knows all that ran', async () => {
    const before = (await running(first, 'web', 4)).map(({ id }) => id);
    await first.process.kill();
    await waitFor(async () => (await leaderHealth(second)) === 200, {
      what: 'the second one to lead',
      timeoutMs: READY_MS,
    });
    const follower = { ...second, client: createSchedulerClient({ urls: second.url }) };
    await ready(follower);
    expect((await running(follower, 'web', 4)).map(({ id }) => id)).toEqual(before);
  }, 180_000);
});
