import { connectDiscovery, type Member } from '@murmur/discovery';
import { onStopAll, startZooKeeper, stopAll, waitFor } from '@murmur/testkit';
import {
  endProcesses,
  jobOf,
  paramsOf,
  processesOf,
  READY_MS,
  ready,
  registered,
  running,
  startAgent,
  startMaster,
  startScheduler,
  tasksOf,
  thermos,
  type Running,
  type TestAgent,
  type TestScheduler,
} from './harness.js';

const quiet = { info: () => undefined, warn: () => undefined };
const SIZE = 'cpus:4;mem:2048;disk:4096';

describe('jobs on a cluster of two agents', () => {
  let zooKeeper: Awaited<ReturnType<typeof startZooKeeper>>;
  let master: Running;
  let agents: TestAgent[];
  let scheduler: TestScheduler;
  let members: (name: string) => readonly Member[];
  const WEB = 'web';

  const announced = (name: string, count: number): Promise<readonly Member[] | undefined> =>
    waitFor(() => (members(name).length === count ? members(name) : undefined), {
      what: `${count} members of ${name}`,
      timeoutMs: READY_MS,
    });

  beforeAll(async () => {
    zooKeeper = await startZooKeeper();
    const zk = `127.0.0.1:${zooKeeper.port}`;
    const discovery = connectDiscovery({ zk, sessionTimeoutMs: 60_000, log: quiet });
    onStopAll(() => discovery.close());
    const sets = new Map<string, ReturnType<typeof discovery.watch>>();
    members = (name) => {
      const set =
        sets.get(name) ?? discovery.watch(name.startsWith('/') ? name : `/aurora/root/test/${name}`);
      sets.set(name, set);
      return set.members();
    };
    master = await startMaster();
    agents = [
      await startAgent(master, ['--resources', `${SIZE};ports:[31000-31099]`]),
      await startAgent(master, ['--resources', `${SIZE};ports:[31100-31199]`]),
    ];
    scheduler = await startScheduler(`127.0.0.1:${master.port}`, [
      ...['--zk', `zk://${zk}/aurora/election`, '--thermos-executor-path', await thermos()],
      ...['--thermos-executor-flags', `--announcer-ensemble ${zk} --idle-exit-ms 500`],
    ]);
    await ready(scheduler);
  }, 300_000);

  afterAll(async () => {
    await stopAll();
    for (const agent of agents) expect(await processesOf(agent)).toEqual([]);
  }, 120_000);

  it('has one leader, announced where Aurora announces it', async () => {
    const [leader] = (await announced('/aurora/scheduler', 1)) ?? [];
    expect(leader?.additionalEndpoints['http']?.port).toBe(scheduler.port);
  }, 120_000);

  it('places what is created, and announces it', async () => {
    const { text } = await scheduler.client.call('createJob', {
      body: { job: jobOf(WEB, { instances: 2 }) },
    });
    expect(text).toContain('2');
    const tasks = await running(scheduler, WEB, 2);
    const ports = ((await announced(WEB, 2)) ?? []).map(({ serviceEndpoint }) => serviceEndpoint.port);
    expect(ports.sort()).toEqual(tasks.map((task) => task.ports['http']).sort());
  }, 180_000);

  it('adds instances, and brings a job to a number of them', async () => {
    await scheduler.client.call('add', { params: paramsOf(WEB), body: { instance: 0, count: 1 } });
    await running(scheduler, WEB, 3);
    await scheduler.client.call('scale', { params: paramsOf(WEB), body: { instances: 2 } });
    const tasks = await running(scheduler, WEB, 2);
    expect(tasks.map(({ instance }) => instance).sort()).toEqual([0, 1]);
    await announced(WEB, 2);
  }, 180_000);

  it('restarts an instance as another task with the same number', async () => {
    const before = await running(scheduler, WEB, 2);
    await scheduler.client.call('restart', { params: paramsOf(WEB), body: { instances: '0' } });
    const idOf = (tasks: typeof before, number: number) =>
      tasks.find(({ instance }) => instance === number)?.id;
    const after = await waitFor(
      async () => {
        const now = await running(scheduler, WEB, 2);
        return idOf(now, 0) === idOf(before, 0) ? undefined : now;
      },
      { what: 'another task', timeoutMs: READY_MS },
    );
    expect(idOf(after, 1)).toBe(idOf(before, 1));
  }, 180_000);

  it('refuses a job that no agent could ever take, and leaves nothing of it', async () => {
    const big = jobOf('big');
    const task = { ...big.task, resources: { ...big.task.resources, cpu: 64 } };
    await expect(
      scheduler.client.call('createJob', { body: { job: { ...big, task } } }),
    ).rejects.toMatchObject({ code: 'never-fits' });
    expect(await tasksOf(scheduler, 'big')).toEqual([]);
  }, 60_000);

  it('replaces a task that fails, and holds its next run back', async () => {
    await scheduler.client.call('createJob', { body: { job: jobOf('sick', {}, 'exit 3') } });
    const [held] = await waitFor(
      async () => {
        const tasks = await tasksOf(scheduler, 'sick');
        return tasks.some(({ state }) => state === 'THROTTLED') ? tasks : undefined;
      },
      { what: 'the next run to be held back', timeoutMs: READY_MS },
    );
    expect(held).toMatchObject({ state: 'THROTTLED', failureCount: 1 });
    expect(held?.ancestorId).not.toBeNull();
    await scheduler.client.call('kill', { params: paramsOf('sick'), body: {} });
    expect(await tasksOf(scheduler, 'sick')).toEqual([]);
  }, 180_000);

  /** Of these tasks: their executors and everything below them. */
  async function pidsOf(tasks: readonly { readonly id: string }[]): Promise<number[]> {
    const each = tasks.flatMap(({ id }) => agents.map((agent) => processesOf(agent, `thermos-${id}`)));
    return (await Promise.all(each)).flat().sort();
  }

  it('lets everything run while ZooKeeper is away for 20 s', async () => {
    const before = await running(scheduler, WEB, 2);
    const pids = await pidsOf(before);
    expect(pids.length).toBeGreaterThan(before.length);
    zooKeeper.pause();
    await new Promise((resolve) => setTimeout(resolve, 20_000));
    expect(await running(scheduler, WEB, 2)).toEqual(before);
    zooKeeper.resume();
    await announced(WEB, 2);
    expect(await pidsOf(before)).toEqual(pids);
    const { lifecycle, leader } = await scheduler.client.call('cluster');
    expect({ lifecycle, leader }).toEqual({ lifecycle: 'ACTIVE', leader: true });
  }, 180_000);

  it('knows its tasks again after the master was killed, and they ran on', async () => {
    const before = await running(scheduler, WEB, 2);
    const pids = await pidsOf(before);
    await master.process.kill();
    await waitFor(async () => !(await scheduler.client.call('cluster')).connected, {
      what: 'the scheduler to notice',
      timeoutMs: READY_MS,
    });
    await master.process.restart();
    await waitFor(async () => (await scheduler.client.call('cluster')).connected, {
      what: 'the scheduler to be back',
      timeoutMs: READY_MS,
    });
    await registered(master, 2);
    await scheduler.client.call('scale', { params: paramsOf(WEB), body: { instances: 3 } });
    const after = (await running(scheduler, WEB, 3)).map(({ id }) => id);
    expect(after).toEqual(expect.arrayContaining(before.map(({ id }) => id)));
    expect(await pidsOf(before)).toEqual(pids);
  }, 240_000);

  it('runs the instances of a killed agent elsewhere, and announces them again', async () => {
    const before = await running(scheduler, WEB, 3);
    const host = before[0]?.agentId ?? '';
    const { url } = await scheduler.client.call('agent', { params: { id: host } });
    const [killed, other] = agents[0]?.url === url ? [agents[0], agents[1]] : [agents[1], agents[0]];
    if (killed === undefined || other === undefined) throw new Error(`no agent at ${String(url)}`);
    await killed.process.kill();
    await endProcesses(killed);
    const after = await waitFor(
      async () => {
        const now = await running(scheduler, WEB, 3);
        return now.every(({ agentId }) => agentId !== host) ? now : undefined;
      },
      { what: 'all to run on the other agent', timeoutMs: READY_MS },
    );
    expect(after.map(({ instance }) => instance).sort()).toEqual([0, 1, 2]);
    const ports = after.map((task) => task.ports['http']).sort();
    await waitFor(
      () => {
        const now = members(WEB).map(({ serviceEndpoint }) => serviceEndpoint.port);
        return now.sort().join() === ports.join();
      },
      { what: 'the new ones to be announced, and the old ones not', timeoutMs: READY_MS },
    );
  }, 300_000);

  it('ends what is killed, and withdraws it', async () => {
    await scheduler.client.call('kill', { params: paramsOf(WEB), body: { reason: 'the end' } });
    await announced(WEB, 0);
    await waitFor(async () => (await tasksOf(scheduler, WEB)).length === 0, {
      what: 'no active task',
      timeoutMs: READY_MS,
    });
    const { items } = await scheduler.client.call('audit', { query: { limit: 1 } });
    expect(items[0]).toMatchObject({ action: 'job.kill', reason: 'the end' });
  }, 180_000);
});
