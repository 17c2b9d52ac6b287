import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@murmur/service';
import { killPids } from './cgroup-files.js';
import { PREPARING, stepContainer, type ContainerEvent, type ContainerState } from './container-core.js';
import type { Isolator } from './isolator.js';
import { parseExit } from './launch-core.js';
import type { Limits } from './limits-core.js';
import { diskLimitation, memoryLimitation } from './limitation-core.js';
import { processesOf, runs, type Traces } from './processes.js';
import type { ContainerRecord, Termination } from './types.js';

const FIRST_PAUSE_MS = 10;
/** A process in an uninterruptible wait cannot be ended; it is tried again for as long as it is there, this often. */
const MAX_PAUSE_MS = 2_000;
/** Rounds after which the log says that something will not end; then once every so many. */
const PATIENCE_ROUNDS = 30;
/** How long the supervising shell may take to record the end of a command that is gone, ms. */
const RECORD_TIMEOUT_MS = 10_000;

/** A process by name: its pid and its start time. */
export interface ProcessName {
  readonly pid: number;
  readonly startTime: string;
}

/** One container from its launch to its end. Time goes on in `tick`, which the containerizer calls. */
export class Container {
  readonly record: Omit<ContainerRecord, 'pid' | 'pidStartTime'>;
  readonly aborted = new AbortController();
  readonly gone: Promise<Termination>;
  limits: Limits;
  diskUsedBytes: number | null = null;
  first: ProcessName | null = null;
  supervisor: ProcessName | null = null;
  readonly #isolator: Isolator;
  readonly #log: Log;
  readonly #marker: string;
  #state: ContainerState = PREPARING;
  #report: (termination: Termination) => void = () => undefined;
  #clearing = false;

  constructor(
    record: Omit<ContainerRecord, 'pid' | 'pidStartTime'>,
    context: {
      readonly isolator: Isolator;
      readonly limits: Limits;
      readonly marker: string;
      readonly log: Log;
    },
  ) {
    this.record = record;
    this.limits = context.limits;
    this.#isolator = context.isolator;
    this.#marker = context.marker;
    this.#log = context.log.child({ container: record.containerId });
    this.gone = new Promise((resolve) => (this.#report = resolve));
  }

  get phase(): ContainerState['phase'] {
    return this.#state.phase;
  }

  get traces(): Traces {
    return { first: this.first, supervisor: this.supervisor, marker: this.#marker };
  }

  /** Applies an event and does what follows from it. */
  on(event: ContainerEvent): void {
    const { state, effects } = stepContainer(this.#state, event);
    this.#state = state;
    for (const effect of effects) {
      if (effect === 'abort')
        this.aborted.abort(new Error('the container was destroyed while it was launched'));
      else if (effect === 'clear') void this.#clear();
      else this.#report({ status: state.status, limitation: state.limitation });
    }
  }

  /** It runs as these processes. */
  started(first: ProcessName | null, supervisor: ProcessName | null): void {
    this.first = first;
    this.supervisor = supervisor;
    this.on({ kind: 'started' });
  }

  /** It could not be started: ends whatever there is of it. */
  async abandon(): Promise<void> {
    await this.#end();
    this.on({ kind: 'failed' });
  }

  /** Looks for what nobody tells: the OOM killer, and the end of a container that another process has started. */
  async tick(): Promise<void> {
    if (this.phase !== 'running') return;
    this.#checkMemory();
    if (!this.#supervised()) await this.ended();
  }

  /** The supervising shell has ended; so has the command, or the shell was killed and nobody will know how it ended. */
  async ended(): Promise<void> {
    this.#checkMemory();
    this.on({ kind: 'ended', status: await this.#recorded() });
  }

  measured(usedBytes: number, enforce: boolean): void {
    this.diskUsedBytes = usedBytes;
    const quota = this.limits.diskBytes;
    if (enforce && quota !== null && usedBytes > quota) {
      this.on({ kind: 'limit', limitation: diskLimitation(usedBytes, quota) });
    }
  }

  /** Every process of it, without the supervising shell. */
  pids(deep: boolean): readonly number[] {
    const { containerId } = this.record;
    return [
      ...new Set([
        ...this.#isolator.pids(containerId),
        ...processesOf(this.traces, deep).map((stat) => stat.pid),
      ]),
    ];
  }

  #checkMemory(): void {
    const { containerId } = this.record;
    if (this.#isolator.oomKills(containerId) === 0) return;
    const { limitBytes, maximumBytes, statistics } = this.#isolator.memory(containerId);
    this.on({ kind: 'limit', limitation: memoryLimitation(limitBytes, maximumBytes, statistics) });
  }

  #supervised(): boolean {
    const process = this.supervisor ?? this.first;
    return process !== null && runs(process.pid, process.startTime);
  }

  async #clear(): Promise<void> {
    if (this.#clearing) return;
    this.#clearing = true;
    await this.#end();
    this.on({ kind: 'cleared', status: await this.#recorded() });
  }

  /** Ends everything; goes on until nothing is left. */
  async #end(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    for (let round = 1; !this.#cleared(); round += 1) {
      if (round % PATIENCE_ROUNDS === 0) {
        this.#log.error({ pids: this.pids(true), round }, 'a container does not end');
      }
      await sleep(pause);
      pause = Math.min(pause * 2, MAX_PAUSE_MS);
    }
    await this.#supervisorGone();
  }

  #cleared(): boolean {
    const { containerId } = this.record;
    try {
      this.#isolator.kill(containerId);
      const rest = processesOf(this.traces, true).map((stat) => stat.pid);
      // Stopped first: what is ended one by one could fork away from the others.
      if (rest.length > 0) {
        killPids(rest, 'SIGSTOP');
        killPids(this.pids(true), 'SIGKILL');
        return false;
      }
      return this.#isolator.pids(containerId).length === 0 && this.#isolator.remove(containerId);
    } catch (error) {
      this.#log.error({ err: error }, 'cannot look for the processes of a container');
      return false;
    }
  }

  /** The shell records how the command ended, and ends. One that does not is ended. */
  async #supervisorGone(): Promise<void> {
    const { supervisor } = this;
    if (supervisor === null) return;
    let waited = 0;
    for (
      let pause = 1;
      runs(supervisor.pid, supervisor.startTime);
      pause = Math.min(pause * 2, MAX_PAUSE_MS)
    ) {
      if (waited > RECORD_TIMEOUT_MS) killPids([supervisor.pid], 'SIGKILL');
      await sleep(pause);
      waited += pause;
    }
  }

  async #recorded(): Promise<number | null> {
    const { metaFolder } = this.record;
    if (metaFolder === '') return null;
    return parseExit(await readFile(join(metaFolder, 'exit'), 'latin1').catch(() => ''));
  }
}
