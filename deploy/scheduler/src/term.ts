import { createDetector, createMesosEngine, type Engine, type MasterDetector } from '@murmur/engine';
import type { Log } from '@murmur/service';
import { NotReadyError, type Backend } from './backend.js';
import { Keeper } from './keeper.js';
import { nextLifecycle, type Lifecycle, type LifecycleEvent } from './lifecycle-core.js';
import type { SchedulerMetrics } from './metrics.js';
import type { SchedulerFlags, Settings } from './options.js';
import { createPlacer, refusalText } from './placement/index.js';
import { FRAMEWORK_ID } from './engine/events.js';
import { Scheduler } from './scheduler.js';
import { createDecisions, createState, decodeTransaction, type State } from './state/index.js';
import { openFileStorage } from './storage/file.js';
import type { LogStorage } from './storage/port.js';

export interface TermOptions {
  readonly flags: SchedulerFlags;
  readonly settings: Settings;
  readonly version: string;
  /** `http://host:port` of this process. */
  readonly url: string;
  readonly startedAt: number;
  /** ms since 1970; never goes back. */
  readonly now: () => number;
  readonly log: Log;
  readonly metrics: SchedulerMetrics;
  readonly onRegistered: () => void;
  /** The process is to end. */
  readonly onFatal: (error: Error) => void;
}

/** How often the scheduler looks at what is due, ms. */
const TICK_MS = 1_000;

/** The life of a scheduler that leads: its log is read, the engine takes it, it works, it ends. */
export class Term {
  readonly #options: TermOptions;
  #lifecycle: Lifecycle = 'IDLE';
  #parts: Parts | null = null;
  #backend: Backend | null = null;
  #ticking: NodeJS.Timeout | undefined;
  #registering: NodeJS.Timeout | undefined;

  constructor(options: TermOptions) {
    this.#options = options;
  }

  get lifecycle(): Lifecycle {
    return this.#lifecycle;
  }

  /** null until the log is read. */
  backend(): Backend | null {
    return this.#backend;
  }

