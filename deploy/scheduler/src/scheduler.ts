import { randomUUID } from 'node:crypto';
import type { Engine, EngineEvent, EngineOffer, TaskUpdate } from '@murmur/engine';
import type { Log } from '@murmur/service';
import type { HeldOffer, WaitingGroup } from './backend.js';
import { OfferBook } from './engine/offers-core.js';
import { Orders } from './engine/orders.js';
import { ReconcileSchedule, type ReconcileOrder } from './engine/reconcile-core.js';
import type { ExecutorSettings } from './engine/launch-core.js';
import { Journal } from './journal.js';
import type { SchedulerMetrics } from './metrics.js';
import { ASSIGNED_STATES } from './model/task.js';
import type { Placer, Refusal } from './placement/port.js';
import { Placing } from './queue/placing.js';
import { TaskGroups } from './queue/queue-core.js';
import type { Actor, Command, Committed, Decisions, Effect, Outcome } from './state/port.js';
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
  /** The engine has taken this scheduler, and the id that it is known by is stored. */
  readonly onRegistered: () => void;
  /** This scheduler cannot go on: the process is to end. */
  readonly onFatal: (error: Error) => void;
}

export const FRAMEWORK_ID = 'framework-id';
/** After a connection, time-outs of tasks wait: what happened meanwhile is told first, ms. */
const SETTLE_MS = 5_000;
const MS_PER_SECOND = 1_000;

/** Everything that one leader does between its log and its engine, one turn of the event loop at a time. */
export class Scheduler {
  readonly book = new OfferBook();
  readonly groups = new TaskGroups();
  readonly journal: Journal;
  readonly placing: Placing;
  readonly #options: SchedulerOptions;
  readonly #orders: Orders;
  readonly #reconcile: ReconcileSchedule;
  readonly #listeners = new Set<(committed: Committed, position: number) => void>();
  #engine: Engine | null = null;
  #connectedAt: number | null = null;
  #roundDue = false;
  #stopped = false;

  constructor(options: SchedulerOptions) {
    const { state, storage, position, decisions, knobs, now, random } = options;
    this.#options = options;
    this.journal = new Journal({
      state,
      storage,
      position,
      now,
      onApplied: (committed) => {
        this.placing.applied(committed);
        this.#planRound();
      },
      onCommitted: (committed, at) => {
        for (const listener of this.#listeners) listener(committed, at);
      },
      onFailure: (error) => {
        this.#fatal('the log cannot be written, or a decision failed', error);
      },
    });
    this.placing = new Placing({
      ...{ state, decisions, random, book: this.book, groups: this.groups },
      createPlacer: options.createPlacer,
      executor: options.executor,
      newUuid: randomUUID,
    });
    this.#orders = this.#createOrders();
    this.#reconcile = new ReconcileSchedule(
      { explicitIntervalMs: knobs.reconcileExplicitMs, implicitIntervalMs: knobs.reconcileImplicitMs },
      now(),
      random(),
    );
    decisions.reset(state, now());
    this.placing.begin(now(), knobs.requeueDelayMs);
  }

  #createOrders(): Orders {
    const { log, metrics, decisions } = this.#options;
    return new Orders({
      log,
      engine: () => this.#theEngine(),
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

  /** Events come from now on; the engine itself begins by being made. */
  use(engine: Engine): void {
    this.#engine = engine;
  }

  #theEngine(): Engine {
    if (this.#engine === null) throw new Error('no engine yet');
    return this.#engine;
  }

  connected(): boolean {
    return this.#connectedAt !== null && this.#engine?.connected() === true;
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
        if (outcome.ok) this.#perform(outcome.effects);
      },
    );
  }

  waiting(): readonly WaitingGroup[] {
    return this.groups.waiting();
  }

  offers(): readonly HeldOffer[] {
    return this.book.held();
  }

  /** Of every task that has an agent, or of everything that the engine knows. Returns how many are asked for, 0 for the latter. */
  reconcile(kind: ReconcileOrder['kind']): number {
    if (kind === 'explicit') return this.#reconcile.ask(this.#tasksWithAgent(), this.#options.now());
    this.#orders.reconcile([]);
    return 0;
  }

