import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connectDiscovery, type ServerSet } from '@murmur/discovery';
import { readStatus, tryPublicApi, type SuiteStatus, type TaskStatus } from '@murmur/local';
import { onStopAll, startProcess, stopAll, tempFolder, waitFor, type TestProcess } from '@murmur/testkit';
import { portsIn } from '../src/files.js';
import { portNames } from '../src/specs.js';

jest.setTimeout(240_000);
const HEALTHY_MS = 150_000;
const run = promisify(execFile);
const dist = (name: string): string => fileURLToPath(new URL(`../dist/${name}.js`, import.meta.url));

let data = '';
let launcher: TestProcess;

const start = async (): Promise<void> => {
  const ports = await portsIn(join(data, 'ports.json'), portNames(2), Math.random);
  const args = [dist('main'), '--data', data, '--port', '0'];
  launcher = await startProcess({
    command: process.execPath,
    args,
    readyPort: ports.get('admin') ?? 0,
    readyTimeoutMs: 60_000,
  });
};
const status = async (): Promise<SuiteStatus> => {
  const now = await readStatus(data);
  if (now === null) throw new Error(`no launcher answers: ${(await launcher.output()).slice(-500)}`);
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
const act = async (name: string, action: string): Promise<number> => {
  const { admin } = JSON.parse(await readFile(join(data, 'launcher.json'), 'utf8')) as { admin: string };
  const key = (await readFile(join(data, 'cluster-key'), 'utf8')).trim();
  const answer = await fetch(`${admin}/tasks/${name}/${action}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
  });
  return answer.status;
};
const alive = (pid: number): boolean => existsSync(`/proc/${String(pid)}`);

beforeAll(async () => {
  data = await tempFolder('local');
  await start();
  await healthy();
});
afterAll(stopAll);

describe('a suite on one machine', () => {
  it('serves its public API, and keeps its secrets to its owner and out of argument lists', async () => {
    const { publicUrl, tasks } = await status();
    await waitFor(async () => (await tryPublicApi(publicUrl)) === null, { what: 'the public API' });
    const secrets = [
      (await readFile(join(data, 'cluster-key'), 'utf8')).trim(),
      (await readFile(join(data, 'db-password'), 'utf8')).trim(),
    ];
    for (const name of ['cluster-key', 'db-password'])
      expect((await stat(join(data, name))).mode & 0o777).toBe(0o600);
    for (const { pid } of tasks) {
      const line = await readFile(`/proc/${String(pid)}/cmdline`, 'utf8');
      expect(secrets.filter((secret) => line.includes(secret))).toEqual([]);
    }
  });

  it('starts again what was killed, and announces it again', async () => {
    const { zk } = JSON.parse(await readFile(join(data, 'launcher.json'), 'utf8')) as { zk: string };
    const log = { info: () => undefined, warn: () => undefined };
    const discovery = connectDiscovery({ zk, sessionTimeoutMs: 10_000, log });
    onStopAll(() => discovery.close());
    const set = discovery.watch('/aurora/murmur/prod/ingest');
    const shards = (of: ServerSet) => of.members().map((member) => member.shard);
    await waitFor(() => shards(set).length === 2, { what: 'two instances' });
    const name = set.members().find((member) => member.shard === 1)?.name;
    const before = await taskOf('ingest-1');
    process.kill(before.pid!, 'SIGKILL');
    await waitFor(() => !set.members().some((member) => member.name === name), {
      what: 'the dead one to be withdrawn',
    });
    await waitFor(() => shards(set).includes(1), { what: 'the new one', timeoutMs: HEALTHY_MS });
    const after = await taskOf('ingest-1');
    expect([after.restarts, after.port]).toEqual([1, before.port]);
    expect(after.pid).not.toBe(before.pid);
  });

  it('stops, kills and starts a task for whom the cluster key is known', async () => {
    expect(await act('persister-0', 'stop')).toBe(200);
    await waitFor(async () => (await taskOf('persister-0')).state === 'stopped', { what: 'a stopped task' });
    expect([await act('persister-0', 'start'), await act('persister-0', 'start')]).toEqual([200, 409]);
    expect([await act('nobody', 'stop'), await act('edge', 'dance')]).toEqual([404, 404]);
    expect(await act('memcached-0', 'kill')).toBe(200);
    await waitFor(async () => (await taskOf('memcached-0')).restarts === 1, {
      what: 'memcached to be started again',
    });
    const { admin } = JSON.parse(await readFile(join(data, 'launcher.json'), 'utf8')) as { admin: string };
    expect((await fetch(`${admin}/tasks/edge/kill`, { method: 'POST' })).status).toBe(401);
    await healthy();
  });

  it('runs once per folder', async () => {
    const second = startProcess({
      command: process.execPath,
      args: [dist('main'), '--data', data, '--port', '0'],
      readyPort: 1,
    });
    await expect(second).rejects.toThrow('a launcher runs already');
  });

  it('takes everything along when the launcher is killed, and starts again on the same ports with the same data', async () => {
    const { tasks, publicUrl } = await status();
    await launcher.kill();
    await waitFor(() => tasks.every(({ pid }) => !alive(pid!)), { what: 'the children to be gone' });
    await start();
    await healthy();
    const again = await status();
    expect(again.publicUrl).toBe(publicUrl);
    expect(again.tasks.map((task) => task.port)).toEqual(tasks.map((task) => task.port));
  });

  it('leaves nothing running after down, and nothing lying after down --erase', async () => {
    const { tasks, pid } = await status();
    const { stdout } = await run(process.execPath, [dist('down-main'), '--data', data, '--erase']);
    expect(stdout).toContain('stopped');
    expect(tasks.filter((task) => task.pid !== null && alive(task.pid))).toEqual([]);
    expect([alive(pid), existsSync(data)]).toEqual([false, false]);
    expect((await run(process.execPath, [dist('down-main'), '--data', data])).stdout).toContain(
      'nothing runs',
    );
  });
});
