import { jest } from '@jest/globals';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, readlink, realpath, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readStatus, tryPublicApi, type SuiteStatus, type TaskStatus } from '@murmur/local';
import { createSchedulerClient, type SchedulerClient } from '@murmur/scheduler-api';
import { onStopAll, processesIn, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import { packageAll } from '../src/package/package.js';
import { root } from './support/documents.js';
import { up } from './support/suite.js';

jest.setTimeout(400_000);
const HEALTHY_MS = 180_000;
const run = promisify(execFile);
const main = (name: string): string => join(root, `deploy/local/dist/${name}.js`);
const packages = join(root, '.murmur/packages');

let data = '';
let launcher: ChildProcess;
let scheduler: SchedulerClient;

/** Starts a launcher, and the jobs unless they run; resolves with what was said. */
const start = async (...flags: string[]): Promise<string> => {
  const args = [main('main'), '--data', data, '--port', '0', '--scheduler-port', '0', ...flags];
  launcher = spawn(process.execPath, args, { stdio: 'ignore' });
  const said = await up(data);
  const token = (await readFile(join(data, 'scheduler-token'), 'utf8')).trim();
  scheduler = createSchedulerClient({ urls: (await status()).schedulerUrl, credentials: { token } });
  return said;
};
const down = async (...flags: string[]): Promise<string> =>
  (await run(process.execPath, [main('down-main'), '--data', data, ...flags])).stdout;
const status = async (): Promise<SuiteStatus> => {
  const now = await readStatus(data);
  if (now === null) throw new Error('no launcher answers');
  return now;
};
const taskOf = async (name: string): Promise<TaskStatus> =>
  (await status()).tasks.find((task) => task.name === name)!;
const healthy = () =>
  waitFor(async () => (await status()).healthy, {
    what: 'everything to be healthy',
    timeoutMs: HEALTHY_MS,
    everyMs: 200,
  });
const act = async (name: string, action: string, key?: string): Promise<number> => {
  const { admin } = JSON.parse(await readFile(join(data, 'launcher.json'), 'utf8')) as { admin: string };
  const secret = key ?? (await readFile(join(data, 'cluster-key'), 'utf8')).trim();
  const answer = await fetch(`${admin}/tasks/${name}/${action}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${secret}` },
  });
  return answer.status;
};
const alive = (pid: number): boolean => existsSync(`/proc/${String(pid)}`);
/** Ids of the tasks that run: another run of an instance has another. */
const running = async (): Promise<string[]> =>
  (await scheduler.call('tasks', { query: { state: 'RUNNING', limit: 1_000 } })).items
    .map(({ id }) => id)
    .sort();
/** Folders of the memory cgroups that this suite's processes are in; none where there are no cgroups. */
const cgroups = async (): Promise<string[]> => {
  const texts = await Promise.all(
    (await processesIn(data)).map((pid) => readFile(`/proc/${String(pid)}/cgroup`, 'utf8').catch(() => '')),
  );
  const paths = texts.flatMap((text) =>
    [...text.matchAll(/:memory:(\/murmur\/\S+)/g)].map((m) => m[1] ?? ''),
  );
  return [...new Set(paths)].map((path) => join('/sys/fs/cgroup/memory', path));
};

beforeAll(async () => {
  await packageAll(packages);
  data = await realpath(await tempFolder('local'));
  onStopAll(async () => {
    launcher.kill('SIGKILL');
    await down();
  });
  expect(await start()).toMatch(/edge +1\/1 healthy/);
});
afterAll(stopAll);

