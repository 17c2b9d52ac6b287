import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { startSimulatedAgents, type RunningSimulation } from '@murmur/mesos-local';
import type { TaskShape } from '@murmur/scheduler-api';
import { silentLog } from '@murmur/service';
import { onStopAll, stopAll, waitFor } from '@murmur/testkit';
import {
  jobOf,
  paramsOf,
  READY_MS,
  ready,
  schedulerBin,
  startMaster,
  startScheduler,
  tasksOf,
  type TestScheduler,
} from './harness.js';

const run = promisify(execFile);
const KILLS = 50;
const JOBS = ['a', 'b', 'c', 'd'];
const INSTANCES_MAX = 12;
const AGENTS = 4;
const AGENT_MB = 16_384;
/** Of `jobOf`, with what its executor takes beside it. */
const INSTANCE_MB = 32 + 64;
/** Between the scheduler's being ready and its death, ms. */
const LIFE_MAX_MS = 400;
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const upTo = (max: number): number => Math.floor(Math.random() * (max + 1));

/** One who changes one job again and again, and remembers how many instances it must have. */
class Commander {
  readonly name: string;
  /** More than one while nobody knows whether the last command was carried out. */
  possible: readonly number[] = [0];
  acknowledged = 0;
  readonly #scheduler: TestScheduler;

  constructor(scheduler: TestScheduler, name: string) {
    this.#scheduler = scheduler;
    this.name = name;
  }

  async create(): Promise<void> {
    await this.#scheduler.client.call('createJob', { body: { job: jobOf(this.name, { instances: 3 }) } });
    this.possible = [3];
  }

  async command(): Promise<void> {
    const params = paramsOf(this.name);
    const { client } = this.#scheduler;
    try {
      if (Math.random() < 0.3) {
        await client.call('restart', { params, body: { instances: '0' } });
      } else {
        const instances = 1 + upTo(INSTANCES_MAX - 1);
        const before = this.possible;
        // Until the answer is there, both may be true.
        this.possible = [...new Set([...before, instances])];
        await client.call('scale', { params, body: { instances } });
        this.possible = [instances];
      }
      this.acknowledged += 1;
    } catch {
      // The scheduler died before it answered.
    }
  }
}

describe('a scheduler that is killed again and again under changes', () => {
  let scheduler: TestScheduler;
  let agents: RunningSimulation;
  let commanders: Commander[];
  let ended = 0;

  beforeAll(async () => {
    const master = await startMaster();
    agents = startSimulatedAgents({
      master: `127.0.0.1:${master.port}`,
      count: AGENTS,
      clusterKey: '',
      resources: `cpus:16;mem:${AGENT_MB};disk:65536;ports:[31000-31200]`,
      zkSessionTimeoutMs: 10_000,
      log: silentLog(),
    });
    onStopAll(() => agents.stop());
    scheduler = await startScheduler(`127.0.0.1:${master.port}`, [
      ...['--thermos-executor-path', '/nowhere', '--snapshot-entries', '100', '--log-level', 'warn'],
      ...['--flap-penalty-ms', '100', '--flap-penalty-max-ms', '1000'],
    ]);
    await ready(scheduler);
    commanders = JOBS.map((name) => new Commander(scheduler, name));
    await waitFor(() => agents.subscribed() === AGENTS, {
      what: 'the agents to be there',
      timeoutMs: READY_MS,
    });
    for (const commander of commanders) await commander.create();
  }, 180_000);

  afterAll(() => stopAll(), 60_000);

  /** Ends one of the tasks that run. */
  function endOne(): void {
    const running = agents.running();
    const taskId = running[upTo(running.length - 1)];
    if (taskId !== undefined && agents.end(taskId, Math.random() < 0.5 ? 'TASK_FAILED' : 'TASK_FINISHED'))
      ended += 1;
  }

  async function live(until: number): Promise<void> {
    await Promise.all(
      commanders.map(async (commander) => {
        while (Date.now() < until) {
          await commander.command();
          if (Math.random() < 0.1) endOne();
        }
      }),
    );
  }

  async function instances(name: string): Promise<number> {
    const tasks = await tasksOf(scheduler, name);
    const numbers = tasks.filter(({ state }) => state !== 'KILLING').map(({ instance }) => instance);
    expect(new Set(numbers).size).toBe(numbers.length);
    return numbers.length;
  }

  it(`forgets no command that it acknowledged, ${KILLS} times`, async () => {
    for (let i = 0; i < KILLS; i += 1) {
      const until = Date.now() + upTo(LIFE_MAX_MS);
      const living = live(until);
      await sleep(Math.max(0, until - Date.now() - upTo(50)));
      await scheduler.process.kill();
      await living;
      await scheduler.process.restart();
      await ready(scheduler);
      for (const { name, possible } of commanders) expect(possible).toContain(await instances(name));
    }
    expect(commanders.reduce((sum, { acknowledged }) => sum + acknowledged, 0)).toBeGreaterThan(KILLS);
    expect(ended).toBeGreaterThan(0);
  }, 600_000);

  it('has every instance once in the end, and so have the agents', async () => {
    let tasks: readonly TaskShape[] = [];
    const same = (): boolean =>
      tasks
        .map(({ id }) => id)
        .sort()
        .join() === [...agents.running()].sort().join();
    await waitFor(
      async () => {
        tasks = (await Promise.all(JOBS.map((name) => tasksOf(scheduler, name)))).flat();
        return tasks.every(({ state }) => state === 'RUNNING') && same();
      },
      { what: 'every instance to run, and nothing else', timeoutMs: 180_000 },
    ).catch(async (error: unknown) => {
      const known = tasks.map(({ id, state, message }) => ({ id, state, message }));
      const { items: pending } = await scheduler.client.call('pending', {});
      const { items: offered } = await scheduler.client.call('agents', {});
      const seen = { known, running: agents.running(), pending, offered };
      const output = (await scheduler.process.output()).slice(-6_000);
      throw new Error(`${String(error)}: ${JSON.stringify(seen, null, 1)}; ${output}`);
    });
    for (const { name, possible } of commanders) expect(possible).toContain(await instances(name));
  }, 240_000);

  it('is offered all that its instances do not hold', async () => {
    const free = AGENTS * AGENT_MB - agents.running().length * INSTANCE_MB;
    const offered = async (): Promise<number> => {
      const { items } = await scheduler.client.call('agents', {});
      return items.reduce((sum, agent) => sum + (agent.offered?.memMb ?? 0), 0);
    };
    await waitFor(async () => (await offered()) === free, { what: `${free} MB to be offered` }).catch(
      async (error: unknown) => {
        throw new Error(`${String(error)}: it is ${await offered()}`);
      },
    );
  });

  it('has a log that is whole', async () => {
    await scheduler.process.stop();
    const { stdout } = await run(process.execPath, [
      schedulerBin,
      'log',
      'verify',
      '--data',
      scheduler.folder,
    ]);
    expect(stdout).not.toBe('');
  }, 60_000);
});
