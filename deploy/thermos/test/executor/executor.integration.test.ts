/** The executor as it is shipped, with real processes, against an agent's API. */
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { freePort, onStopAll, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import { startAgent, type AgentOptions, type StubAgent } from '../support/agent.js';
import { bundled, isAlive, reported, startExecutor, type ExecutorProcess } from '../support/executor.js';
import { instanceOf, QUICK_CHECK, taskInfo } from '../support/tasks.js';

const SERVICE = resolve(import.meta.dirname, '../support/service.mjs');
const SHOW_PID = 'echo $$ > pid; ';

beforeAll(() => bundled(), 120_000);
afterAll(stopAll, 60_000);

async function newAgent(options?: AgentOptions): Promise<StubAgent> {
  const agent = await startAgent(options);
  onStopAll(() => agent.stop());
  return agent;
}

const pidOf = (executor: ExecutorProcess): Promise<number> =>
  waitFor(async () => Number(await readFile(join(executor.sandbox, 'pid'), 'utf8')), { what: 'a pid' });
const messageOf = (agent: StubAgent, state: string): string =>
  agent.updates.find((status) => status.state === state)?.message ?? '';
const service = (mode: string): string =>
  `${SHOW_PID}exec node ${SERVICE} {{thermos.ports[health]}} 0 ${mode}`;

describe('a task without a health check', () => {
  it('is STARTING, RUNNING and FINISHED, and its executor exits', async () => {
    const agent = await newAgent();
    const executor = await startExecutor(agent);
    agent.launch(
      taskInfo(
        't1',
        instanceOf('echo {{mesos.instance}} {{mesos.hostname}} {{thermos.task_id}} {{thermos.user}}'),
      ),
    );
    expect(await executor.exited()).toBe(0);
    expect(agent.states()).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
    expect(agent.updates.every((update) => update.source === 'SOURCE_EXECUTOR')).toBe(true);
    expect(await readFile(join(executor.sandbox, '.logs/main/0/stdout'), 'utf8')).toBe(
      '3 127.0.0.1 t1 root\n',
    );
    expect(await readdir(join(executor.checkpointRoot, '.executors'))).toEqual([]);
  });

  it('is FAILED when a process fails, and the message says which and how', async () => {
    const agent = await newAgent();
    const executor = await startExecutor(agent);
    agent.launch(taskInfo('t1', instanceOf('exit 7')));
    await reported(agent, executor, 'TASK_STARTING', 'TASK_FAILED');
    expect(messageOf(agent, 'TASK_FAILED')).toContain('main');
    expect(await executor.exited()).toBe(0);
  });

  it.each([
    ['no JSON', '{', "the task's data is no JSON"],
    ['a config that lacks a field', { role: 'r', environment: 'test', instance: 0 }, 'task: missing'],
    ['an unbound ref', instanceOf('echo {{nobody.knows}}'), '{{nobody.knows}}'],
    ['a port that was not given', instanceOf('echo {{thermos.ports[http]}}'), 'http must be assigned'],
    [
      'a path of its own to announce',
      instanceOf('true', { announce: { zk_path: '/x' } }),
      'announce.zk_path',
    ],
    ['a user that is not there', instanceOf('true', { role: 'no-such-user' }), 'no-such-user'],
    [
      'a cycle',
      instanceOf('true', {
        task: {
          name: 'c',
          processes: ['a', 'b'].map((name) => ({ name, cmdline: 'true' })),
          constraints: [{ order: ['a', 'b'] }, { order: ['b', 'a'] }],
          resources: { cpu: 1, ram: 1048576, disk: 1048576 },
        },
      }),
      'task',
    ],
  ])('with %s is FAILED, and the message says why', async (_what, instance, text) => {
    const agent = await newAgent();
    const executor = await startExecutor(agent);
    const ports = JSON.stringify(instance).includes('zk_path') ? [31_000] : [];
    agent.launch(taskInfo('t1', instance, ports));
    expect(await executor.exited()).toBe(0);
    expect(agent.states()).toEqual(['TASK_STARTING', 'TASK_FAILED']);
    expect(messageOf(agent, 'TASK_FAILED')).toContain(text);
  });

  it('is KILLED, after TASK_KILLING where the framework knows that, even if it ignores SIGTERM', async () => {
    const agent = await newAgent({ capabilities: ['TASK_KILLING_STATE'] });
    const executor = await startExecutor(agent);
    agent.launch(taskInfo('t1', instanceOf(`trap '' TERM; ${SHOW_PID}while :; do sleep 0.1; done`)));
    const pid = await pidOf(executor);
    await reported(agent, executor, 'TASK_RUNNING');
    agent.kill('t1', 1);
    await reported(agent, executor, 'TASK_KILLING', 'TASK_KILLED');
    expect(isAlive(pid)).toBe(false);
    expect(await executor.exited()).toBe(0);
    expect(agent.states()).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_KILLING', 'TASK_KILLED']);
  });

  it('is KILLED when the agent shuts the executor down, within the agent\u2019s grace', async () => {
    const agent = await newAgent();
    const executor = await startExecutor(agent, { env: { MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: '3secs' } });
    agent.launch(taskInfo('t1', instanceOf(`trap '' TERM; ${SHOW_PID}while :; do sleep 0.1; done`)));
    const pid = await pidOf(executor);
    agent.shutdown();
    await reported(agent, executor, 'TASK_KILLED');
    expect(isAlive(pid)).toBe(false);
    expect(await executor.exited()).toBe(0);
  });

  it('runs its processes as its user', async () => {
    const agent = await newAgent();
    const folder = await tempFolder();
    const executor = await startExecutor(agent, { folder, flags: ['--checkpoint-root', join(folder, 'cp')] });
    await openPath(executor.sandbox, folder);
    agent.launch(taskInfo('t1', instanceOf('id -un; pwd', { role: 'nobody' })));
    await reported(agent, executor, 'TASK_FINISHED');
    expect(await readFile(join(executor.sandbox, '.logs/main/0/stdout'), 'utf8')).toBe(
      `nobody\n${executor.sandbox}\n`,
    );
  });
});

/** A test's folder is its owner's alone; an agent's work directory is not. */
async function openPath(path: string, top: string): Promise<void> {
  for (let at = resolve(path, '..'); at.startsWith(top); at = resolve(at, '..')) await chmod(at, 0o755);
}

describe('an executor', () => {
  it('runs one task: a second one is dropped, and its own is not touched', async () => {
    const agent = await newAgent({ capabilities: ['PARTITION_AWARE'] });
    const executor = await startExecutor(agent);
    agent.launch(taskInfo('t1', instanceOf('sleep 1000')));
    await reported(agent, executor, 'TASK_RUNNING');
    agent.launch(taskInfo('t1', instanceOf('sleep 1000')));
    agent.launch(taskInfo('t2', instanceOf('sleep 1000')));
    await reported(agent, executor, 'TASK_DROPPED');
    expect(agent.updates.at(-1)).toMatchObject({
      task_id: { value: 't2' },
      message: 'This executor runs one task, and that is t1.',
    });
    agent.kill('t2');
    agent.kill('t1');
    await reported(agent, executor, 'TASK_KILLED');
  });

  it('outlives its agent, and tells it what happened meanwhile', async () => {
    const agent = await newAgent();
    const executor = await startExecutor(agent);
    agent.launch(taskInfo('t1', instanceOf('while [ ! -e stop ]; do sleep 0.05; done')));
    await reported(agent, executor, 'TASK_RUNNING');
    await agent.goDown();
    await writeFile(join(executor.sandbox, 'stop'), '');
    await waitFor(async () => (await executor.output()).includes('"phase":"ended"'), { what: 'the end' });
    await agent.comeBack();
    await reported(agent, executor, 'TASK_FINISHED');
    expect(await executor.exited()).toBe(0);
  });

  it('ends its task and itself when the agent stays away', async () => {
    const agent = await newAgent();
    const executor = await startExecutor(agent, { env: { MESOS_RECOVERY_TIMEOUT: '300ms' } });
    agent.launch(taskInfo('t1', instanceOf(`${SHOW_PID}exec sleep 1000`)));
    await reported(agent, executor, 'TASK_RUNNING');
    const pid = await pidOf(executor);
    await agent.goDown();
    expect(await executor.exited()).toBe(1);
    expect(isAlive(pid)).toBe(false);
  });

  it('that is started again takes over without touching the processes', async () => {
    const agent = await newAgent();
    const port = await freePort();
    const first = await startExecutor(agent);
    const instance = instanceOf(service('plain'), { health_check_config: QUICK_CHECK });
    agent.launch(taskInfo('t1', instance, [port]));
    await reported(agent, first, 'TASK_STARTING', 'TASK_RUNNING');
    const pid = await pidOf(first);
    first.signal('SIGKILL');
    await first.exited();
    expect(isAlive(pid)).toBe(true);

    const second = await startExecutor(agent, { folder: first.folder });
    await waitFor(() => agent.subscribes.length === 2, { what: 'the second executor' });
    await waitFor(async () => (await second.output()).includes('"event":"preparedHealthy"'), { what: 'it' });
    expect(await pidOf(second)).toBe(pid);
    expect(isAlive(pid)).toBe(true);
    // It goes on watching: what was healthy before has no warm-up any more.
    await writeFile(join(second.sandbox, 'sick'), '');
    await reported(agent, second, 'TASK_FAILED');
    expect(isAlive(pid)).toBe(false);
    expect(agent.states()).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_FAILED']);
  });

  it('that is started again brings along what was not acknowledged', async () => {
    const agent = await newAgent();
    agent.acknowledges = false;
    const first = await startExecutor(agent);
    agent.launch(taskInfo('t1', instanceOf('true')));
    await reported(agent, first, 'TASK_FINISHED');
    first.signal('SIGKILL');
    await first.exited();
    agent.acknowledges = true;
    const second = await startExecutor(agent, { folder: first.folder });
    expect(await second.exited()).toBe(0);
    expect(agent.subscribes[1]?.unacknowledged_tasks).toHaveLength(1);
    expect(agent.subscribes[1]?.unacknowledged_updates?.map(({ status }) => status.state)).toEqual([
      'TASK_STARTING',
      'TASK_RUNNING',
      'TASK_FINISHED',
    ]);
    expect(agent.updates).toHaveLength(3);
  });

  it('that gets no task exits by itself', async () => {
    const executor = await startExecutor(await newAgent());
    expect(await executor.exited()).toBe(0);
  });
});

describe('a task with a health check', () => {
  it('is RUNNING when it is healthy, and FAILED when it is not any more', async () => {
    const agent = await newAgent();
    const executor = await startExecutor(agent);
    const port = await freePort();
    // Whatever fails within the initial interval is forgiven, even after it was healthy once: as Aurora does it.
    const config = { ...QUICK_CHECK, initial_interval_secs: 8 };
    agent.launch(taskInfo('t1', instanceOf(service('plain'), { health_check_config: config }), [port]));
    await reported(agent, executor, 'TASK_RUNNING');
    expect(agent.updates.at(-1)).toMatchObject({ healthy: true });
    const pid = await pidOf(executor);
    await writeFile(join(executor.sandbox, 'sick'), '');
    await reported(agent, executor, 'TASK_FAILED');
    expect(agent.updates.at(-1)).toMatchObject({ healthy: false });
    expect(messageOf(agent, 'TASK_FAILED')).toContain(
      `GET http://127.0.0.1:${port}/health answered 200 "sick", expected is "ok"`,
    );
    expect(isAlive(pid)).toBe(false);
  });

  it('that never gets healthy is FAILED and was never RUNNING', async () => {
    const agent = await newAgent();
    const executor = await startExecutor(agent);
    const config = {
      ...QUICK_CHECK,
      initial_interval_secs: 0.2,
      health_checker: { shell: { shell_command: 'echo not yet; exit 3' } },
    };
    agent.launch(taskInfo('t1', instanceOf('sleep 1000', { health_check_config: config })));
    await reported(agent, executor, 'TASK_FAILED');
    expect(agent.states()).toEqual(['TASK_STARTING', 'TASK_FAILED']);
    expect(messageOf(agent, 'TASK_FAILED')).toContain('the command exited with 3: not yet');
  });

  it('is asked to end over HTTP before it gets a signal', async () => {
    const agent = await newAgent();
    const executor = await startExecutor(agent);
    const more = { health_check_config: QUICK_CHECK, lifecycle: { http: {} } };
    agent.launch(taskInfo('t1', instanceOf(service('polite'), more), [await freePort()]));
    await reported(agent, executor, 'TASK_RUNNING');
    agent.kill('t1');
    await reported(agent, executor, 'TASK_KILLED');
    expect(await readFile(join(executor.sandbox, 'heard'), 'utf8')).toBe('/quitquitquit:\n');
  });

  it('that hears nothing is asked twice, then told, then ended', async () => {
    const agent = await newAgent();
    const executor = await startExecutor(agent);
    const http = { graceful_shutdown_wait_secs: 0, shutdown_wait_secs: 0 };
    const more = { health_check_config: QUICK_CHECK, lifecycle: { http } };
    agent.launch(taskInfo('t1', instanceOf(service('stubborn'), more), [await freePort()]));
    await reported(agent, executor, 'TASK_RUNNING');
    const pid = await pidOf(executor);
    agent.kill('t1', 1);
    await reported(agent, executor, 'TASK_KILLED');
    expect(await readFile(join(executor.sandbox, 'heard'), 'utf8')).toMatch(
      /^\/quitquitquit:\n\/abortabortabort:\n(SIGTERM:\n)+$/,
    );
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(executor.checkpointRoot)).toBe(true);
  });
});
