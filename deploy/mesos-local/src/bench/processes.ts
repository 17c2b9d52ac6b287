import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const BIN = join(import.meta.dirname, '../../bin/murmur-mesos');
const PEER = join(import.meta.dirname, 'peer.js');
/** For a line of the log to come, ms. */
const LINE_TIMEOUT_MS = 120_000;
/** Between SIGTERM and SIGKILL, ms. */
const GRACE_MS = 10_000;
/** USER_HZ, which Linux fixes at 100 for what it shows in /proc. */
const TICKS_PER_SECOND = 100;

type Line = Readonly<Record<string, unknown>>;

/** A process of the benchmark whose log is read, JSON line by line. */
export interface BenchProcess {
  readonly pid: number;
  /** Resolves with the first line, past or to come, that has this message; rejects when the process ends before, or in two minutes. */
  line(message: string): Promise<Line>;
  /** User and system time since its start, seconds. */
  cpuSeconds(): number;
  /** Resident memory now and at its most, megabytes. */
  memoryMb(): { readonly now: number; readonly most: number };
  stop(): Promise<void>;
}

export function startMesos(args: readonly string[]): BenchProcess {
  return start([BIN, ...args]);
}

/** The server to compare with: it parses what is posted and answers 202. */
export function startPeer(): BenchProcess {
  return start([PEER]);
}

function start(args: readonly string[]): BenchProcess {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${args.join(' ')} could not be started`);
  const seen = new Map<string, Line>();
  const waiting = new Map<string, (line: Line) => void>();
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = readLine(text);
    const message = String(line['msg']);
    // Only the first of a kind is asked for; a thousand agents' worth of lines would be kept for nothing.
    if (!seen.has(message)) seen.set(message, line);
    waiting.get(message)?.(line);
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    pid,
    line: (message) => waitForLine(message, { seen, waiting, child, name: args.slice(0, 3).join(' ') }),
    cpuSeconds: () => cpuSeconds(pid),
    memoryMb: () => memoryMb(pid),
    stop: async () => {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

interface Watched {
  readonly seen: ReadonlyMap<string, Line>;
  readonly waiting: Map<string, (line: Line) => void>;
  readonly child: ChildProcess;
  readonly name: string;
}

function waitForLine(message: string, { seen, waiting, child, name }: Watched): Promise<Line> {
  const known = seen.get(message);
  if (known !== undefined) return Promise.resolve(known);
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      clearTimeout(late);
      reject(new Error(`${name} did not log "${message}": ${why}`));
    };
    const late = setTimeout(() => fail(`not within ${LINE_TIMEOUT_MS} ms`), LINE_TIMEOUT_MS);
    child.once('exit', () => fail('it ended'));
    waiting.set(message, (line) => {
      clearTimeout(late);
      waiting.delete(message);
      resolve(line);
    });
  });
}

function readLine(text: string): Line {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return {};
  }
}

/** Fields 14 and 15 of /proc/PID/stat, counted behind the name, which may hold blanks. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function memoryMb(pid: number): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;
  return { now: field('VmRSS'), most: field('VmHWM') };
}
