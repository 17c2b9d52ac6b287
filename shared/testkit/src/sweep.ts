import { readdir, readlink } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process may have started another between two looks. */
const ROUNDS_MAX = 20;
const PAUSE_MS = 10;

/** SIGKILL for every process that works in this folder or below, until there is none; says which there were. */
export async function endProcessesIn(folder: string): Promise<readonly number[]> {
  const ended = new Set<number>();
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const found = await processesIn(folder);
    if (found.length === 0) break;
    for (const pid of found) {
      ended.add(pid);
      kill(pid);
    }
    await sleep(PAUSE_MS);
  }
  return [...ended];
}

/** Pids of all processes whose working directory is this folder or lies below; our own is never one. */
export async function processesIn(folder: string): Promise<readonly number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
  const inside = await Promise.all(
    pids.map(async (pid) => {
      const cwd = await readlink(`/proc/${pid}/cwd`).catch(() => '');
      return pid !== process.pid && `${cwd}/`.startsWith(`${folder}/`);
    }),
  );
  return pids.filter((_, index) => inside[index]);
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
}
