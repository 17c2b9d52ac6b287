import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Log } from '@murmur/service';
import { LogFile } from './log-file.js';
import { newTask, step, type Effect, type Task, type TaskEvent } from './supervisor-core.js';
import type { TaskSpec } from './specs.js';

const TICK_MS = 100;
const PROBE_STARTING_MS = 200;
const PROBE_RUNNING_MS = 1_000;

export interface RunnerOptions {
  readonly spec: TaskSpec;
  readonly logs: string;
  readonly logMaxBytes: number;
  readonly log: Log;
  /** Whether what it needs has been healthy. */
  readonly canStart: () => boolean;
}

/** What `GET /status` says of a task. */
export interface TaskStatus {
  readonly name: string;
  readonly state: Task['phase'];
  readonly pid: number | null;
  readonly port: number;
  readonly restarts: number;
  readonly sinceMs: number;
  readonly reason: string | null;
  readonly log: string;
}

/** Runs one task: performs what the core decides. */
export class Runner {
  readonly spec: TaskSpec;
  /** It has been healthy once: others that need it may start. */
  wasHealthy = false;
  readonly #options: RunnerOptions;
  readonly #logPath: string;
  readonly #output: LogFile;
  readonly #timer: NodeJS.Timeout;
  #task: Task;
  #child: ChildProcess | null = null;
  #spawning = false;
  #nextProbe = 0;
  #probing = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
    this.spec = options.spec;
    this.#logPath = join(options.logs, `${options.spec.name}.log`);
    this.#output = new LogFile(this.#logPath, options.logMaxBytes);
    this.#task = newTask(Date.now());
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  status(): TaskStatus {
    const { phase, restarts, since, reason } = this.#task;
    const { name, port } = this.spec;
    return {
      name,
      state: phase,
      pid: this.#child?.pid ?? null,
      port,
      restarts,
      sinceMs: since,
      reason,
      log: this.#logPath,
    };
  }

  get phase(): Task['phase'] {
    return this.#task.phase;
  }

  dispatch(event: TaskEvent): void {
    const before = this.#task;
    const { task, effects } = step(before, event, Date.now());
    this.#task = task;
    for (const effect of effects) this.#perform(effect);
    if (task.phase !== before.phase) this.#changed(task);
  }

  /** SIGKILL, as a crash would; it is started again. */
  crash(): boolean {
    return this.#child?.kill('SIGKILL') ?? false;
  }

  /** For good; its log and timers too. The task must have been stopped. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.spec.close?.();
    this.#output.close();
  }

  #changed(task: Task): void {
    const fields = { task: this.spec.name, state: task.phase, reason: task.reason, restarts: task.restarts };
    if (task.phase === 'backoff' || task.phase === 'unhealthy') this.#options.log.warn(fields, 'task');
    else this.#options.log.info(fields, 'task');
    if (task.phase === 'healthy') this.wasHealthy = true;
    this.#nextProbe = 0;
  }

  #tick(): void {
    const { phase } = this.#task;
    if (phase === 'waiting' && this.#options.canStart()) this.dispatch({ type: 'ready' });
    this.dispatch({ type: 'tick' });
    const alive =
      this.#child !== null && (phase === 'starting' || phase === 'healthy' || phase === 'unhealthy');
    if (alive && !this.#probing && Date.now() >= this.#nextProbe) void this.#probe(this.#child);
  }

  async #probe(child: ChildProcess | null): Promise<void> {
    this.#probing = true;
    const problem = await this.spec.probe().catch((error: unknown) => messageOf(error));
    this.#probing = false;
    const every = this.#task.phase === 'healthy' ? PROBE_RUNNING_MS : PROBE_STARTING_MS;
    this.#nextProbe = Date.now() + every;
    // An answer to a question put to its predecessor says nothing about this process.
    if (child === this.#child && child !== null) this.dispatch({ type: 'probe', problem });
  }

  #perform(effect: Effect): void {
    switch (effect) {
      case 'spawn':
        void this.#spawn();
        return;
      case 'terminate':
        this.#signal('SIGTERM');
        return;
      case 'kill':
        this.#signal('SIGKILL');
        return;
    }
  }

  #signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
    this.#child?.kill('SIGCONT');
    // Nothing to wait for: it was not even started.
    if (this.#child === null && !this.#spawning) this.dispatch({ type: 'exited', how: 'not running' });
  }

  async #spawn(): Promise<void> {
    this.#spawning = true;
    try {
      await this.spec.beforeStart?.();
    } catch (error) {
      this.#spawning = false;
      this.dispatch({ type: 'exited', how: messageOf(error) });
      return;
    }
    this.#spawning = false;
    if (this.#task.phase !== 'starting') {
      this.dispatch({ type: 'exited', how: 'not started' });
      return;
    }
    const { command, args, env } = this.spec;
    // The kernel ends it with the launcher, however that ends.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stdout.on('data', (bytes: Buffer) => this.#output.write(bytes));
    child.stderr.on('data', (bytes: Buffer) => this.#output.write(bytes));
    const ended = (how: string): void => {
      if (this.#child !== child) return;
      this.#child = null;
      this.dispatch({ type: 'exited', how });
    };
    child.once('error', (error) => ended(error.message));
    child.once('close', (code, signal) => ended(`ended with ${signal ?? code ?? 'nothing'}`));
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
