/** What Linux says of processes in /proc. Pure. */

/** Linux counts CPU time in these, and says so with `getconf CLK_TCK`. */
const TICKS_PER_SECOND = 100;

export interface ProcStat {
  readonly parent: number;
  /** User and system, of all threads, ended ones too. */
  readonly cpuSeconds: number;
  /** Of the children that ended and were waited for. */
  readonly endedChildrenCpuSeconds: number;
}

/** `/proc/PID/stat`: the name may hold anything, so the fields count from the last `)`. Null of what is none. */
export function parseStat(text: string): ProcStat | null {
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [parent, user, system, childrenUser, childrenSystem] = [1, 11, 12, 13, 14].map((at) => fields[at]);
  if (parent === undefined || user === undefined || system === undefined) return null;
  return {
    parent,
    cpuSeconds: (user + system) / TICKS_PER_SECOND,
    endedChildrenCpuSeconds: ((childrenUser ?? 0) + (childrenSystem ?? 0)) / TICKS_PER_SECOND,
  };
}

/** A process and all below it. */
export function familyOf(pid: number, parents: ReadonlyMap<number, number>): number[] {
  const family = [pid];
  for (const member of family)
    for (const [child, parent] of parents)
      if (parent === member && !family.includes(child)) family.push(child);
  return family;
}

/** Bytes of a `Name: N kB` line of `/proc/PID/status` or `smaps_rollup`; 0 when it is not there. */
export function kilobytesLine(text: string, name: string): number {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1];
  return Number(found ?? 0) * 1024;
}