describe('a suite on one machine', () => {
  it('serves its public API, and keeps its secrets to its owner, out of argument lists and out of job configs', async () => {
    const { publicUrl } = await status();
    await waitFor(async () => (await tryPublicApi(publicUrl)) === null, { what: 'the public API' });
    const names = ['cluster-key', 'db-password', 'scheduler-token'];
    const secrets = await Promise.all(names.map(async (n) => (await readFile(join(data, n), 'utf8')).trim()));
    for (const name of [...names, 'service.env'])
      expect((await stat(join(data, name))).mode & 0o777).toBe(0o600);
    const lines = await Promise.all(
      (await processesIn(data)).map((pid) =>
        readFile(`/proc/${String(pid)}/cmdline`, 'utf8').catch(() => ''),
      ),
    );
    const config = await scheduler.call('job', {
      params: { role: 'murmur', environment: 'prod', name: 'ingest' },
    });
    for (const text of [...lines, JSON.stringify(config)])
      expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });

  it('finds everything running at a second start, and says so', async () => {
    const before = await running();
    expect(before).toHaveLength(17);
    const said = await up(data);
    expect(said).toMatch(/kestrel +runs already/);
    expect(said).not.toContain('another config');
    expect(await running()).toEqual(before);
  });

  it('starts an agent again that was killed, and what ran on it runs on', async () => {
    const before = await running();
    const { pid } = await taskOf('agent-big');
    process.kill(pid!, 'SIGKILL');
    await waitFor(async () => (await taskOf('agent-big')).restarts === 1, {
      what: 'the agent',
      timeoutMs: 60_000,
    });
    await healthy();
    expect(await running()).toEqual(before);
  });

  it('stops, kills and starts a process for whom the cluster key is known', async () => {
    expect(await act('mariadb', 'stop')).toBe(200);
    await waitFor(async () => (await taskOf('mariadb')).state === 'stopped', {
      what: 'a stopped task',
      timeoutMs: 60_000,
    });
    expect([await act('mariadb', 'start'), await act('mariadb', 'start')]).toEqual([200, 409]);
    expect([await act('nobody', 'stop'), await act('master', 'dance')]).toEqual([404, 404]);
    expect(await act('master', 'kill', 'another-key-of-sixteen')).toBe(401);
    expect(await act('scheduler', 'kill')).toBe(200);
    await waitFor(async () => (await taskOf('scheduler')).restarts === 1, {
      what: 'the scheduler',
      timeoutMs: 60_000,
    });
    await healthy();
  });

  it('runs once per folder', async () => {
    const second = run(process.execPath, [
      main('main'),
      '--data',
      data,
      '--port',
      '0',
      '--scheduler-port',
      '0',
    ]);
    await expect(second).rejects.toThrow('a launcher runs already');
  });

  it('outlives a launcher that is killed: the next one finds the jobs, and does not change them by itself', async () => {
    const before = await running();
    const { tasks, publicUrl } = await status();
    launcher.kill('SIGKILL');
    await waitFor(() => tasks.every(({ pid }) => !alive(pid!)), { what: 'the infrastructure to be gone' });
    expect((await fetch(`${publicUrl}/api/v1/streaming/health`)).status).toBe(200);
    const elsewhere = join(await tempFolder(), 'packages');
    await symlink(packages, elsewhere);
    const said = await start('--packages', elsewhere);
    expect(said).toContain('ingest runs with another config than aurora-configs/ingest.aurora');
    expect(said).toContain(`aurora job diff local/murmur/prod/ingest`);
    await healthy();
    expect(await running()).toEqual(before);
    expect((await status()).publicUrl).toBe(publicUrl);
    expect((await status()).tasks.map((task) => task.port)).toEqual(tasks.map((task) => task.port));
  });

  it('leaves nothing running after down, and starts again with the same data', async () => {
    const folders = await cgroups();
    expect(await down()).toContain('stopped');
    expect(
      await Promise.all((await processesIn(data)).map((pid) => readlink(`/proc/${String(pid)}/exe`))),
    ).toEqual([]);
    expect(folders.filter((folder) => existsSync(folder))).toEqual([]);
    expect(await down()).toContain('nothing runs');
    expect(await start()).toMatch(/persister +2\/2 healthy/);
  });

  it('is ended by down after its launcher was killed, with nothing left lying after --erase', async () => {
    const folders = await cgroups();
    const { tasks } = await status();
    launcher.kill('SIGKILL');
    await waitFor(() => tasks.every(({ pid }) => !alive(pid!)), { what: 'the infrastructure to be gone' });
    expect((await processesIn(data)).length).toBeGreaterThan(17);
    expect(await down('--erase')).toContain('ended what a launcher that was killed had left');
    expect(await processesIn(data)).toEqual([]);
    expect([...folders, data].filter((folder) => existsSync(folder))).toEqual([]);
  });
});
