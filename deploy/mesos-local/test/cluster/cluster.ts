import { readdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { freePort, onStopAll, startProcess, tempFolder, waitFor, type TestProcess } from '@murmur/testkit';
import type { Host } from './network.js';
import { processesOf } from './traces.js';

const bin = join(import.meta.dirname, '..', '..', 'bin', 'murmur-mesos');
/** How long a process may take until it answers on a machine that is busy with everything else. */
export const READY_MS = 60_000;

export interface TestMaster {
  readonly url: string;
  readonly port: number;
  readonly process: TestProcess;
}

/** Pings once a second, so that an agent counts as lost after three. */
const QUICK = [
  '--agent-ping-timeout',
  '1secs',
  '--max-agent-ping-timeouts',
  '3',
  '--allocation-interval',
  '200ms',
];

export async function startMaster(flags: readonly string[] = []): Promise<TestMaster> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const process = await startProcess({
    command: globalThis.process.execPath,
    args: [
      bin,
      'master',
      '--ip',
      '0.0.0.0',
      '--port',
      `${port}`,
      '--work-dir',
      await tempFolder(),
      ...QUICK,
      ...flags,
    ],
    readyUrl: `${url}/health`,
    readyTimeoutMs: READY_MS,
  });
  return { url, port, process };
}

export interface TestAgent {
  readonly hostname: string;
  readonly url: string;
  readonly workDir: string;
  readonly process: TestProcess;
  readonly cgroupsRoot: string;
}

let agents = 0;

/** An agent on a machine of its own, or (`host` null) beside the test on loopback. */
export async function startAgent(
  master: TestMaster,
  host: Host | null,
  flags: readonly string[],
): Promise<TestAgent> {
  agents += 1;
  const cgroupsRoot = `murmur-test-${process.pid}-${agents}`;
  const hostname = host?.name ?? `loop-${agents}`;
  const [ip, port] = host === null ? ['127.0.0.1', await freePort()] : [host.ip, 5051];
  const workDir = await tempFolder();
  const argv = [
    process.execPath,
    bin,
    'agent',
    '--master',
    `${host?.gateway ?? '127.0.0.1'}:${master.port}`,
    ...['--ip', ip, '--port', `${port}`, '--hostname', hostname],
    ...['--work-dir', workDir, '--cgroups-root', cgroupsRoot],
    ...flags,
  ];
  onStopAll(() => clean(workDir, cgroupsRoot)); // runs once the agent is stopped
  const { command, args } = host?.command(argv) ?? { command: argv[0] ?? '', args: argv.slice(1) };
  const url = `http://${ip}:${port}`;
  const started = await startProcess({ command, args, readyUrl: `${url}/health`, readyTimeoutMs: READY_MS });
  return { hostname, url, workDir, process: started, cgroupsRoot };
}

export async function getJson(url: string): Promise<unknown> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

interface StateSlaves {
  readonly slaves: readonly { readonly hostname: string; readonly active: boolean; readonly id: string }[];
}

/** Waits until the master counts the agents as active; gives their ids by host name. */
export async function registered(
  master: TestMaster,
  hostnames: readonly string[],
): Promise<Map<string, string>> {
  return waitFor(
    async () => {
      const { slaves } = (await getJson(`${master.url}/slaves`)) as StateSlaves;
      const ids = new Map(slaves.filter(({ active }) => active).map(({ hostname, id }) => [hostname, id]));
      return hostnames.every((name) => ids.has(name)) ? ids : undefined;
    },
    { what: `${hostnames.join(', ')} to be registered`, timeoutMs: READY_MS },
  );
}

/** What outlives an agent by design, and must not outlive a test that failed half-way. */
async function clean(workDir: string, cgroupsRoot: string): Promise<void> {
  await waitFor(
    async () => {
      const pids = await processesOf({ workDir });
      for (const pid of pids) process.kill(pid, 'SIGKILL');
      return pids.length === 0;
    },
    { what: `the processes of ${workDir} to be gone` },
  );
  const cgroups = await cgroupsOf({ cgroupsRoot });
  for (const path of [...cgroups, ...new Set(cgroups.map((below) => dirname(below)))])
    await rmdir(path).catch(() => undefined);
}

/** Every cgroup below an agent's root, in every hierarchy that is mounted. */
export async function cgroupsOf(agent: Pick<TestAgent, 'cgroupsRoot'>): Promise<string[]> {
  const found: string[] = [];
  for (const controller of await readdir('/sys/fs/cgroup').catch(() => [])) {
    const root = join('/sys/fs/cgroup', controller, agent.cgroupsRoot);
    const below = await readdir(root, { withFileTypes: true }).catch(() => []);
    found.push(...below.filter((entry) => entry.isDirectory()).map((entry) => join(root, entry.name)));
  }
  return found;
}
