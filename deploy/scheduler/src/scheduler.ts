import { randomUUID } from 'node:crypto';
import type { Engine, EngineEvent } from '@murmur/engine';
import type { Log } from '@murmur/service';
import { EngineEvents } from './engine/events.js';
import type { ExecutorSettings } from './engine/launch-core.js';
import { OfferBook } from './engine/offers-core.js';
import { Orders } from './engine/orders.js';
import { ReconcileSchedule, type ReconcileOrder } from './engine/reconcile-core.js';
import { Journal } from './journal.js';
import type { SchedulerMetrics } from './metrics.js';
import { ASSIGNED_STATES } from './model/task.js';
import type { Placer, Refusal } from './placement/port.js';
import { Placing } from './queue/placing.js';
import { TaskGroups } from './queue/queue-core.js';
import { Rounds } from './queue/rounds.js';
import type {
  Actor,
  Command,
  Committed,
  DecisionContext,
  Decisions,
  Effect,
  Outcome,
  Tx,
} from './state/port.js';
import type { State } from './state/store.js';
import type { LogStorage } from './storage/port.js';

export interface SchedulerKnobs {
  readonly offerHoldMs: number;
  readonly offerHoldJitterMs: number;
  readonly offerRefuseMs: number;
  readonly requeueDelayMs: number;
  readonly reconcileExplicitMs: number;
  readonly reconcileImplicitMs: number;
}

export interface SchedulerOptions {
  readonly state: State;
  readonly storage: LogStorage;
  /** Of the last entry that was recovered. */
  readonly position: number;
  readonly decisions: Decisions;
  readonly createPlacer: () => Placer;
  readonly executor: ExecutorSettings;
  readonly knobs: SchedulerKnobs;
  readonly refusalText: (refusal: Refusal) => string;
  readonly log: Log;
  readonly metrics: SchedulerMetrics;
  readonly now: () => number;
  readonly random: () => number;
  /** The engine listens, and the id that it knows this scheduler by is stored. */
  readonly onRegistered: () => void;
  /** This scheduler cannot go on: the process is to end. */
  readonly onFatal: (error: Error) => void;
}

/** After a connection nothing is due for so long, ms: what happened meanwhile is told first. */
const SETTLE_MS = 5_000;
const MS_PER_SECOND = 1_000;

