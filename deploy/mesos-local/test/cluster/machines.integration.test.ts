import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll, waitFor } from '@murmur/testkit';
import {
  cgroupsOf,
  getJson,
  registered,
  startAgent,
  startMaster,
  type TestAgent,
  type TestMaster,
} from './cluster.js';
import { createHosts, type Host } from './network.js';
import { scalars, shell, startScheduler, type TestScheduler } from './scheduler.js';
import { processesOf, sandboxesOf } from './traces.js';

const ISOLATION = [
  '--isolation',
  'cgroups/cpu,cgroups/mem,disk/du',
  '--gc-delay',
  '1secs',
  '--disk-watch-interval',
  '1secs',
];
const SIZES = ['cpus:4;mem:2048;disk:4096', 'cpus:2;mem:1024;disk:2048', 'cpus:1;mem:512;disk:1024'] as const;
const AWARE = { capabilities: [{ type: 'PARTITION_AWARE' }, { type: 'TASK_KILLING_STATE' }] } as const;

describe('a cluster of three unlike machines', () => {
  let master: TestMaster;
  let hosts: Host[];
  let agents: TestAgent[];
  let ids: Map<string, string>;
  let aware: TestScheduler;
  let plain: TestScheduler;

  const agentId = (index: number): string => ids.get(agents[index]?.hostname ?? '') ?? '';
  const at = <T>(list: readonly T[], index: number): T => list[index] as T;

  beforeAll(async () => {
    hosts = await createHosts(3);
    master = await startMaster();
    agents = await Promise.all(
      hosts.map((host, i) =>
        startAgent(master, host, ['--resources', at(SIZES, i), '--attributes', `rack:r${i}`, ...ISOLATION]),
      ),
    );
    ids = await registered(
      master,
      agents.map(({ hostname }) => hostname),
    );
    aware = startScheduler(master.url, { name: 'aware', ...AWARE });
    plain = startScheduler(master.url, { name: 'plain' });
  }, 180_000);

  afterAll(() => stopAll(), 120_000);

  it('offers each agent with its own size and attributes', async () => {
    const { slaves } = (await getJson(`${master.url}/slaves`)) as {
      slaves: { hostname: string; resources: { cpus: number; mem: number }; attributes: { rack: string } }[];
    };
    const sizes = slaves
      .map(({ resources, attributes }) => [attributes.rack, resources.cpus, resources.mem])
      .sort();
    expect(sizes).toEqual([
      ['r0', 4, 2048],
      ['r1', 2, 1024],
      ['r2', 1, 512],
    ]);
  });

  it('kills a task that is over its memory, and says that memory was the reason', async () => {
    // tail keeps what it reads until a line ends, and no line ends here
    const id = await aware.launch(agentId(0), shell('head -c 400000000 /dev/zero | tail', 0.1, 64));
    const failed = await aware.state(id, 'TASK_FAILED');
    expect(failed).toMatchObject({
      source: 'SOURCE_AGENT',
      reason: 'REASON_CONTAINER_LIMITATION_MEMORY',
      message: expect.stringContaining('Memory limit exceeded') as string,
    });
    expect(failed.limitation?.resources?.[0]).toMatchObject({ name: 'mem' });
    expect(aware.states(id)).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_FAILED']);
  });

  it('gives two busy tasks the processor in proportion to their shares', async () => {
    // both on one processor, so that they contend whatever the machine has
    const busy = (cpus: number) => shell('exec taskset -c 0 sh -c "while :; do :; done"', cpus, 64);
    const [large, small] = await Promise.all([
      aware.launch(agentId(0), busy(0.9)),
      aware.launch(agentId(0), busy(0.3)),
    ]);
    await Promise.all([aware.state(large, 'TASK_RUNNING'), aware.state(small, 'TASK_RUNNING')]);
    const before = await cpuSeconds(at(agents, 0), [large, small]);
    const used = await waitFor(
      async () => {
        const after = await cpuSeconds(at(agents, 0), [large, small]);
        const both = after.map((seconds, i) => seconds - at(before, i));
        return at(both, 0) + at(both, 1) >= 8 ? both : undefined;
      },
      { what: '8 s of processor time to be used', timeoutMs: 100_000, everyMs: 200 },
    );
    const ratio = at(used, 0) / at(used, 1);
    expect(ratio).toBeGreaterThan(3 * 0.85);
    expect(ratio).toBeLessThan(3 * 1.15);
    await Promise.all([aware.kill(large), aware.kill(small)]);
    await Promise.all([aware.state(large, 'TASK_KILLED'), aware.state(small, 'TASK_KILLED')]);
  }, 120_000);

  it('calls the tasks of a dead agent unreachable or lost, as the framework can take it, and finds them again', async () => {
    const forAware = await aware.launch(agentId(1), shell('sleep 1000'));
    const forPlain = await plain.launch(agentId(1), shell('sleep 1000'));
    await Promise.all([aware.state(forAware, 'TASK_RUNNING'), plain.state(forPlain, 'TASK_RUNNING')]);
    const pids = await settledProcesses(at(agents, 1));
    await at(agents, 1).process.kill();
    expect(await aware.state(forAware, 'TASK_UNREACHABLE')).toMatchObject({
      source: 'SOURCE_MASTER',
      reason: 'REASON_AGENT_REMOVED',
    });
    expect(await plain.state(forPlain, 'TASK_LOST')).toMatchObject({ source: 'SOURCE_MASTER' });
    expect(aware.events.some(({ failure }) => failure?.agent_id?.value === agentId(1))).toBe(true);

    await at(agents, 1).process.restart();
    for (const [scheduler, id] of [[aware, forAware] as const, [plain, forPlain] as const]) {
      const back = await scheduler.update(
        id,
        ({ state, reason }) => state === 'TASK_RUNNING' && reason === 'REASON_AGENT_REREGISTERED',
        'the return',
      );
      expect(back.uuid).toBeUndefined();
    }
    expect(await processesOf(at(agents, 1))).toEqual(pids); // nobody touched them
    await Promise.all([aware.kill(forAware), plain.kill(forPlain)]);
    await Promise.all([aware.state(forAware, 'TASK_KILLED'), plain.state(forPlain, 'TASK_KILLED')]);
  }, 180_000);

  it('keeps tasks running through a restart of their agent, and reports what ended meanwhile', async () => {
    const stays = await aware.launch(agentId(1), shell('sleep 1000'));
    const ends = await aware.launch(agentId(1), shell('until [ -e go ]; do sleep 0.1; done; exit 7'));
    await Promise.all([aware.state(stays, 'TASK_RUNNING'), aware.state(ends, 'TASK_RUNNING')]);
    const sandbox = at(
      (await sandboxesOf(at(agents, 1))).filter((path) => path.includes(ends)),
      0,
    );
    await at(agents, 1).process.kill();
    await writeFile(join(sandbox, 'go'), '');
    await at(agents, 1).process.restart();
    expect(await aware.state(ends, 'TASK_FAILED')).toMatchObject({ message: 'Command exited with status 7' });
    expect(aware.states(stays)).not.toContain('TASK_FAILED');
    await aware.kill(stays);
    await aware.state(stays, 'TASK_KILLED');
  }, 120_000);

  it('heals a partition: what runs is running again, what ended behind it is reported', async () => {
    const stays = await aware.launch(agentId(2), shell('sleep 1000'));
    const ends = await aware.launch(agentId(2), shell('until [ -e go ]; do sleep 0.1; done', 0.1, 64));
    await Promise.all([aware.state(stays, 'TASK_RUNNING'), aware.state(ends, 'TASK_RUNNING')]);
    const sandbox = at(
      (await sandboxesOf(at(agents, 2))).filter((path) => path.includes(ends)),
      0,
    );
    await at(hosts, 2).cut();
    await Promise.all([aware.state(stays, 'TASK_UNREACHABLE'), aware.state(ends, 'TASK_UNREACHABLE')]);
    await writeFile(join(sandbox, 'go'), '');
    await at(hosts, 2).heal();
    await aware.update(
      stays,
      ({ state, reason }) => state === 'TASK_RUNNING' && reason === 'REASON_AGENT_REREGISTERED',
      'the return',
    );
    await aware.state(ends, 'TASK_FINISHED');
    await aware.kill(stays);
    await aware.state(stays, 'TASK_KILLED');
  }, 180_000);

  it('ends an executor that ignores both SHUTDOWN and SIGTERM once its grace is over', async () => {
    const executor = join(import.meta.dirname, 'stubborn-executor.mjs');
    const executorId = { value: 'stubborn' };
    const before = await processesOf(at(agents, 0));
    const id = await aware.launch(agentId(0), {
      resources: scalars(0.1, 64),
      executor: {
        executor_id: executorId,
        command: { value: `exec ${process.execPath} ${executor}`, shell: true },
        resources: scalars(0.1, 128),
        shutdown_grace_period: { nanoseconds: 500e6 },
      },
    });
    await aware.state(id, 'TASK_RUNNING');
    const running = await processesOf(at(agents, 0));
    expect(running.length).toBeGreaterThan(before.length);
    await aware.client.send({
      type: 'SHUTDOWN',
      shutdown: { executor_id: executorId, agent_id: { value: agentId(0) } },
    });
    expect(await aware.state(id, 'TASK_FAILED')).toMatchObject({ reason: 'REASON_EXECUTOR_TERMINATED' });
    await waitFor(async () => (await processesOf(at(agents, 0))).every((pid) => before.includes(pid)), {
      what: 'the executor to be gone',
    });
    const failure = aware.events.find((event) => event.failure?.executor_id?.value === 'stubborn');
    expect(failure?.failure?.status).toBe(9);
  });

  it('leaves no process, no cgroup and no sandbox behind', async () => {
    const left = await aware.launch(agentId(0), shell('setsid sleep 1000 & trap "" TERM; sleep 1000'));
    await aware.state(left, 'TASK_RUNNING');
    await aware.teardown();
    await plain.teardown();
    for (const agent of agents)
      await waitFor(
        async () => {
          const traces = await Promise.all([processesOf(agent), cgroupsOf(agent), sandboxesOf(agent)]);
          return traces.every((list) => list.length === 0);
        },
        { what: `${agent.hostname} to be clean`, timeoutMs: 60_000 },
      );
    for (const { process } of agents) expect(await process.output()).not.toContain('unexpected error');
  }, 120_000);
});

/** The processes of an agent once they stay the same: one that is just replacing itself has no environment to be known by. */
async function settledProcesses(agent: TestAgent): Promise<number[]> {
  let last: number[] = [];
  let same = 0;
  return waitFor(
    async () => {
      const found = await processesOf(agent);
      same = found.length > 0 && String(found) === String(last) ? same + 1 : 0;
      last = found;
      return same >= LOOKS_ALIKE ? found : undefined;
    },
    { what: `the processes of ${agent.hostname} to settle`, everyMs: 50 },
  );
}

const LOOKS_ALIKE = 10;

/** Processor seconds of each task, as its agent's statistics say. */
async function cpuSeconds(agent: TestAgent, taskIds: readonly string[]): Promise<number[]> {
  const all = (await getJson(`${agent.url}/monitor/statistics`)) as {
    executor_id: string;
    statistics: { cpus_user_time_secs: number; cpus_system_time_secs: number };
  }[];
  return taskIds.map((id) => {
    const found = all.find(({ executor_id }) => executor_id === id);
    if (found === undefined) throw new Error(`no statistics of ${id}`);
    return found.statistics.cpus_user_time_secs + found.statistics.cpus_system_time_secs;
  });
}
