import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Resource, ResourceStatistics } from '@murmur/engine';
import type { Log } from '@murmur/service';
import type { Fetcher } from '../fetcher/types.js';
import { killPids } from './cgroup-files.js';
import { Container, type ProcessName } from './container.js';
import type { Isolation } from './isolation.js';
import { checkContainerId, isContainerId } from './launch-core.js';
import { startContainer } from './launch.js';
import { limitsOf } from './limits-core.js';
import { bootId, markersInUse } from './processes.js';
import { reasonOf } from './reason.js';
import { statisticsOf } from './statistics.js';
import { ContainerLaunchError, type Containerizer, type ContainerRecord } from './types.js';
import type { ContainerSpec, Termination } from './types.js';
import { taskUser } from './users.js';
import { createWatcher, type Watcher } from './watcher.js';

/** Terminations that are remembered for those who ask late. */
const MAX_ENDED = 1_000;
const UNKNOWN: Termination = { status: null, limitation: null };

export interface ContainerizerOptions {
  /** What `openIsolation` has found out. */
  readonly isolation: Isolation;
  /** A name of its own for each agent of a machine: cgroups below it that nobody knows are destroyed in `recover`. */
  readonly cgroupsRoot: string;
  readonly fetcher: Fetcher;
  /** CFS quota = the cpus requested, so that a container cannot use more even on an idle machine. */
  readonly enableCfs: boolean;
  readonly enforceDiskQuota: boolean;
  /** Start containers as their task's user; needs root. */
  readonly switchUser: boolean;
  /** How often each sandbox is measured, ms. */
  readonly diskWatchIntervalMs: number;
  /** How often stdout and stderr are looked at for rotation, ms. */
  readonly logRotateIntervalMs: number;
  /** How often the OOM counters, and containers of an earlier agent process, are looked at, ms. */
  readonly watchIntervalMs: number;
  readonly log: Log;
  /** Unix ms. */
  readonly now: () => number;
}

/** Containers of one agent; see `Containerizer` for what the calls promise. */
export function createContainerizer(options: ContainerizerOptions): Containerizer {
  return new MurmurContainerizer(options);
}

class MurmurContainerizer implements Containerizer {
  readonly #options: ContainerizerOptions;
  readonly #containers = new Map<string, Container>();
  readonly #ended = new Map<string, Termination>();
  readonly #watcher: Watcher;
  #detached = false;

  constructor(options: ContainerizerOptions) {
    this.#options = options;
    this.#watcher = createWatcher(options, () => [...this.#containers.values()]);
  }

  async launch(spec: ContainerSpec): Promise<ContainerRecord> {
    checkContainerId(spec.containerId);
    if (this.#detached) throw new ContainerLaunchError('the agent is going down');
    if (this.#containers.has(spec.containerId) || this.#ended.has(spec.containerId)) {
      throw new ContainerLaunchError(`containerId: ${spec.containerId} has been launched already`);
    }
    const container = this.#add(spec);
    try {
      return await this.#start(container, spec);
    } catch (error) {
      await this.#abandon(container);
      if (error instanceof ContainerLaunchError) throw error;
      throw new ContainerLaunchError(reasonOf(error), { cause: error });
    }
  }

  async #start(container: Container, spec: ContainerSpec): Promise<ContainerRecord> {
    const { isolation, fetcher, switchUser } = this.#options;
    const { signal } = container.aborted;
    const user = await taskUser(spec.user, switchUser);
    signal.throwIfAborted();
    await fetcher.fetch({ sandbox: spec.sandbox, uris: spec.uris, user, signal }).catch((error: unknown) => {
      throw new ContainerLaunchError(`cannot fetch ${reasonOf(error)}`, { cause: error });
    });
    signal.throwIfAborted();
    isolation.isolator.create(spec.containerId);
    const { limits } = container;
    isolation.isolator.apply(spec.containerId, limits, true);
    const files = isolation.isolator.joinFiles(spec.containerId);
    const { first, supervisor } = await startContainer(spec, files, user, container.traces.marker);
    container.started(first, supervisor);
    // Updated while it was being started.
    if (container.limits !== limits) isolation.isolator.apply(spec.containerId, container.limits, false);
    supervisor.child.once('exit', () => void this.#exited(container));
    if (supervisor.child.exitCode !== null || supervisor.child.signalCode !== null)
      void this.#exited(container);
    return { ...container.record, pid: first.pid, pidStartTime: first.startTime };
  }

  async #exited(container: Container): Promise<void> {
    if (!this.#detached) await container.ended();
  }

  /** Whatever was started of it is ended; the caller hears of the failure. */
  async #abandon(container: Container): Promise<void> {
    if (container.phase === 'preparing' || container.phase === 'destroying') await container.abandon();
    else container.on({ kind: 'destroy' });
    await container.gone;
  }