/** Everything that a leader does between its log and its engine, one turn of the event loop at a time. */
export class Scheduler {
  readonly book = new OfferBook();
  readonly groups = new TaskGroups();
  readonly journal: Journal;
  readonly placing: Placing;
  readonly #options: SchedulerOptions;
  readonly #orders: Orders;
  readonly #events: EngineEvents;
  readonly #rounds: Rounds;
  readonly #reconcile: ReconcileSchedule;
  readonly #listeners = new Set<(committed: Committed, position: number) => void>();
  #engine: Engine | null = null;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    const { state, decisions, knobs, now, random } = options;
    this.#options = options;
    this.journal = this.#createJournal();
    this.placing = new Placing({
      ...{ state, decisions, random, book: this.book, groups: this.groups },
      createPlacer: options.createPlacer,
      executor: options.executor,
      newUuid: randomUUID,
    });
    this.#orders = this.#createOrders();
    this.#events = this.#createEvents();
    this.#rounds = new Rounds({
      ...{ book: this.book, groups: this.groups, placing: this.placing, orders: this.#orders },
      ...{ now, metrics: options.metrics },
      open: () => !this.#stopped && this.#events.connectedAt !== null,
      write: (decide, after) => {
        this.#write(decide, after);
      },
    });
    const intervals = {
      explicitIntervalMs: knobs.reconcileExplicitMs,
      implicitIntervalMs: knobs.reconcileImplicitMs,
    };
    this.#reconcile = new ReconcileSchedule(intervals, now(), random());
    decisions.reset(state, now());
    this.placing.begin(now(), knobs.requeueDelayMs);
  }

  #createJournal(): Journal {
    const { state, storage, position, now } = this.#options;
    return new Journal({
      ...{ state, storage, position, now },
      onApplied: (committed) => {
        this.placing.applied(committed);
        this.#rounds.plan();
      },
      onCommitted: (committed, at) => {
        for (const listener of this.#listeners) listener(committed, at);
      },
      onFailure: (error) => {
        this.#fatal('the log cannot be written, or a decision failed', error);
      },
    });
  }

  #createOrders(): Orders {
    const { log, metrics, decisions } = this.#options;
    return new Orders({
      log,
      engine: () => {
        if (this.#engine === null) throw new Error('no engine yet');
        return this.#engine;
      },
      onLaunched: (tasks) => {
        metrics.launched(tasks);
      },
      onLaunchFailed: (taskIds, reason) => {
        metrics.launchFailed(taskIds.length);
        this.#change((tx, context) =>
          taskIds.flatMap((id) => decisions.launchFailed(tx, id, reason, context)),
        );
      },
      onLaunchUnsure: (taskIds) => {
        this.#reconcile.askAlso(taskIds);
      },
    });
  }

  #createEvents(): EngineEvents {
    const { state, decisions, log, metrics, now, random, knobs, onRegistered } = this.#options;
    return new EngineEvents({
      ...{ state, decisions, log, metrics, now },
      ...{ book: this.book, placing: this.placing, orders: this.#orders },
      heldUntil: () => now() + knobs.offerHoldMs + Math.floor(random() * knobs.offerHoldJitterMs),
      change: (decide, after) => {
        this.#change(decide, after);
      },
      planRound: () => {
        this.#rounds.plan();
      },
      onConnected: () => {
        onRegistered();
        this.#reconcile.connected(this.#tasksWithAgent(), now());
        this.#askDue();
      },
      onDisconnected: () => {
        this.#reconcile.disconnected();
      },
      onFatal: (message) => {
        this.#fatal(message, null);
      },
    });
  }

  /** The engine that orders go to; what it tells is to be given to `event`. */
  use(engine: Engine): void {
    this.#engine = engine;
  }

  event(event: EngineEvent): void {
    if (!this.#stopped) this.#events.handle(event);
  }

  connected(): boolean {
    return this.#events.connectedAt !== null && this.#engine?.connected() === true;
  }

  onCommitted(listener: (committed: Committed, position: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  execute(command: Command, actor: Actor): Promise<Outcome> {
    const { decisions, now, refusalText } = this.#options;
    return this.journal.transact(
      (tx) =>
        decisions.execute(tx, command, {
          now: now(),
          actor,
          newUuid: randomUUID,
          neverFits: (config) => {
            const refusal = this.placing.neverFits(config, now());
            return refusal === null ? null : refusalText(refusal);
          },
        }),
      (outcome) => {
        if (outcome.ok) this.#orders.perform(outcome.effects);
      },
    );
  }

  /** Of every task that has an agent, or of everything that the engine knows. Returns how many are asked for, 0 for the latter. */
  reconcile(kind: ReconcileOrder['kind']): number {
    if (kind === 'explicit') return this.#reconcile.ask(this.#tasksWithAgent(), this.#options.now());
    this.#orders.reconcile([]);
    return 0;
  }

  /** What is due once a second. */
  tick(): void {
    const { decisions, now, metrics, knobs } = this.#options;
    const at = now();
    const started = performance.now();
    const { connectedAt } = this.#events;
    if (connectedAt !== null && at - connectedAt >= SETTLE_MS)
      this.#change((tx, context) => decisions.tick(tx, context));
    for (const agentId of this.book.expired(at)) {
      const offerIds = this.placing.drop(agentId).map(({ id }) => id);
      this.#orders.decline(offerIds, knobs.offerRefuseMs);
    }
    if (connectedAt !== null) {
      this.#orders.declineUntaken();
      this.#askDue();
    }
    this.#rounds.plan();
    metrics.tick((performance.now() - started) / MS_PER_SECOND);
  }

  #askDue(): void {
    const { now, state } = this.#options;
    for (const order of this.#reconcile.due(now(), () => this.#tasksWithAgent())) {
      const taskIds = order.kind === 'explicit' ? order.taskIds : [];
      const tasks = taskIds.flatMap((taskId) => {
        const task = state.task(taskId);
        const asked =
          task !== undefined && ASSIGNED_STATES.has(task.state) && !this.#orders.isLaunching(taskId);
        return asked ? [{ taskId, agentId: task.placement?.agentId ?? null }] : [];
      });
      // An empty list asks for everything.
      if (order.kind === 'implicit' || tasks.length > 0) this.#orders.reconcile(tasks);
    }
  }

  #tasksWithAgent(): readonly string[] {
    const { state } = this.#options;
    // Those in a state that ends by itself come first: their time may be over soon.
    const states = [...ASSIGNED_STATES].filter((name) => name !== 'RUNNING');
    return [...states, 'RUNNING' as const]
      .flatMap((name) => [...state.tasksInState(name)])
      .map(({ id }) => id);
  }

  #change(
    decide: (tx: Tx, context: DecisionContext) => readonly Effect[],
    after: () => void = () => undefined,
  ): void {
    this.#write(
      (tx) => decide(tx, { now: this.#options.now(), newUuid: randomUUID }),
      (effects) => {
        this.#orders.perform(effects);
        after();
      },
    );
  }

  /** Where it fails, the journal's `onFailure` has told. */
  #write<T>(decide: (tx: Tx) => T, after: (result: T) => void): void {
    this.journal.transact(decide, after).catch(() => undefined);
  }

  #fatal(message: string, cause: unknown): void {
    if (this.#stopped) return;
    this.stop();
    this.#options.onFatal(new Error(message, { cause }));
  }

  /** Hears and does nothing any more. */
  stop(): void {
    this.#stopped = true;
  }
}
