import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** An agent, as far as its traces go. */
interface Left {
  readonly workDir: string;
}

/** Every process whose environment names a sandbox of this agent (`MESOS_SANDBOX`, or `HOME` below Thermos); sorted, without the agent itself. */
export async function processesOf(agent: Left): Promise<number[]> {
  const mark = `=${agent.workDir}/slaves/`;
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const environments = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '')),
  );
  return pids
    .filter((_, i) => environments[i]?.includes(mark))
    .map(Number)
    .sort((a, b) => a - b);
}

/** The sandboxes on an agent: `slaves/S/frameworks/F/executors/E/runs/C`. */
export async function sandboxesOf(agent: Left): Promise<string[]> {
  let folders = [join(agent.workDir, 'slaves')];
  for (const level of ['*', 'frameworks', '*', 'executors', '*', 'runs', '*']) {
    const next = await Promise.all(folders.map((folder) => foldersIn(folder)));
    folders = next.flat().filter((path) => level === '*' || path.endsWith(`/${level}`));
  }
  return folders;
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(folder, entry.name));
}
