import { stopAll, waitFor } from '@murmur/testkit';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunningAgent } from '../../src/agent/start.js';
import { agentAt, commandTask, registered, run, scriptedMaster } from './support.js';

afterEach(stopAll);

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function get(agent: RunningAgent, path: string): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${agent.port}${path}`);
  return { status: response.status, text: await response.text() };
}

async function getJson(agent: RunningAgent, path: string): Promise<Record<string, unknown>> {
  const { status, text } = await get(agent, path);
  expect([path, status]).toEqual([path, 200]);
  return JSON.parse(text) as Record<string, unknown>;
}

async function api(agent: RunningAgent, call: object): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${agent.port}/api/v1`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(call),
  });
  return { status: response.status, text: await response.text() };
}

/** What a real agent answered to a GET of this path, while a command task ran. */
function recorded(path: string): Record<string, unknown> {
  const file = join(import.meta.dirname, '../../../engine/test/transcripts/scheduler.jsonl');
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  for (const line of lines) {
    const { request, response } = JSON.parse(line) as {
      request?: { path: string; headers: Record<string, string> };
      response?: { body: string };
    };
    if (request?.path !== path || request.headers['x-recorded-from'] !== 'agent') continue;
    return JSON.parse(response?.body ?? '') as Record<string, unknown>;
  }
  throw new Error(`${path} was not recorded`);
}

const keys = (value: unknown): string[] => Object.keys(value as object).sort();

async function busy(): Promise<RunningAgent> {
  const master = await scriptedMaster();
  const { agent } = await agentAt(master);
  await registered(master, agent);
  master.send(
    run(commandTask('t1', 'echo out; exec sleep 1000', { labels: { labels: [{ key: 'k', value: 'v' }] } })),
  );
  await master.waitForState('t1', 'TASK_RUNNING');
  return agent;
}