  event(event: EngineEvent): void {
    if (this.#stopped) return;
    switch (event.kind) {
      case 'connected':
        this.#onConnected(event.frameworkId);
        return;
      case 'disconnected':
        this.#onDisconnected(event.reason);
        return;
      case 'ended':
        this.#onEnded(event.reason);
        return;
      case 'offers':
        this.#onOffers(event.offers);
        return;
      case 'offer-rescinded':
        this.#onRescinded(event.offerId);
        return;
      case 'update':
        this.#onUpdate(event.update);
        return;
      case 'agent-lost':
        this.#onAgentLost(event.agentId);
        return;
      case 'inverse-offers':
        this.#orders.refuseInverse(event.offers.map(({ id }) => id));
        return;
      case 'executor-lost':
        this.#options.log.info(event, 'an executor ended');
        return;
      case 'inverse-offer-rescinded':
        return;
    }
  }

  #onConnected(frameworkId: string): void {
    const { log, now, state, onRegistered } = this.#options;
    log.info({ frameworkId }, 'the engine has taken this scheduler');
    this.#connectedAt = now();
    this.placing.dropAll();
    this.#reconcile.ask(this.#tasksWithAgent(), now());
    this.#write(
      (tx) => {
        if (state.meta(FRAMEWORK_ID) !== frameworkId) tx.put('meta', FRAMEWORK_ID, { value: frameworkId });
      },
      () => {
        onRegistered();
        this.#askDue();
      },
    );
  }

  #onDisconnected(reason: string): void {
    this.#options.log.warn({ reason }, 'the engine is away');
    this.#connectedAt = null;
    this.placing.dropAll();
    this.#reconcile.disconnected();
  }

  /** Without its id the next start registers anew, and what ran is found lost; with an id that is over it never could. */
  #onEnded(reason: string | null): void {
    if (reason === null) return;
    const removed = /removed|completed/i.test(reason);
    this.#write(
      (tx) => {
        if (removed) tx.delete('meta', FRAMEWORK_ID);
      },
      () => {
        this.#fatal(`the engine has ended this registration: ${reason}`, null);
      },
    );
  }

  #onOffers(offers: readonly EngineOffer[]): void {
    const { decisions, knobs, now, random } = this.#options;
    const at = now();
    for (const offer of offers)
      this.book.add(offer, at, at + knobs.offerHoldMs + Math.floor(random() * knobs.offerHoldJitterMs));
    const agentIds = [...new Set(offers.map(({ agentId }) => agentId))];
    this.#change((tx, context) => {
      for (const agentId of agentIds) {
        const sighting = this.placing.sighting(agentId);
        if (sighting !== null) decisions.agentSeen(tx, sighting, context);
      }
      return [];
    });
    for (const agentId of agentIds) this.placing.refresh(agentId);
    this.placing.wake(agentIds, at);
    this.#planRound();
  }

  #onRescinded(offerId: string): void {
    const agentId = this.book.remove(offerId);
    if (agentId !== null) this.placing.refresh(agentId);
  }

  #onUpdate(update: TaskUpdate): void {
    const { decisions, log, metrics } = this.#options;
    metrics.update(update.state);
    log.info(
      {
        taskId: update.taskId,
        state: update.state,
        reason: update.reason,
        text: update.message,
        agentId: update.agentId,
      },
      'status update',
    );
    this.#change(
      (tx, context) => decisions.update(tx, update, context),
      () => {
        this.#orders.acknowledge(update);
      },
    );
  }

  #onAgentLost(agentId: string): void {
    this.#options.log.warn({ agentId }, 'an agent is lost');
    this.placing.drop(agentId);
    this.#change((tx, context) => this.#options.decisions.agentLost(tx, agentId, context));
  }

  /** What is due once a second. */
  tick(): void {
    const { decisions, now, metrics, knobs } = this.#options;
    const at = now();
    const started = performance.now();
    if (this.#connectedAt !== null && at - this.#connectedAt >= SETTLE_MS)
      this.#change((tx, context) => decisions.tick(tx, context));
    for (const agentId of this.book.expired(at)) {
      const offerIds = this.placing.drop(agentId).map(({ id }) => id);
      this.#orders.decline(offerIds, knobs.offerRefuseMs);
    }
    if (this.#connectedAt !== null) this.#askDue();
    if ((this.groups.nextAt() ?? Infinity) <= at) this.#planRound();
    metrics.tick((performance.now() - started) / MS_PER_SECOND);
  }

  #askDue(): void {
    const { now, state } = this.#options;
    for (const order of this.#reconcile.due(now(), () => this.#tasksWithAgent())) {
      if (order.kind === 'implicit') {
        this.#orders.reconcile([]);
        continue;
      }
      const tasks = order.taskIds.flatMap((taskId) => {
        const task = state.task(taskId);
        if (task === undefined || !ASSIGNED_STATES.has(task.state) || this.#orders.isLaunching(taskId))
          return [];
        return [{ taskId, agentId: task.placement?.agentId ?? null }];
      });
      // An empty list would ask for everything.
      if (tasks.length > 0) this.#orders.reconcile(tasks);
    }
  }

  #tasksWithAgent(): readonly string[] {
    return [...ASSIGNED_STATES]
      .flatMap((name) => [...this.#options.state.tasksInState(name)])
      .map(({ id }) => id);
  }

  #planRound(): void {
    if (this.#roundDue || this.#stopped || this.book.size === 0 || this.groups.tasks === 0) return;
    this.#roundDue = true;
    setImmediate(() => {
      this.#roundDue = false;
      this.#round();
    });
  }

  #round(): void {
    const { now, metrics } = this.#options;
    const at = now();
    if (this.#stopped || this.#connectedAt === null || (this.groups.nextAt() ?? Infinity) > at) return;
    const started = performance.now();
    this.#write(
      (tx) => {
        const round = this.placing.round(tx, at);
        for (const { launches } of round.agents)
          this.#orders.willLaunch(launches.map(({ taskId }) => taskId));
        metrics.round((performance.now() - started) / MS_PER_SECOND, round.attempts, round.refused);
        if (round.more) this.#planRound();
        return round;
      },
      ({ agents }) => {
        for (const { offerIds, launches } of agents) void this.#orders.launch(offerIds, launches);
      },
    );
  }

  #change(
    decide: (
      tx: Parameters<Parameters<State['transact']>[1]>[0],
      context: { now: number; newUuid: () => string },
    ) => readonly Effect[],
    after: () => void = () => undefined,
  ): void {
    this.#write(
      (tx) => decide(tx, { now: this.#options.now(), newUuid: randomUUID }),
      (effects) => {
        this.#perform(effects);
        after();
      },
    );
  }

  #perform(effects: readonly Effect[]): void {
    this.#orders.perform(effects);
  }

  /** A failure is told by the journal's `onFailure`. */
  #write<T>(
    decide: (tx: Parameters<Parameters<State['transact']>[1]>[0]) => T,
    after: (result: T) => void,
  ): void {
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
