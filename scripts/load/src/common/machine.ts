/** The machine under a benchmark: its load, and what a process used of it. */
import { readdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { familyOf, kilobytesLine, parseStat, type ProcStat } from './proc-core.js';

/** Above this the machine is busy with something else and a figure would say little. */
export const LOAD_MAX = 0.5;

/** A line for people when the machine is too busy to measure on it, else null. */
export function tooBusy(load: number = loadavg()[0] ?? 0): string | null {
  return load > LOAD_MAX
    ? `the load is ${load.toFixed(2)}, above ${LOAD_MAX}: wait, or say --any-load`
    : null;
}

/** CPU seconds (user + system) of a process and its children, also of those that have ended. */
export function cpuSecondsOf(pid: number): number {
  const stats = new Map<number, ProcStat>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = parseStat(textOf(`/proc/${name}/stat`));
    if (stat !== null) stats.set(Number(name), stat);
  }
  const parents = new Map([...stats].map(([child, { parent }]) => [child, parent]));
  return familyOf(pid, parents).reduce((sum, member) => {
    const stat = stats.get(member);
    return stat === undefined ? sum : sum + stat.cpuSeconds + stat.endedChildrenCpuSeconds;
  }, 0);
}

/** Resident memory of a process, bytes. */
export function residentBytes(pid: number): number {
  return kilobytesLine(textOf(`/proc/${pid}/status`), 'VmRSS');
}

/** Resident memory, shared pages counted by share, bytes. */
export function proportionalBytes(pid: number): number {
  return kilobytesLine(textOf(`/proc/${pid}/smaps_rollup`), 'Pss');
}

/** Empty when the process has ended. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
