/** Texts of /proc, and who belongs to whom. Formats: proc(5). */

/** USER_HZ, the unit of times in /proc/PID/stat: 100 on every Linux that Node.js runs on, whatever the kernel's own clock. */
export const TICKS_PER_SECOND = 100;
/** The number of the last signal. */
const SIGNAL_MAX = 64;
const KIB = 1_024;

export interface ProcStat {
  readonly pid: number;
  readonly comm: string;
  readonly state: string;
  readonly ppid: number;
  readonly group: number;
  readonly session: number;
  /** User and system time, its own and that of the children it waited for. */
  readonly cpuTicks: number;
  readonly threads: number;
  readonly startTicks: number;
}

/** What one process is for good: the number may be given to another later, but then it starts later. */
export interface ProcId {
  readonly pid: number;
  readonly startTicks: number;
}

/** Positions after the name, which comes in parentheses and may itself hold spaces and parentheses. */
const AT = {
  state: 0,
  ppid: 1,
  group: 2,
  session: 3,
  times: [11, 12, 13, 14],
  threads: 17,
  start: 19,
} as const;

/** One line of /proc/PID/stat; null if it is not one. */
export function parseStat(line: string): ProcStat | null {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 0 || close < open) return null;
  const fields = line
    .slice(close + 2)
    .trim()
    .split(' ');
  const numberAt = (i: number): number => Number(fields[i] ?? NaN);
  const stat = {
    pid: Number(line.slice(0, open)),
    comm: line.slice(open + 1, close),
    state: fields[AT.state] ?? '',
    ppid: numberAt(AT.ppid),
    group: numberAt(AT.group),
    session: numberAt(AT.session),
    cpuTicks: AT.times.reduce((sum, i) => sum + numberAt(i), 0),
    threads: numberAt(AT.threads),
    startTicks: numberAt(AT.start),
  };
  const isWhole = Object.values(stat).every(
    (value) => typeof value === 'string' || Number.isSafeInteger(value),
  );
  return isWhole && stat.pid > 0 ? stat : null;
}

/** Resident bytes from /proc/PID/status; 0 for a kernel thread or a zombie. */
export function parseRssBytes(status: string): number {
  const found = /^VmRSS:\s+(\d+) kB$/m.exec(status);
  return Number(found?.[1] ?? 0) * KIB;
}

/** It has ended, and only waits for its parent to take notice. */
export function isOver(stat: ProcStat): boolean {
  return stat.state === 'Z' || stat.state === 'X';
}

/**
 * The living processes of the sessions that `roots` lead or led, and their descendants, also those that went into sessions of
 * their own. A root whose number belongs to a younger process by now has no session any more: the kernel does not reuse a
 * number while a session has it.
 */
export function treeOf(all: readonly ProcStat[], roots: readonly ProcId[]): readonly ProcStat[] {
  const byPid = new Map(all.map((stat) => [stat.pid, stat]));
  const led = new Map<number, number>();
  for (const { pid, startTicks } of roots) {
    const owner = byPid.get(pid);
    if (owner === undefined || owner.startTicks === startTicks) led.set(pid, startTicks);
  }
  const members = new Set<number>();
  for (const { pid, session, startTicks } of all) {
    const since = led.get(session) ?? led.get(pid);
    if (since !== undefined && startTicks >= since) members.add(pid);
  }
  for (let size = -1; size !== members.size;) {
    size = members.size;
    for (const { pid, ppid } of all) if (members.has(ppid)) members.add(pid);
  }
  return all.filter((stat) => members.has(stat.pid) && !isOver(stat));
}

/** `roots` and the sessions that members of their tree went into: those stay findable when what links them has ended. */
export function rootsOf(tree: readonly ProcStat[], roots: readonly ProcId[]): readonly ProcId[] {
  const known = new Map(roots.map((root) => [root.pid, root]));
  const oldest = Math.min(...roots.map(({ startTicks }) => startTicks));
  for (const { session } of tree) {
    if (session <= 1 || known.has(session)) continue;
    const leader = tree.find(({ pid }) => pid === session);
    known.set(session, { pid: session, startTicks: leader?.startTicks ?? oldest });
  }
  return [...known.values()];
}

/** What a coordinator or a process writes of itself as it starts: the boot's id and its line of /proc/PID/stat. */
export function parseStartRecord(text: string): (ProcId & { readonly boot: string }) | null {
  const space = text.indexOf(' ');
  // Without the end of its line it is still being written.
  if (space <= 0 || !text.endsWith('\n')) return null;
  const stat = parseStat(text.slice(space + 1));
  return stat === null ? null : { boot: text.slice(0, space), pid: stat.pid, startTicks: stat.startTicks };
}

/** What a coordinator writes at the end: `<status> <exit|signal>`. The exit code, or -n for signal n; null: not whole. */
export function parseExitRecord(text: string): number | null {
  const found = /^(\d{1,3}) (exit|signal)\n$/.exec(text);
  if (found === null) return null;
  const status = Number(found[1]);
  // A core dump adds 128 to the signal.
  const signal = status % 128;
  return found[2] === 'signal' && signal >= 1 && signal <= SIGNAL_MAX ? -signal : status;
}
