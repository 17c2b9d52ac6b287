import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TaskStatus } from '@murmur/engine';
import { silentLog, type Log } from '@murmur/service';
import { freePort, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import { BenchFramework } from '../../src/bench/framework.js';
import { planLaunches } from '../../src/bench/launches-core.js';
import { Tally } from '../../src/bench/tally-core.js';
import { withMasterDefaults, type MasterFlags } from '../../src/master/options.js';
import { startMaster, type RunningMaster } from '../../src/master/start.js';
import { startSimulatedAgents, type RunningSimulation } from '../../src/simulate/index.js';

const AGENTS = 20;
const TASKS = 100;

const closing: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});
afterAll(stopAll);

async function master(flags: Partial<MasterFlags> = {}): Promise<RunningMaster> {
  const workDir = flags.workDir ?? (await tempFolder());
  const running = await startMaster(withMasterDefaults({ port: 0, ...flags, workDir }), { log: silentLog() });
  closing.push(() => running.stop());
  await waitFor(() => running.master() !== null, { what: 'the master leads', timeoutMs: 30_000 });
  return running;
}

function agents(port: number, clusterKey = '', log: Log = silentLog()): RunningSimulation {
  const simulation = startSimulatedAgents({
    master: `127.0.0.1:${port}`,
    count: AGENTS,
    clusterKey,
    resources: '',
    zkSessionTimeoutMs: 10_000,
    log,
  });
  closing.push(() => simulation.stop());
  return simulation;
}

async function framework(port: number): Promise<BenchFramework> {
  const subscribed = await BenchFramework.subscribe({ host: '127.0.0.1', port });
  closing.push(() => {
    subscribed.close();
  });
  return subscribed;
}

interface Run {
  readonly scheduler: BenchFramework;
  readonly statuses: readonly TaskStatus[];
  readonly tally: Tally;
}

/** All tasks run and every update is acknowledged. */
async function launchAll(port: number): Promise<Run> {
  const scheduler = await framework(port);
  expect(await scheduler.until(() => scheduler.offers.size === AGENTS)).toBe(true);
  const { taskIds, bodies } = planLaunches(scheduler.frameworkId, [...scheduler.offers.values()], TASKS);
  const tally = new Tally(taskIds);
  const statuses: TaskStatus[] = [];
  scheduler.onUpdate = (status) => {
    statuses.push(status);
    tally.add(status);
  };
  for (const body of bodies) await scheduler.call(body);
  expect(
    await scheduler.until(() => tally.running === TASKS && scheduler.acknowledged === statuses.length),
  ).toBe(true);
  return { scheduler, statuses, tally };
}

describe('simulated agents at a master', () => {
  it('are offered with their unlike sizes, and run what they are given exactly once', async () => {
    const { port } = await master();
    agents(port);
    const { scheduler, tally } = await launchAll(port);
    const answers: TaskStatus[] = [];
    scheduler.onUpdate = (status) => answers.push(status);
    await scheduler.say({ type: 'RECONCILE', reconcile: {} });
    expect(await scheduler.until(() => answers.length === TASKS)).toBe(true);
    expect(tally.verdict(answers)).toMatchObject({ running: TASKS, faults: [] });
    const sizes = new Set([...scheduler.offers.values()].map((offer) => JSON.stringify(offer.resources)));
    expect(sizes.size).toBe(5);
  });

  it('kill what they are told to, and only that', async () => {
    const { port } = await master();
    agents(port);
    const { scheduler, statuses } = await launchAll(port);
    const [victim] = statuses;
    if (victim?.agent_id === undefined) throw new Error('no task has run');
    await scheduler.say({ type: 'KILL', kill: { task_id: victim.task_id, agent_id: victim.agent_id } });
    expect(await scheduler.until(() => statuses.at(-1)?.state === 'TASK_KILLED')).toBe(true);
    expect(statuses.filter(({ state }) => state === 'TASK_KILLED')).toMatchObject([
      { task_id: victim.task_id },
    ]);
  });

  it('come back to a master that was started again, with all their tasks', async () => {
    const workDir = await tempFolder();
    const port = await freePort();
    const first = await master({ workDir, port });
    const simulation = agents(port);
    await launchAll(port);
    await first.stop();
    await waitFor(() => simulation.subscribed() === 0, { what: 'the agents notice', timeoutMs: 60_000 });
    const second = await master({ workDir, port });
    await waitFor(() => simulation.subscribed() === AGENTS, { what: 'all are back', timeoutMs: 120_000 });
    const tasks = [...(second.master()?.state.agents.values() ?? [])].flatMap((agent) =>
      [...agent.tasks.values()].flatMap((ofFramework) => [...ofFramework.values()]),
    );
    expect(tasks).toHaveLength(TASKS);
    expect(tasks.every(({ state }) => state === 'TASK_RUNNING')).toBe(true);
  });

  it('need the cluster key where the master has one', async () => {
    const clusterKeyFile = join(await tempFolder(), 'key');
    writeFileSync(clusterKeyFile, 'open sesame, open sesame\n');
    const { port } = await master({ clusterKeyFile });
    const refused: unknown[] = [];
    const log: Log = { ...silentLog(), warn: (fields) => refused.push(fields) };
    const strangers = agents(port, 'guess', log);
    const friends = agents(port, 'open sesame, open sesame');
    await waitFor(() => friends.subscribed() === AGENTS, { what: 'those with the key', timeoutMs: 60_000 });
    await waitFor(() => refused.length >= AGENTS, { what: 'refusals', timeoutMs: 60_000 });
    expect(refused[0]).toMatchObject({ status: 401 });
    expect(strangers.subscribed()).toBe(0);
  });
});
