import { readdirSync, readFileSync } from 'node:fs';
import { MARKER } from './launch-core.js';
import { parseProcessStat, parseResident, type ProcessStat } from './stats-core.js';

/** Every process of the machine that this one can see. */
export function allProcesses(): readonly ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processStat(Number(name)))
    .filter((stat) => stat !== null);
}

/** A process, or null where there is none (any more). */
export function processStat(pid: number): ProcessStat | null {
  const text = read(`/proc/${pid}/stat`);
  return text === null ? null : parseProcessStat(text);
}

/** True while that very process runs: a zombie does not, nor another one that was given its pid. */
export function runs(pid: number, startTime: string): boolean {
  const stat = processStat(pid);
  return stat !== null && stat.startTime === startTime && stat.state !== 'Z' && stat.state !== 'X';
}

/** What a container without cgroups is found by. */
export interface Traces {
  /** Its first process, or null where that is not known. It is the leader of a session. */
  readonly first: { readonly pid: number; readonly startTime: string } | null;
  /** The shell that waits for it, which carries the marker and yet is not of it; null where there is none or it is unknown. */
  readonly supervisor: { readonly pid: number; readonly startTime: string } | null;
  /** The value of `MARKER` in the environment of its processes. */
  readonly marker: string;
}

/**
 * The processes of a container: its first one, that one's session, all descendants of these, and (with `deep`) everything
 * whose environment carries the marker and what descends from it. Zombies are left out.
 */
export function processesOf(traces: Traces, deep: boolean): readonly ProcessStat[] {
  const all = allProcesses().filter((stat) => stat.state !== 'Z' && stat.state !== 'X');
  const { first, supervisor, marker } = traces;
  const leader = first === null ? null : processStat(first.pid);
  // Another process with the same pid would be the leader of another session.
  const reused = leader !== null && first !== null && leader.startTime !== first.startTime;
  const found = new Set<number>();
  for (const stat of all) {
    if (stat.pid === supervisor?.pid && stat.startTime === supervisor.startTime) continue;
    const bySession = first !== null && !reused && (stat.pid === first.pid || stat.session === first.pid);
    if (bySession || (deep && carries(stat.pid, marker))) found.add(stat.pid);
  }
  addDescendants(found, all);
  found.delete(process.pid);
  return all.filter((stat) => found.has(stat.pid));
}

/** Markers, of those that begin with `prefix`, which some process carries. */
export function markersInUse(prefix: string): ReadonlySet<string> {
  const markers = new Set<string>();
  for (const { pid } of allProcesses()) {
    const marker = markerOf(pid);
    if (marker?.startsWith(prefix) === true) markers.add(marker);
  }
  return markers;
}

function addDescendants(found: Set<number>, all: readonly ProcessStat[]): void {
  const children = new Map<number, number[]>();
  for (const { pid, ppid } of all) children.set(ppid, [...(children.get(ppid) ?? []), pid]);
  const open = [...found];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const child of children.get(pid) ?? []) {
      if (found.has(child)) continue;
      found.add(child);
      open.push(child);
    }
  }
}

function carries(pid: number, marker: string): boolean {
  return markerOf(pid) === marker;
}

function markerOf(pid: number): string | null {
  const start = `${MARKER}=`;
  const entry = read(`/proc/${pid}/environ`)
    ?.split('\0')
    .find((line) => line.startsWith(start));
  return entry === undefined ? null : entry.slice(start.length);
}

/** Bytes of memory that a process has in RAM. */
export function residentBytes(pid: number): number {
  return parseResident(read(`/proc/${pid}/status`) ?? '');
}

/** Changes with every start of the machine. */
export function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? '';
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