  #add(record: Omit<ContainerRecord, 'pid' | 'pidStartTime'>): Container {
    const { containerId, sandbox, metaFolder, resources, limits, logSizeMax, logFilesMax } = record;
    const { isolation, cgroupsRoot, enableCfs, log } = this.#options;
    const container = new Container(
      { containerId, sandbox, metaFolder, resources, limits, logSizeMax, logFilesMax },
      {
        isolator: isolation.isolator,
        limits: limitsOf(resources, limits, enableCfs),
        marker: `${cgroupsRoot}/${containerId}`,
        log,
      },
    );
    this.#containers.set(containerId, container);
    void container.gone.then((termination) => {
      this.#containers.delete(containerId);
      this.#ended.set(containerId, termination);
      const [oldest] = this.#ended.keys();
      if (this.#ended.size > MAX_ENDED && oldest !== undefined) this.#ended.delete(oldest);
    });
    return container;
  }

  update(
    containerId: string,
    resources: readonly Resource[],
    limits: ContainerSpec['limits'],
  ): Promise<void> {
    return new Promise((resolve) => {
      const container = this.#containers.get(containerId);
      if (container !== undefined && container.phase !== 'destroying') {
        container.limits = limitsOf(resources, limits, this.#options.enableCfs);
        if (container.phase === 'running') {
          this.#options.isolation.isolator.apply(containerId, container.limits, false);
        }
      }
      resolve();
    });
  }

  signal(containerId: string, signal: NodeJS.Signals): void {
    const container = this.#containers.get(containerId);
    if (container?.phase === 'running') killPids(container.pids(false), signal);
  }

  async destroy(containerId: string): Promise<void> {
    const container = this.#containers.get(containerId);
    container?.on({ kind: 'destroy' });
    await container?.gone;
  }

  wait(containerId: string): Promise<Termination> {
    const container = this.#containers.get(containerId);
    return container?.gone ?? Promise.resolve(this.#ended.get(containerId) ?? UNKNOWN);
  }

  statistics(containerId: string): Promise<ResourceStatistics> {
    const { isolation, now } = this.#options;
    return Promise.resolve(
      statisticsOf(this.#containers.get(containerId) ?? null, isolation.isolator, now()),
    );
  }

  async recover(known: readonly ContainerRecord[]): Promise<void> {
    await Promise.all(known.map((record) => this.#takeOver(record)));
    this.#destroyOrphans();
  }

  async #takeOver(record: ContainerRecord): Promise<void> {
    if (this.#containers.has(record.containerId)) return;
    const container = this.#add(record);
    const { supervisor, sameBoot } = await this.#supervisorOf(record);
    const first = sameBoot ? { pid: record.pid, startTime: record.pidStartTime } : null;
    container.started(first, supervisor);
    await container.tick();
  }

  /** After a restart of the machine, pids and start times mean other processes. */
  async #supervisorOf(
    record: ContainerRecord,
  ): Promise<{ supervisor: ProcessName | null; sameBoot: boolean }> {
    const text = await readFile(join(record.metaFolder, 'supervisor'), 'latin1').catch(() => '');
    const [pid, startTime, boot] = text.trim().split(' ');
    if (pid === undefined || startTime === undefined) return { supervisor: null, sameBoot: true };
    const sameBoot = boot === bootId();
    return { supervisor: sameBoot ? { pid: Number(pid), startTime } : { pid: 0, startTime: '0' }, sameBoot };
  }

  /** Containers below this agent's root that nobody knows: their agent died between start and record. */
  #destroyOrphans(): void {
    const { cgroupsRoot, isolation, log } = this.#options;
    const prefix = `${cgroupsRoot}/`;
    const marked = [...markersInUse(prefix)].map((marker) => marker.slice(prefix.length));
    // A marker is what any process has put into its environment: a path in it would be another cgroup's.
    const orphans = new Set([...isolation.isolator.list(), ...marked].filter(isContainerId));
    for (const containerId of orphans) {
      if (this.#containers.has(containerId)) continue;
      log.warn({ container: containerId }, 'a container that nobody knows is destroyed');
      const orphan = this.#add(orphanOf(containerId));
      orphan.started(null, null);
      orphan.on({ kind: 'destroy' });
    }
  }

  async detach(): Promise<void> {
    this.#detached = true;
    await this.#watcher.stop();
  }
}

/** Of an orphan only the id is known. */
function orphanOf(containerId: string): Omit<ContainerRecord, 'pid' | 'pidStartTime'> {
  return {
    containerId,
    sandbox: '',
    metaFolder: '',
    resources: [],
    limits: {},
    logSizeMax: 0,
    logFilesMax: 0,
  };
}
