import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { flagOf, silentLog } from '@murmur/service';
import {
  freePort,
  onStopAll,
  startProcess,
  stopAll,
  tempFolder,
  waitFor,
  type TestProcess,
} from '@murmur/testkit';
import { agentOptions, withAgentDefaults, type AgentOptions } from '../../src/agent/options.js';
import { startAgent } from '../../src/agent/start.js';
import {
  FRAMEWORK,
  agentAt,
  commandTask,
  customTask,
  effectsOf,
  endAll,
  frameworkInfo,
  kill,
  registered,
  run,
  scriptedMaster,
  type ScriptedMaster,
} from './support.js';

afterEach(stopAll);

/** An agent as a process, so that it can die without a word. */
async function agentProcess(
  master: ScriptedMaster,
): Promise<{ process: TestProcess; options: AgentOptions }> {
  const workDir = await tempFolder('agent');
  const port = await freePort();
  const options = withAgentDefaults({
    master: master.address,
    workDir,
    port,
    resources: 'cpus:4;mem:4096;disk:4096;ports:[31000-32000]',
    cgroupsRoot: `murmur-test-${process.pid}-${port}`,
    logLevel: 'warn',
  });
  const args = (Object.keys(agentOptions) as (keyof AgentOptions)[]).flatMap((name) =>
    options[name] === agentOptions[name].default ? [] : [`${flagOf(name)}=${String(options[name])}`],
  );
  const script = join(import.meta.dirname, 'agent-process.mjs');
  onStopAll(() => endAll(options));
  const started = await startProcess({
    command: process.execPath,
    args: [script, 'agent', ...args],
    readyUrl: `http://127.0.0.1:${port}/health`,
  });
  return { process: started, options };
}

const subscribed = (master: ScriptedMaster, hellos: number) =>
  waitFor(() => master.hellos.length >= hellos, { what: `hello number ${hellos}` });

describe('an agent that is killed and started again', () => {
  it('finds its executors and commands running, each effect having happened once', async () => {
    const master = await scriptedMaster();
    const { process: agent, options } = await agentProcess(master);
    await subscribed(master, 1);
    const script = 'echo begun >> effects; while [ ! -e go ]; do sleep 0.05; done; echo done >> effects';
    master.send(run(customTask('c1', 'stay'), commandTask('t1', script)));
    await master.waitForState('c1', 'TASK_RUNNING');
    await master.waitForState('t1', 'TASK_RUNNING');

    await agent.kill();
    await agent.restart();
    await subscribed(master, 2);
    const hello = master.hellos.at(-1);
    expect(hello?.agent_info.id).toEqual({ value: 'm1-S0' });
    expect(hello?.tasks?.map((task) => [task.task_id.value, task.state]).sort()).toEqual([
      ['c1', 'TASK_RUNNING'],
      ['t1', 'TASK_RUNNING'],
    ]);
    await waitFor(() => effectsOf(options).filter((line) => line === 'subscribed').length === 2, {
      what: 'the executor to subscribe again',
    });
    const sandbox = join(options.workDir, `slaves/m1-S0/frameworks/${FRAMEWORK}/executors/t1/runs/latest`);
    master.send(kill('c1'));
    await master.waitForState('c1', 'TASK_KILLED');
    writeFileSync(join(sandbox, 'go'), '');
    expect((await master.waitForState('t1', 'TASK_FINISHED')).message).toBe('Command exited with status 0');
    expect(readFileSync(join(sandbox, 'effects'), 'utf8')).toBe('begun\ndone\n');
    expect(effectsOf(options).filter((line) => line.startsWith('launch'))).toEqual(['launch c1']);
    // One whose acknowledgement died with the agent comes again, under the same uuid.
    const said = (id: string): unknown[] => [
      ...new Map(master.statuses(id).map(({ uuid, state }) => [uuid, state])).values(),
    ];
    expect(said('c1')).toEqual(['TASK_RUNNING', 'TASK_KILLED']);
    expect(said('t1')).toEqual(['TASK_STARTING', 'TASK_RUNNING', 'TASK_FINISHED']);
  });

  it('reports what ended while it was away, with its status', async () => {
    const master = await scriptedMaster();
    const { process: agent } = await agentProcess(master);
    await subscribed(master, 1);
    master.send(run(commandTask('t1', 'sleep 1; exit 9')));
    const running = await master.waitForState('t1', 'TASK_RUNNING');
    await agent.kill();
    const pid = running.container_status?.executor_pid ?? 0;
    await waitFor(() => !existsSync(`/proc/${pid}`), { what: 'the command to end' });
    await agent.restart();
    expect((await master.waitForState('t1', 'TASK_FAILED')).message).toBe('Command exited with status 9');
  });

  it('goes on to send what was not acknowledged', async () => {
    const master = await scriptedMaster();
    master.acknowledge = false;
    const { process: agent } = await agentProcess(master);
    await subscribed(master, 1);
    master.send(run(commandTask('t1', 'true')));
    await master.waitForState('t1', 'TASK_STARTING');
    await waitFor(() => JSON.stringify(master.messages.at(-1)).includes('TASK_STARTING'), {
      what: 'the first update',
    });
    await agent.kill();
    master.acknowledge = true;
    await agent.restart();
    await master.waitForState('t1', 'TASK_FINISHED');
    const uuids = new Set(master.statuses('t1').map((status) => status.uuid));
    expect(uuids.size).toBe(3);
  });

  it('keeps the grace time of a task that it was killing', async () => {
    const master = await scriptedMaster();
    const { process: agent } = await agentProcess(master);
    await subscribed(master, 1);
    const policy = { kill_policy: { grace_period: { nanoseconds: 1e9 } } };
    master.send(run(commandTask('t1', "trap '' TERM; while :; do sleep 0.05; done", policy)));
    await master.waitForState('t1', 'TASK_RUNNING');
    master.send(kill('t1'));
    await master.waitForState('t1', 'TASK_KILLING');
    await agent.kill();
    await agent.restart();
    expect((await master.waitForState('t1', 'TASK_KILLED')).message).toBe(
      'Command terminated with signal Killed',
    );
  });
});

