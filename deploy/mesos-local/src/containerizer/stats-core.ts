/** Ticks of utime and stime in /proc; 100 for every program on Linux, whatever the kernel's own rate. */
export const CLOCK_TICKS = 100;

/** A line of /proc/PID/stat. */
export interface ProcessStat {
  readonly pid: number;
  readonly state: string;
  readonly ppid: number;
  readonly session: number;
  readonly userSecs: number;
  readonly systemSecs: number;
  readonly threads: number;
  /** Field 22, in ticks since boot; together with the pid it names a process. */
  readonly startTime: string;
}

/** Parses /proc/PID/stat (proc(5)); null where it is none. The name in parentheses may hold anything. */
export function parseProcessStat(text: string): ProcessStat | null {
  const close = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(close + 2).split(' ');
  const startTime = fields[19];
  if (close < 0 || !Number.isSafeInteger(pid) || startTime === undefined || !/^\d+\s*$/.test(startTime))
    return null;
  return {
    pid,
    state: fields[0] ?? '',
    ppid: Number(fields[1]),
    session: Number(fields[3]),
    userSecs: Number(fields[11]) / CLOCK_TICKS,
    systemSecs: Number(fields[12]) / CLOCK_TICKS,
    threads: Number(fields[17]),
    startTime: startTime.trim(),
  };
}

/** `name value` lines (memory.stat, cpu.stat, memory.events, memory.oom_control, cpuacct.stat); anything else is left out. */
export function parseFlatKeyed(text: string): ReadonlyMap<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^(\S+) (-?\d+)$/.exec(line);
    if (match?.[1] !== undefined) values.set(match[1], Number(match[2]));
  }
  return values;
}

/** The pids of a cgroup.procs, without 0 (a process that this pid namespace cannot see). */
export function parsePids(text: string): readonly number[] {
  return text
    .split('\n')
    .map(Number)
    .filter((pid) => Number.isSafeInteger(pid) && pid > 0);
}

/** A file of one number; `max` and v1's "unlimited" (near 2^63) are Infinity, anything else null. */
export function parseNumber(text: string | null): number | null {
  if (text === null) return null;
  const word = text.trim();
  if (word === 'max') return Infinity;
  if (!/^-?\d+$/.test(word)) return null;
  const value = Number(word);
  return value > Number.MAX_SAFE_INTEGER ? Infinity : value;
}

/** Bytes of `VmRSS:  123 kB` in /proc/PID/status; 0 for a process without memory (kernel, zombie). */
export function parseResident(text: string): number {
  const match = /^VmRSS:\s*(\d+) kB$/m.exec(text);
  return match === null ? 0 : Number(match[1]) * 1024;
}
