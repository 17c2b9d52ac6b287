import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@murmur/service';
import { startCoordinator } from './coordinator.js';
import { environmentOf, PROFILE } from './environment-core.js';
import type { GraphEvent, OfRun, Signal } from './graph-core.js';
import type { Identity } from './identity.js';
import { isGone, killTrees, readProcesses, signalTrees, straysOf, usageOf } from './proc.js';
import type { ProcId } from './proc-core.js';
import { rotateLog } from './rotation.js';
import { RunFolder } from './run-folder.js';
import { isLive } from './states-core.js';
import {
  DEFAULT_ROTATE,
  type ProcessUsage,
  type ProcessView,
  type RunnerLogger,
  type RunnerOptions,
  type RunnerProcess,
} from './types.js';

/** Coordinators have so long to end after the last process: a `tee` may still have to write. */
const COORDINATOR_END_MS = 2_000;
const COORDINATOR_CHECK_MS = 20;

export interface RunsOptions {
  readonly options: RunnerOptions;
  /** The folder of the checkpoint. */
  readonly folder: string;
  readonly processes: readonly RunnerProcess[];
  readonly identity: Identity;
  readonly boot: string;
  readonly now: () => number;
  readonly log: Log;
  readonly dispatch: (event: GraphEvent) => void;
  /** A coordinator has ended: its run is worth a look. */
  readonly hint: () => void;
}

/** Performs what the core decides for runs, and tells it what becomes of them. */
export class Runs {
  readonly #with: RunsOptions;
  /** Runs that have ended, but may have left something behind. At most `RUNS_MAX` of each process. */
  readonly #left = new Map<string, RunFolder>();
  /** Sessions that were found below those of the processes when these were signalled. */
  #sessions: readonly ProcId[] = [];
  #isClosed = false;

  constructor(options: RunsOptions) {
    this.#with = options;
  }

  /** Finds what earlier runs may have left behind. */
  recover(views: readonly ProcessView[]): void {
    for (const { name, runs, state } of views) {
      const ended = isLive(state) ? runs - 1 : runs;
      for (let run = 0; run < ended; run += 1) {
        const folder = this.#folderOf({ process: name, run });
        if (!folder.isGone()) this.#left.set(folder.path, folder);
      }
    }
  }