describe("an agent's endpoints", () => {
  it('show its state with the fields of a real agent', async () => {
    const agent = await busy();
    const real = recorded('/state');
    const state = await getJson(agent, '/slave(1)/state');
    const missing = keys(real).filter((key) => !(key in state));
    expect(missing).toEqual(['git_branch', 'git_sha']);
    const first = (value: Record<string, unknown>, ...path: string[]): Record<string, unknown> =>
      path.reduce((at, key) => (at[key] as Record<string, unknown>[])[0] ?? {}, value);
    const framework = first(state, 'frameworks');
    expect(keys(framework)).toEqual(keys(first(real, 'frameworks')).filter((key) => key !== 'principal'));
    const executor = first(framework, 'executors');
    expect(keys(executor)).toEqual(keys(first(real, 'frameworks', 'executors')));
    expect(executor).toMatchObject({
      id: 't1',
      name: "Command Executor (Task: t1) (Command: sh -c 'echo out; ex...')",
      source: 't1',
      resources: { cpus: 0.2, mem: 64, disk: 0, gpus: 0 },
      role: 'prod',
    });
    const task = first(executor, 'tasks');
    const wanted = keys(first(real, 'frameworks', 'executors', 'tasks'));
    expect(keys(task)).toEqual(wanted.filter((key) => key !== 'discovery'));
    expect(task).toMatchObject({ id: 't1', executor_id: '', state: 'TASK_RUNNING' });
    expect(state).toMatchObject({ attributes: { rack: 'a' }, hostname: 'localhost', id: 'm1-S0' });
  });

  it('show containers, and what they use', async () => {
    const agent = await busy();
    const [real] = recorded('/containers') as unknown as Record<string, unknown>[];
    const containers = (await getJson(agent, '/containers')) as unknown as Record<string, unknown>[];
    expect(containers).toHaveLength(1);
    expect(keys(containers[0])).toEqual(keys(real));
    expect(containers[0]).toMatchObject({ executor_id: 't1', source: 't1' });
    const [statistics] = (await getJson(agent, '/monitor/statistics')) as unknown as Record<
      string,
      unknown
    >[];
    expect(keys(statistics)).toEqual(keys((recorded('/monitor/statistics') as unknown as unknown[])[0]));
  });

  it('show flags, version, health and metrics', async () => {
    const agent = await busy();
    expect((await getJson(agent, '/flags'))['flags']).toMatchObject({
      attributes: 'rack:a',
      speed: 'false',
      executor_registration_timeout: '1mins',
      switch_user: 'true',
    });
    expect(await getJson(agent, '/version')).toMatchObject({ version: '1.12.0' });
    expect(await get(agent, '/health')).toEqual({ status: 200, text: '' });
    const metrics = await getJson(agent, '/metrics/snapshot?timeout=1secs');
    expect(metrics).toMatchObject({
      'slave/registered': 1,
      'slave/tasks_running': 1,
      'slave/cpus_used': 0.2,
    });
    const real = keys(recorded('/metrics/snapshot')).filter((name) => name.startsWith('slave/'));
    expect(real.filter((name) => !(name in metrics))).toEqual([
      'slave/executor_directory_max_allowed_age_secs',
    ]);
    expect((await get(agent, '/metrics/snapshot?timeout=soon')).status).toBe(400);
    expect((await get(agent, '/metrics')).text).toContain('murmur_mesos_agent_containers 1');
  });

  it('show the files of a sandbox, by all of its names, and nothing else', async () => {
    const agent = await busy();
    const state = await getJson(agent, '/state');
    const [framework] = state['frameworks'] as { id: string; executors: { directory: string }[] }[];
    const directory = framework?.executors[0]?.directory ?? '';
    for (const path of [directory, `/frameworks/${framework?.id ?? ''}/executors/t1/runs/latest`]) {
      const listed = await get(agent, `/files/browse?path=${encodeURIComponent(path)}`);
      expect(listed.text).toContain(`${path}/stdout`);
      const read = await getJson(agent, `/files/read?path=${encodeURIComponent(`${path}/stdout`)}&offset=0`);
      expect(read).toEqual({ data: 'out\n', offset: 0 });
    }
    expect((await get(agent, '/files/read?path=/etc/passwd&offset=0')).status).toBe(404);
    const outside = encodeURIComponent(`${directory}/../../../../../../../../../../etc/passwd`);
    expect([403, 404]).toContain((await get(agent, `/files/read?path=${outside}&offset=0`)).status);
    expect((await get(agent, '/files/browse')).status).toBe(400);
    const listed = JSON.parse(
      (await api(agent, { type: 'LIST_FILES', list_files: { path: directory } })).text,
    ) as object;
    expect(JSON.stringify(listed)).toContain(`${directory}/stdout`);
    const call = { type: 'READ_FILE', read_file: { path: `${directory}/stdout`, offset: 1, length: 2 } };
    expect(JSON.parse((await api(agent, call)).text)).toEqual({
      type: 'READ_FILE',
      read_file: { size: 4, data: Buffer.from('ut').toString('base64') },
    });
  });

  it('answer what an operator asks by POST, and say what they do not know', async () => {
    const agent = await busy();
    for (const type of [
      'GET_HEALTH',
      'GET_FLAGS',
      'GET_VERSION',
      'GET_METRICS',
      'GET_LOGGING_LEVEL',
      'GET_STATE',
      'GET_AGENT',
      'GET_CONTAINERS',
      'GET_FRAMEWORKS',
      'GET_EXECUTORS',
      'GET_TASKS',
    ]) {
      const { status, text } = await api(agent, { type });
      expect([type, status]).toEqual([type, 200]);
      expect(JSON.parse(text)).toMatchObject({ type, [type.toLowerCase()]: expect.any(Object) });
    }
    const tasks = JSON.parse((await api(agent, { type: 'GET_TASKS' })).text) as object;
    expect(tasks).toMatchObject({ get_tasks: { launched_tasks: [{ task_id: { value: 't1' } }] } });
    const levelFor = (nanoseconds: number) => ({
      type: 'SET_LOGGING_LEVEL',
      set_logging_level: { level: 1, duration: { nanoseconds } },
    });
    expect(await api(agent, levelFor(600e9))).toEqual({ status: 200, text: '' });
    const shown = async () => JSON.parse((await api(agent, { type: 'GET_LOGGING_LEVEL' })).text) as object;
    expect(await shown()).toMatchObject({ get_logging_level: { level: 1 } });
    expect(await api(agent, levelFor(1))).toEqual({ status: 200, text: '' });
    await waitFor(async () => JSON.stringify(await shown()).includes('"level":0'), {
      what: 'the level to be 0',
    });
    expect((await api(agent, { type: 'LAUNCH_NESTED_CONTAINER' })).status).toBe(501);
    expect(await api(agent, {})).toEqual({
      status: 400,
      text: "Failed to validate agent::Call: Expecting 'type' to be present",
    });
    expect((await api(agent, { type: 'READ_FILE' })).status).toBe(400);
    expect((await api(agent, { type: 'LIST_FILES', list_files: { path: '/nope' } })).status).toBe(404);
    expect((await get(agent, '/api/v1')).status).toBe(405);
  });
});
