import { execFile } from 'node:child_process';
import { readdir, readFile, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createSchedulerClient, type SchedulerClient, type TaskShape } from '@murmur/scheduler-api';
import { freePort, onStopAll, startProcess, tempFolder, waitFor, type TestProcess } from '@murmur/testkit';

const run = promisify(execFile);
const deploy = join(import.meta.dirname, '..', '..', '..');
const mesos = join(deploy, 'mesos-local', 'bin', 'murmur-mesos');
export const schedulerBin = join(deploy, 'scheduler', 'bin', 'murmur-scheduler');
/** How long something may take on a machine that is busy with everything else. */
export const READY_MS = 90_000;

/** Pings once a second, so that an agent counts as lost after three. */
const QUICK = ['--agent-ping-timeout=1secs', '--max-agent-ping-timeouts=3', '--allocation-interval=200ms'];

export interface Running {
  readonly url: string;
  readonly port: number;
  readonly process: TestProcess;
}

async function start(args: readonly string[], port: number): Promise<Running> {
  const url = `http://127.0.0.1:${port}`;
  const started = await startProcess({
    command: process.execPath,
    args,
    readyUrl: `${url}/health`,
    readyTimeoutMs: READY_MS,
  });
  return { url, port, process: started };
}

export async function startMaster(flags: readonly string[] = []): Promise<Running> {
  const port = await freePort();
  const workDir = await tempFolder();
  return start([mesos, 'master', '--port', `${port}`, '--work-dir', workDir, ...QUICK, ...flags], port);
}

export interface TestAgent extends Running {
  readonly name: string;
  readonly workDir: string;
}

let agents = 0;

export async function startAgent(master: Running, flags: readonly string[]): Promise<TestAgent> {
  agents += 1;
  const name = `agent-${agents}`;
  const cgroupsRoot = `murmur-scheduler-test-${process.pid}-${agents}`;
  const workDir = await tempFolder();
  const port = await freePort();
  onStopAll(() => clean(workDir, cgroupsRoot));
  const where = ['--master', `127.0.0.1:${master.port}`, '--port', `${port}`, '--work-dir', workDir];
  const own = ['--cgroups-root', cgroupsRoot, '--hostname', '127.0.0.1', '--attributes', `name:${name}`];
  return { ...(await start([mesos, 'agent', ...where, ...own, ...flags], port)), name, workDir };
}

/** Waits until the master counts so many agents as active. */
export async function registered(master: Running, count: number): Promise<void> {
  await waitFor(
    async () => {
      const answer = await fetch(`${master.url}/slaves`, { signal: AbortSignal.timeout(10_000) });
      const { slaves } = (await answer.json()) as { slaves: readonly { active: boolean }[] };
      return slaves.filter(({ active }) => active).length === count;
    },
    { what: `${count} agents to be registered`, timeoutMs: READY_MS },
  );
}

/** Every process whose environment names a sandbox of this agent (and of an executor of this name); without the agent itself. */
export async function processesOf({ workDir }: Pick<TestAgent, 'workDir'>, executor = ''): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')),
  );
  const found = pids.filter((_, i) => {
    const environment = environments[i] ?? '';
    return environment.includes(`=${workDir}/slaves/`) && environment.includes(executor);
  });
  return found.map(Number);
}

/** What outlives an agent by design, and must not outlive a test. */
async function clean(workDir: string, cgroupsRoot: string): Promise<void> {
  await endProcesses({ workDir });
  for (const controller of await readdir('/sys/fs/cgroup').catch(() => [])) {
    const root = join('/sys/fs/cgroup', controller, cgroupsRoot);
    const below = await readdir(root, { withFileTypes: true }).catch(() => []);
    const groups = below.filter((entry) => entry.isDirectory()).map((entry) => join(root, entry.name));
    for (const path of [...groups, ...new Set(groups.map((group) => dirname(group)))])
      await rmdir(path).catch(() => undefined);
  }
}

/** SIGKILL to everything that runs in sandboxes of the agent, until nothing does. */
export async function endProcesses(agent: Pick<TestAgent, 'workDir'>): Promise<void> {
  await waitFor(
    async () => {
      const pids = await processesOf(agent);
      for (const pid of pids) kill(pid);
      return pids.length === 0;
    },
    { what: `the processes of ${agent.workDir} to be gone`, timeoutMs: READY_MS },
  );
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

let bundle: Promise<string> | null = null;

/** The executor as it is shipped: one file. */
export function thermos(): Promise<string> {
  bundle ??= (async () => {
    const file = join(await tempFolder(), 'murmur-thermos.cjs');
    await run(process.execPath, [join(deploy, 'thermos', 'bundle.mjs'), file]);
    return file;
  })();
  return bundle;
}

export interface TestScheduler extends Running {
  readonly client: SchedulerClient;
  readonly folder: string;
}

export async function startScheduler(master: string, flags: readonly string[]): Promise<TestScheduler> {
  const port = await freePort();
  const folder = await tempFolder();
  const running = await start(
    [
      ...[schedulerBin, '--port', `${port}`, '--data', folder, '--master', master, '--cluster-name', 'test'],
      ...['--insecure', 'true', '--task-user', 'root', '--requeue-delay-ms', '100', ...flags],
    ],
    port,
  );
  const client = createSchedulerClient({ urls: running.url, triesMax: 1 });
  return { ...running, client, folder };
}

export async function ready({ client }: Pick<TestScheduler, 'client'>): Promise<void> {
  await waitFor(async () => (await client.call('cluster').catch(() => null))?.lifecycle === 'ACTIVE', {
    what: 'the scheduler to be active',
    timeoutMs: READY_MS,
  });
}

/** A job of a process that does nothing, and has a port that is announced. */
export function jobOf(
  name: string,
  more: Readonly<Record<string, unknown>> = {},
  cmdline = 'exec sleep 1000',
) {
  return {
    cluster: 'test',
    role: 'root',
    environment: 'test',
    name,
    service: true,
    announce: { primary_port: 'http' },
    task: {
      name,
      processes: [{ name: 'main', cmdline, min_duration: 1 }],
      resources: { cpu: 0.1, ram: 32 * 2 ** 20, disk: 16 * 2 ** 20 },
      finalization_wait: 5,
    },
    ...more,
  };
}

export const paramsOf = (name: string) => ({ role: 'root', environment: 'test', name });

export async function tasksOf({ client }: TestScheduler, name: string): Promise<readonly TaskShape[]> {
  const { items } = await client.call('tasks', { query: { name, active: 'true', limit: 1_000 } });
  return items;
}

/** Waits until so many active instances, and all of them, are RUNNING. */
export function running(
  scheduler: TestScheduler,
  name: string,
  count: number,
): Promise<readonly TaskShape[]> {
  let seen: readonly TaskShape[] = [];
  return waitFor(
    async () => {
      seen = await tasksOf(scheduler, name).catch(() => []);
      return seen.length === count && seen.every(({ state }) => state === 'RUNNING') ? seen : undefined;
    },
    { what: `${count} instances of ${name} to run`, timeoutMs: READY_MS },
  ).catch(async (error: unknown) => {
    const output = (await scheduler.process.output()).slice(-6_000);
    throw new Error(`${String(error)}; ${JSON.stringify(seen)}; ${output}`);
  });
}
