import { readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Signal } from './graph-core.js';
import {
  parseRssBytes,
  parseStat,
  rootsOf,
  TICKS_PER_SECOND,
  treeOf,
  type ProcId,
  type ProcStat,
} from './proc-core.js';
import { isCode, readIfThere } from './run-folder.js';
import type { ProcessUsage } from './types.js';

/** A process that got SIGKILL is looked for so often, */
const GONE_CHECK_MS = 20;
/** and for so long. What is still there then is stuck in the kernel. */
export const GONE_WAIT_MS = 10_000;

/** All processes that may be seen. */
export function readProcesses(): readonly ProcStat[] {
  const found: ProcStat[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = parseStat(readIfThere(`/proc/${name}/stat`));
    if (stat !== null) found.push(stat);
  }
  return found;
}

/** Sends a signal once to every process group of the trees. Returns the roots, with the sessions found on the way. */
export function signalTrees(roots: readonly ProcId[], signal: Signal): readonly ProcId[] {
  const tree = treeOf(readProcesses(), roots);
  for (const group of new Set(tree.map((stat) => stat.group))) send(-group, signal);
  return rootsOf(tree, roots);
}

/** SIGKILL until nothing of the trees is left, at most `GONE_WAIT_MS`; whether that is so. */
export async function killTrees(roots: readonly ProcId[]): Promise<boolean> {
  let known = roots;
  for (let waited = 0; ; waited += GONE_CHECK_MS) {
    known = signalTrees(known, 'SIGKILL');
    if (isGone(known)) return true;
    if (waited >= GONE_WAIT_MS) return false;
    await sleep(GONE_CHECK_MS);
  }
}

export function isGone(roots: readonly ProcId[], all: readonly ProcStat[] = readProcesses()): boolean {
  return treeOf(all, roots).length === 0;
}

/**
 * Processes that live in `home` by their environment, wherever they went: those that made themselves a session of their own and
 * whose parents have ended. The runner, what it descends from, and what runs in its session (a health check) are not among them.
 */
export function straysOf(home: string): readonly ProcId[] {
  const all = readProcesses();
  const byPid = new Map(all.map((stat) => [stat.pid, stat]));
  const spared = new Set<number>();
  for (let stat = byPid.get(process.pid); stat !== undefined && !spared.has(stat.pid);) {
    spared.add(stat.pid);
    stat = byPid.get(stat.ppid);
  }
  const own = byPid.get(process.pid)?.session;
  return all.filter(
    ({ pid, session }) =>
      session !== own && !spared.has(pid) && environmentOf(pid).split('\0').includes(`HOME=${home}`),
  );
}

function environmentOf(pid: number): string {
  try {
    return readIfThere(`/proc/${pid}/environ`);
  } catch (error) {
    // Another user's: not started by this runner, or out of its reach.
    if (isCode(error, 'EACCES') || isCode(error, 'EPERM')) return '';
    throw error;
  }
}

/** What the tree of each of these uses now. */
export function usageOf(
  running: readonly (ProcId & { name: string; run: number })[],
): readonly ProcessUsage[] {
  const all = readProcesses();
  return running.map(({ name, run, pid, startTicks }) => {
    const tree = treeOf(all, [{ pid, startTicks }]);
    const sum = (of: (stat: ProcStat) => number): number => tree.reduce((total, stat) => total + of(stat), 0);
    return {
      name,
      run,
      pid,
      cpuSeconds: sum(({ cpuTicks }) => cpuTicks) / TICKS_PER_SECOND,
      rssBytes: sum((stat) => parseRssBytes(readIfThere(`/proc/${stat.pid}/status`))),
      threads: sum(({ threads }) => threads),
      processes: tree.length,
    };
  });
}

function send(pid: number, signal: Signal): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // It ended meanwhile; or it changed its user, and a runner without root's rights cannot reach it.
    if (!isCode(error, 'ESRCH') && !isCode(error, 'EPERM')) throw error;
  }
}