  fork(of: OfRun): void {
    void this.#fork(of).catch((error: unknown) => {
      this.#with.log.warn({ err: error, process: of.process, run: of.run }, 'a process could not be started');
      this.giveUp(of);
    });
  }

  /** Tells what can be seen of a live run. */
  look({ name, runs, state }: ProcessView): void {
    if (!isLive(state)) return;
    const of = { process: name, run: runs - 1 };
    const folder = this.#folderOf(of);
    // Before its exit is looked for: who is dead now wrote it before.
    const isHeld = folder.isCoordinatorAlive();
    const isAlive = isHeld === true || folder.isProcessAlive();
    const started = folder.process();
    if (state === 'FORKED' && started !== null) this.#with.dispatch({ ...started, ...of, type: 'running' });
    const exit = folder.exit();
    if (exit !== null) {
      this.#left.set(folder.path, folder);
      this.#with.dispatch({ ...exit, ...of, type: 'ended' });
    } else if (state === 'RUNNING' && !isAlive) {
      this.#left.set(folder.path, folder);
      this.#with.dispatch({ ...of, type: 'lost' });
    } else if (started === null && isHeld === false) {
      this.giveUp(of);
    }
  }

  giveUp(of: OfRun): void {
    if (this.#isClosed) return;
    const folder = this.#folderOf(of);
    try {
      folder.create();
      if (!folder.giveUp(this.#with.now())) return;
    } catch (error) {
      // It may begin after all: it stays FORKED, and is given up again when it has not been seen in time.
      this.#with.log.warn({ err: error, process: of.process, run: of.run }, 'a run could not be given up');
      return;
    }
    this.#with.dispatch({ ...of, type: 'lost' });
  }

  signal(of: OfRun, signal: Signal): void {
    const roots = this.#folderOf(of).roots(['pid']);
    if (roots.length === 0) this.giveUp(of);
    else if (signal === 'SIGTERM') this.#signal(roots, signal);
    else void this.#kill(merged(roots, this.#sessions));
  }

  /** What ended runs left behind gets the signal, once. */
  sweep(signal: Signal): void {
    this.#signal(this.#rootsLeft(['pid']), signal);
  }

  /** Ends all that is left of any run, and returns when it is gone. */
  async end(views: readonly ProcessView[]): Promise<void> {
    this.recover(views);
    const strays = straysOf(this.#with.options.sandbox);
    await this.#kill(merged(merged(this.#rootsLeft(['pid']), this.#sessions), strays));
    const held = (): boolean =>
      [...this.#left.values()].some((folder) => folder.isCoordinatorAlive() === true);
    for (let waited = 0; held() && waited < COORDINATOR_END_MS; waited += COORDINATOR_CHECK_MS) {
      await sleep(COORDINATOR_CHECK_MS);
    }
    await this.#kill(this.#rootsLeft(['pid', 'coordinator']));
    this.forgetGone();
  }

  /** Forgets the ended runs of which nothing is left. */
  forgetGone(): void {
    if (this.#left.size === 0) return;
    const all = readProcesses();
    for (const [path, folder] of this.#left) {
      if (folder.isCoordinatorAlive() === true || !isGone(folder.roots(['pid']), all)) continue;
      folder.markGone();
      this.#left.delete(path);
    }
  }

  /** Rotates the logs that are due. */
  async rotate(views: readonly ProcessView[]): Promise<void> {
    for (const { name, runs } of views) {
      const { destination, mode, rotate } = this.#loggerOf(name);
      if (runs === 0 || mode !== 'rotate' || destination === 'console' || destination === 'none') continue;
      const { log_size, backups } = rotate ?? DEFAULT_ROTATE;
      const bounds = { bytesMax: log_size, backups, as: this.#with.identity.as };
      for (const stream of ['stdout', 'stderr']) {
        if (this.#isClosed) return;
        const path = join(this.#logsOf({ process: name, run: runs - 1 }), stream);
        await rotateLog(path, bounds).catch((error: unknown) =>
          this.#with.log.warn({ err: error, path }, 'a log could not be rotated'),
        );
      }
    }
  }

  usage(views: readonly ProcessView[]): readonly ProcessUsage[] {
    return usageOf(
      views.flatMap(({ name, runs, state, pid, startTicks }) =>
        state === 'RUNNING' && pid !== null && startTicks !== null
          ? [{ name, run: runs - 1, pid, startTicks }]
          : [],
      ),
    );
  }

  /** Starts and signals nothing any more. */
  close(): void {
    this.#isClosed = true;
  }

  async #fork(of: OfRun): Promise<void> {
    const folder = this.#folderOf(of);
    folder.create();
    // What the run before left behind may hold its port.
    if (of.run > 0) await this.#kill(this.#folderOf({ ...of, run: of.run - 1 }).roots(['pid']));
    if (this.#isClosed || folder.isGivenUp()) return;
    const { options, identity, processes } = this.#with;
    const { sandbox, env, preserveEnv = false } = options;
    const hasProfile = existsSync(join(sandbox, PROFILE));
    const own = process.env;
    const launch = {
      run: folder.path,
      cmdline: processes.find(({ name }) => name === of.process)?.cmdline ?? '',
      env: environmentOf({ sandbox, user: identity.user, own, preserveEnv, env, hasProfile }),
      destination: this.#loggerOf(of.process).destination,
      sandbox,
      logs: this.#logsOf(of),
      as: identity.as,
    };
    startCoordinator(launch, (error) => {
      if (error !== null) this.#with.log.warn({ err: error, process: of.process }, 'no coordinator');
      if (error !== null) this.giveUp(of);
      this.#with.hint();
    });
  }

  #signal(roots: readonly ProcId[], signal: Signal): void {
    if (this.#isClosed || roots.length === 0) return;
    this.#sessions = merged(this.#sessions, signalTrees(roots, signal));
  }

  async #kill(roots: readonly ProcId[]): Promise<void> {
    if (this.#isClosed || roots.length === 0 || (await killTrees(roots))) return;
    this.#with.log.error({ roots }, 'processes survive SIGKILL');
  }

  #rootsLeft(which: readonly ('pid' | 'coordinator')[]): readonly ProcId[] {
    return [...this.#left.values()].flatMap((folder) => folder.roots(which));
  }

  #folderOf({ process, run }: OfRun): RunFolder {
    return new RunFolder(this.#with.folder, process, run, this.#with.boot);
  }

  #logsOf({ process, run }: OfRun): string {
    return join(this.#with.options.sandbox, '.logs', process, String(run));
  }

  #loggerOf(name: string): RunnerLogger {
    const { processes, options } = this.#with;
    return processes.find((process) => process.name === name)?.logger ?? options.loggerDefaults;
  }
}

function merged(some: readonly ProcId[], more: readonly ProcId[]): readonly ProcId[] {
  return [...new Map([...some, ...more].map((id) => [`${id.pid} ${id.startTicks}`, id])).values()];
}