  /** To be called once this scheduler leads. Rejects with StorageError when the log cannot be read. */
  async begin(): Promise<void> {
    const { flags, log } = this.#options;
    this.#happen('prepare');
    const storage = openFileStorage({ folder: flags.data, log });
    const state = createState();
    const recovered = await storage.recover({
      snapshot: (chunk) => {
        state.loadChunk(chunk);
      },
      entry: (_position, bytes) => {
        state.apply(decodeTransaction(bytes));
      },
    });
    log.info({ ...recovered, tasks: state.taskCount }, 'the log is read');
    const backups = await storage.backups();
    const lastBackupAt = backups.reduce<number | null>((last, { at }) => Math.max(last ?? at, at), null);
    if (this.#lifecycle === 'DEAD') return storage.close();
    this.#happen('prepared');
    this.#parts = this.#work(state, storage, recovered.position, lastBackupAt);
    this.#backend = this.#createBackend(this.#parts);
    this.#happen('elected');
    this.#awaitRegistration();
  }

  #work(state: State, storage: LogStorage, position: number, lastBackupAt: number | null): Parts {
    const { flags, settings, log, metrics, now } = this.#options;
    const decisions = createDecisions({
      cluster: flags.clusterName,
      overhead: settings.executor.overhead,
      flap: settings.flap,
    });
    const scheduler = new Scheduler({
      state,
      storage,
      position,
      decisions,
      createPlacer,
      refusalText,
      executor: settings.executor,
      knobs: flags,
      log,
      metrics,
      now,
      random: Math.random,
      onRegistered: () => {
        this.#onRegistered();
      },
      onFatal: (error) => {
        this.#fail(error);
      },
    });
    const { engine, detector } = this.#createEngine(state, scheduler);
    scheduler.use(engine);
    const keeper = new Keeper({
      journal: scheduler.journal,
      storage,
      log,
      snapshotIntervalMs: flags.snapshotIntervalMs,
      snapshotEntries: flags.snapshotEntries,
      backupIntervalMs: flags.backupIntervalMs,
      lastBackupAt,
      onFailure: (error) => {
        this.#fail(error);
      },
    });
    metrics.watch({
      state,
      book: scheduler.book,
      groups: scheduler.groups,
      lifecycle: () => this.#lifecycle,
      connected: () => scheduler.connected(),
      storage: () => storage.stats(),
      illegal: () => decisions.illegalTransitions(),
    });
    this.#ticking = setInterval(() => {
      scheduler.tick();
      keeper.tick(now());
    }, TICK_MS);
    return { state, storage, scheduler, keeper, detector, stopEngine: () => engine.stop() };
  }

  #createEngine(state: State, scheduler: Scheduler): { engine: Engine; detector: MasterDetector } {
    const { flags, settings, log, url } = this.#options;
    const detector = createDetector(flags.master, log);
    const engine = createMesosEngine(
      {
        ...{ detector, log, webuiUrl: url, principal: null, revocable: false },
        frameworkId: state.meta(FRAMEWORK_ID) ?? null,
        name: flags.frameworkName,
        user: settings.user,
        role: flags.engineRole,
        hostname: settings.hostname,
        failoverTimeoutMs: flags.failoverTimeoutMs,
      },
      (event) => {
        scheduler.event(event);
      },
    );
    return { engine, detector };
  }

  #createBackend({ state, storage, scheduler }: Parts): Backend {
    const { flags, url, version, startedAt, now } = this.#options;
    return {
      state,
      status: () => ({
        name: flags.clusterName,
        version,
        lifecycle: this.#lifecycle,
        leader: true,
        leaderUrl: url,
        frameworkId: state.meta(FRAMEWORK_ID) ?? null,
        connected: scheduler.connected(),
        startedAt,
      }),
      execute: (command, actor) =>
        this.#lifecycle === 'ACTIVE'
          ? scheduler.execute(command, actor)
          : Promise.reject(new NotReadyError('this scheduler waits for the master to take it')),
      waiting: () => scheduler.groups.waiting(),
      waitingOf: (taskId) => scheduler.groups.waitingOf(taskId),
      offers: () => scheduler.book.held(),
      capacity: (config, max) => scheduler.placing.capacity(config, max, now()),
      onCommitted: (listener) => scheduler.onCommitted(listener),
      snapshot: () => scheduler.journal.snapshot(),
      backup: () => scheduler.journal.backup(),
      backups: () => storage.backups(),
      reconcile: (kind) => Promise.resolve(scheduler.reconcile(kind)),
    };
  }

  /** One of several that no master takes makes room; one that is alone waits. */
  #awaitRegistration(): void {
    const { registrationTimeoutMs } = this.#options.flags;
    if (this.#options.settings.zk === null || registrationTimeoutMs === 0) return;
    this.#registering = setTimeout(() => {
      this.#fail(new Error(`no master has taken this scheduler within ${String(registrationTimeoutMs)} ms`));
    }, registrationTimeoutMs);
  }

  #onRegistered(): void {
    clearTimeout(this.#registering);
    const first = this.#lifecycle !== 'ACTIVE';
    this.#happen('registered');
    if (first) this.#options.onRegistered();
  }

  #happen(event: LifecycleEvent): void {
    const next = nextLifecycle(this.#lifecycle, event);
    if (next === null || next === this.#lifecycle) return;
    this.#options.log.info({ from: this.#lifecycle, to: next }, 'lifecycle');
    this.#lifecycle = next;
  }

  #fail(error: Error): void {
    if (this.#lifecycle === 'DEAD') return;
    this.#halt();
    this.#options.onFatal(error);
  }

  #halt(): void {
    this.#happen('end');
    clearInterval(this.#ticking);
    clearTimeout(this.#registering);
    this.#parts?.scheduler.stop();
  }

  /** Tasks run on: the engine is left, not torn down. */
  async end(): Promise<void> {
    this.#halt();
    const parts = this.#parts;
    if (parts === null) return;
    this.#parts = null;
    await parts.stopEngine().catch(() => undefined);
    await parts.detector.close();
    await parts.keeper.settled();
    await parts.scheduler.journal.settled().catch(() => undefined);
    await parts.storage.close();
  }
}

interface Parts {
  readonly state: State;
  readonly storage: LogStorage;
  readonly scheduler: Scheduler;
  readonly keeper: Keeper;
  readonly detector: MasterDetector;
  readonly stopEngine: () => Promise<void>;
}