describe('an agent that comes back', () => {
  it('gives up an executor that does not subscribe again in time', async () => {
    const master = await scriptedMaster();
    const { agent, options } = await agentAt(master, { port: await freePort() });
    await registered(master, agent);
    master.send(run(customTask('c1', 'stay')));
    await master.waitForState('c1', 'TASK_RUNNING');
    await agent.stop();
    // At another port nobody finds it.
    const moved = { ...options, port: await freePort(), executorReregistrationTimeout: '300ms' };
    await expect(startAgent(moved, { log: silentLog() })).rejects.toThrow(/port were/);
    const ip = { ...options, executorReregistrationTimeout: '300ms' };
    const pid = (await master.waitForState('c1', 'TASK_RUNNING')).container_status?.executor_pid ?? 0;
    process.kill(pid, 'SIGSTOP');
    const again = await startAgent(ip, { log: silentLog() });
    onStopAll(() => again.stop());
    expect((await master.waitForState('c1', 'TASK_GONE')).reason).toBe(
      'REASON_EXECUTOR_REREGISTRATION_TIMEOUT',
    );
  });

  it('ends what belongs to a framework that does not checkpoint', async () => {
    const master = await scriptedMaster();
    const { agent, options } = await agentAt(master, { port: await freePort() });
    await registered(master, agent);
    const framework_info = { ...frameworkInfo, checkpoint: false };
    master.send({ ...run(commandTask('t1', 'exec sleep 1000')), framework_info });
    const pid = (await master.waitForState('t1', 'TASK_RUNNING')).container_status?.executor_pid ?? 0;
    await agent.stop();
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    const again = await startAgent(options, { log: silentLog() });
    onStopAll(() => again.stop());
    await waitFor(() => !existsSync(`/proc/${pid}`), { what: 'the command to be gone' });
    await registered(master, again);
    expect(master.hellos.at(-1)?.tasks).toBeUndefined();
    expect(readdirSync(join(options.workDir, 'meta/slaves/m1-S0/frameworks'))).toEqual([]);
  });

  it('refuses to be another one under the same id, and says what has changed', async () => {
    const master = await scriptedMaster();
    const { agent, options } = await agentAt(master, { port: await freePort() });
    await registered(master, agent);
    await agent.stop();
    const start = (more: Partial<AgentOptions>) => startAgent({ ...options, ...more }, { log: silentLog() });
    await expect(start({ resources: 'cpus:2;mem:4096;disk:4096;ports:[31000-32000]' })).rejects.toThrow(
      /cannot go on as agent m1-S0: resources were .* --reconfiguration-policy equal/,
    );
    await expect(start({ attributes: 'rack:b' })).rejects.toThrow(/attributes were/);
    const bigger = {
      resources: 'cpus:8;mem:4096;disk:4096;ports:[31000-32000]',
      attributes: 'rack:a;zone:z',
      reconfigurationPolicy: 'additive',
    };
    const again = await start(bigger);
    onStopAll(() => again.stop());
    expect(again.agentId()).toBe('m1-S0');
  });

  it('expects nothing to live after a restart of the machine', async () => {
    const master = await scriptedMaster();
    const { agent, options } = await agentAt(master, { port: await freePort() });
    await registered(master, agent);
    master.send(run(commandTask('t1', 'exec sleep 1000')));
    await master.waitForState('t1', 'TASK_RUNNING');
    await agent.stop();
    writeFileSync(join(options.workDir, 'meta/boot_id'), '"another boot"');
    const again = await startAgent(options, { log: silentLog() });
    onStopAll(() => again.stop());
    const failed = await master.waitForState('t1', 'TASK_FAILED');
    expect(failed.message).toContain('the machine restarted');
  });

  it('that the master wants gone ends everything and forgets its id', async () => {
    const master = await scriptedMaster();
    const { agent, options } = await agentAt(master);
    await registered(master, agent);
    master.send(run(commandTask('t1', 'exec sleep 1000')));
    const pid = (await master.waitForState('t1', 'TASK_RUNNING')).container_status?.executor_pid ?? 0;
    master.send({ type: 'SHUTDOWN', message: 'Agent has been marked gone' });
    await waitFor(() => !existsSync(`/proc/${pid}`), { what: 'the command to be gone' });
    await waitFor(() => !existsSync(join(options.workDir, 'meta/slaves')), {
      what: 'the id to be forgotten',
    });
  });
});

describe('the cluster key', () => {
  it('lets an agent in, and keeps one without it out', async () => {
    const key = 'a key of the cluster';
    const master = await scriptedMaster(key);
    const folder = await tempFolder('key');
    const clusterKeyFile = join(folder, 'key');
    writeFileSync(clusterKeyFile, `${key}\n`);
    const without = await agentAt(master);
    const { agent } = await agentAt(master, { clusterKeyFile });
    await registered(master, agent);
    expect(without.agent.state.connected).toBe(false);
    expect(master.hellos).toHaveLength(1);
  });
});
