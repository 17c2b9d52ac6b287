/** A real cluster for the command line: a master, an agent, the scheduler, the executor; all built (`npm run build`). */
import { execFile } from 'node:child_process';
import { readdir, readFile, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, onStopAll, startProcess, tempFolder, waitFor } from '@murmur/testkit';

const deploy = join(import.meta.dirname, '..', '..');
const mesos = join(deploy, 'mesos-local', 'bin', 'murmur-mesos');
const scheduler = join(deploy, 'scheduler', 'bin', 'murmur-scheduler');
/** On a machine that is busy with everything else. */
export const READY_MS = 90_000;

export async function startCluster(): Promise<{ readonly url: string; readonly workDir: string }> {
  const [masterPort, agentPort, port] = [await freePort(), await freePort(), await freePort()];
  const master = `127.0.0.1:${masterPort}`;
  const masterDir = await tempFolder('cli-master');
  await start(
    [mesos, 'master', '--port', `${masterPort}`, '--work-dir', masterDir, '--allocation-interval=200ms'],
    masterPort,
  );
  const workDir = await tempFolder('cli-agent');
  const cgroupsRoot = `murmur-cli-test-${process.pid}`;
  onStopAll(() => clean(workDir, cgroupsRoot));
  await start(
    [
      ...[mesos, 'agent', '--master', master, '--port', `${agentPort}`, '--work-dir', workDir],
      ...['--resources', 'cpus:4;mem:2048;disk:4096;ports:[31000-31099]', '--hostname', '127.0.0.1'],
      ...['--cgroups-root', cgroupsRoot],
    ],
    agentPort,
  );
  const bundle = join(await tempFolder('cli-thermos'), 'murmur-thermos.cjs');
  await promisify(execFile)(process.execPath, [join(deploy, 'thermos', 'bundle.mjs'), bundle]);
  await start(
    [
      ...[scheduler, '--port', `${port}`, '--data', await tempFolder('cli-scheduler'), '--master', master],
      ...['--insecure', 'true', '--task-user', 'root', '--requeue-delay-ms', '100'],
      ...['--thermos-executor-path', bundle, '--thermos-executor-flags', '--idle-exit-ms 500'],
    ],
    port,
  );
  return { url: `http://127.0.0.1:${port}`, workDir };
}

async function start(args: readonly string[], port: number): Promise<void> {
  const readyUrl = `http://127.0.0.1:${port}/health`;
  await startProcess({ command: process.execPath, args, readyUrl, readyTimeoutMs: READY_MS });
}

/** What outlives an agent by design, and must not outlive a test. */
async function clean(workDir: string, cgroupsRoot: string): Promise<void> {
  await waitFor(
    async () => {
      const pids = await processesBelow(workDir);
      for (const pid of pids) end(pid);
      return pids.length === 0;
    },
    { what: `the processes of ${workDir} to be gone`, timeoutMs: READY_MS },
  );
  for (const controller of await readdir('/sys/fs/cgroup').catch(() => [])) {
    const root = join('/sys/fs/cgroup', controller, cgroupsRoot);
    const below = await readdir(root, { withFileTypes: true }).catch(() => []);
    const groups = below.filter((entry) => entry.isDirectory()).map((entry) => join(root, entry.name));
    for (const path of [...groups, ...new Set(groups.map((group) => dirname(group)))])
      await rmdir(path).catch(() => undefined);
  }
}

/** Whose environment names a sandbox of the agent. */
async function processesBelow(workDir: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')),
  );
  return pids.filter((_, i) => environments[i]?.includes(`=${workDir}/slaves/`) === true).map(Number);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
