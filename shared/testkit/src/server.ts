import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onStopAll, removeFolder } from './registry.js';
import { waitFor } from './wait.js';
import type { TestProcess } from './types.js';

/** How long a server may take to answer; ten times what a busy two-core machine needs. */
export const READY_TIMEOUT_MS = 30_000;
/** How long a polite end may take before SIGKILL. */
const STOP_TIMEOUT_MS = 10_000;
/** How long a stopped process may take to stand still: a thread within a disk write stops after it. */
const PAUSE_TIMEOUT_MS = 10_000;
const LOG_TAIL_CHARS = 2_000;

export interface ServerSpec {
  readonly name: string;
  readonly port: number;
  readonly folder: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Throws or gives false until the server can be used. */
  readonly ready: () => Promise<boolean>;
  readonly readyTimeoutMs?: number;
  /** What `stop` sends first: SIGKILL for servers whose folder goes away anyhow. */
  readonly stopSignal: 'SIGTERM' | 'SIGKILL';
}

/** Starts a child with a folder and waits until it is ready; on failure throws with the tail of its output. */
export async function startServer(spec: ServerSpec): Promise<TestProcess> {
  const run = new ServerRun(spec);
  const forget = onStopAll(() => run.stop());
  const server: TestProcess = {
    host: '127.0.0.1',
    port: spec.port,
    folder: spec.folder,
    pid: () => run.pid(),
    kill: () => run.end('SIGKILL'),
    pause: () => {
      run.pause();
    },
    resume: () => {
      run.signal('SIGCONT');
    },
    restart: async () => {
      await run.end('SIGKILL');
      await run.start();
    },
    stop: async () => {
      forget();
      await run.stop();
    },
    output: () => run.output(),
    signal: (name) => {
      run.signal(name);
    },
    exited: () => run.exited,
  };
  try {
    await run.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

class ServerRun {
  private readonly spec: ServerSpec;
  private child: ChildProcess | null = null;
  exited: Promise<number | NodeJS.Signals | null> = Promise.resolve(null);

  constructor(spec: ServerSpec) {
    this.spec = spec;
  }

  pid(): number | null {
    return this.child?.pid ?? null;
  }

  signal(name: NodeJS.Signals): void {
    this.child?.kill(name);
  }

  /** SIGSTOP reaches the threads of a process one by one: only when the last one stands is the server silent. */
  pause(): void {
    const pid = this.child?.pid;
    if (pid === undefined) return;
    this.signal('SIGSTOP');
    const giveUpAt = Date.now() + PAUSE_TIMEOUT_MS;
    while (!threadsStopped(pid)) {
      if (Date.now() > giveUpAt) throw new Error(`${this.spec.name}: still runs after SIGSTOP`);
    }
  }

  async start(): Promise<void> {
    const { spec } = this;
    const child = spawnChild(spec);
    this.child = child;
    this.exited = new Promise((resolve) => {
      child.once('error', () => {
        resolve(null);
      });
      child.once('exit', (code, signal) => {
        resolve(code ?? signal);
      });
    });
    void this.exited.then(() => {
      if (this.child === child) this.child = null;
    });
    const timeoutMs = spec.readyTimeoutMs ?? READY_TIMEOUT_MS;
    try {
      await waitFor(async () => this.child !== child || (await spec.ready()), {
        what: `${spec.name} to be ready`,
        timeoutMs,
      });
    } catch (error) {
      throw await this.failure(error instanceof Error ? error.message : 'not ready');
    }
    if (this.child !== child)
      throw await this.failure(`exited with ${String(await this.exited)} before it was ready`);
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (child === null) return;
    child.kill(signal);
    child.kill('SIGCONT'); // a paused one must wake up to die politely
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(timer);
  }

  async stop(): Promise<void> {
    await this.end(this.spec.stopSignal);
    await removeFolder(this.spec.folder);
  }

  output(): Promise<string> {
    return readFile(logPath(this.spec), 'utf8').catch(() => '');
  }

  private async failure(reason: string): Promise<Error> {
    const tail = (await this.output()).slice(-LOG_TAIL_CHARS);
    return new Error(`${this.spec.name} on port ${String(this.spec.port)}: ${reason}\n${tail}`);
  }
}

/** Whether every thread is in state T (stopped) or gone; `/proc/PID/task/TID/stat`, the word after `(name)`. */
function threadsStopped(pid: number): boolean {
  try {
    const tasks = `/proc/${String(pid)}/task`;
    return readdirSync(tasks).every((tid) => {
      const stat = readFileSync(`${tasks}/${tid}/stat`, 'utf8');
      return 'TtZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2));
    });
  } catch {
    return false; // a thread ended while it was looked at: look again
  }
}

function logPath(spec: ServerSpec): string {
  return join(spec.folder, 'output.log');
}

/** `setpriv --pdeathsig` makes the kernel kill the child when the test process dies, however that happens. */
function spawnChild(spec: ServerSpec): ChildProcess {
  const log = openSync(logPath(spec), 'a');
  try {
    return spawn('setpriv', ['--pdeathsig', 'KILL', '--', spec.command, ...spec.args], {
      cwd: spec.cwd ?? spec.folder,
      env: { ...process.env, ...spec.env },
      stdio: ['ignore', log, log],
    });
  } finally {
    closeSync(log);
  }
}
