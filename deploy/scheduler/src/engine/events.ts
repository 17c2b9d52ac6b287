import type { EngineEvent, EngineOffer, TaskUpdate } from '@murmur/engine';
import type { Log } from '@murmur/service';
import type { SchedulerMetrics } from '../metrics.js';
import type { Placing } from '../queue/placing.js';
import type { DecisionContext, Decisions, Effect, StateView, Tx } from '../state/port.js';
import type { OfferBook } from './offers-core.js';
import type { Orders } from './orders.js';

export interface EngineEventsOptions {
  readonly state: StateView;
  readonly decisions: Decisions;
  readonly book: OfferBook;
  readonly placing: Placing;
  readonly orders: Orders;
  readonly log: Log;
  readonly metrics: SchedulerMetrics;
  readonly now: () => number;
  /** Until when an offer that comes now is held, ms since 1970. */
  readonly heldUntil: () => number;
  /** Decides in a transaction; effects are performed, then `after` is called, once it is durable. */
  readonly change: (
    decide: (tx: Tx, context: DecisionContext) => readonly Effect[],
    after?: () => void,
  ) => void;
  readonly planRound: () => void;
  /** The engine listens, and the id that it knows this scheduler by is stored. */
  readonly onConnected: () => void;
  readonly onDisconnected: () => void;
  readonly onFatal: (message: string) => void;
}

export const FRAMEWORK_ID = 'framework-id';

/** What each of the engine's events does. */
export class EngineEvents {
  readonly #options: EngineEventsOptions;
  #connectedAt: number | null = null;

  constructor(options: EngineEventsOptions) {
    this.#options = options;
  }

  /** Since when the engine listens, ms since 1970; null while it does not. */
  get connectedAt(): number | null {
    return this.#connectedAt;
  }

  handle(event: EngineEvent): void {
    const { log, orders } = this.#options;
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
        orders.refuseInverse(event.offers.map(({ id }) => id));
        return;
      case 'executor-lost':
        log.debug(event, 'an executor ended');
        return;
      case 'inverse-offer-rescinded':
        return;
    }
  }

  #onConnected(frameworkId: string): void {
    const { decisions, log, now, placing, change, onConnected } = this.#options;
    log.info({ frameworkId }, 'the engine has taken this scheduler');
    this.#connectedAt = now();
    decisions.connected(this.#connectedAt);
    placing.dropAll();
    change((tx) => {
      if (tx.meta(FRAMEWORK_ID) !== frameworkId) tx.put('meta', FRAMEWORK_ID, { value: frameworkId });
      return [];
    }, onConnected);
  }

  #onDisconnected(reason: string): void {
    this.#options.log.warn({ reason }, 'the engine is away');
    this.#connectedAt = null;
    this.#options.placing.dropAll();
    this.#options.onDisconnected();
  }

  /** Without its id the next start registers anew, and what ran is found lost; with an id that is over it never could. */
  #onEnded(reason: string | null): void {
    if (reason === null) return;
    const removed = /removed|completed/i.test(reason);
    this.#options.change(
      (tx) => {
        if (removed) tx.delete('meta', FRAMEWORK_ID);
        return [];
      },
      () => {
        this.#options.onFatal(`the engine has ended this registration: ${reason}`);
      },
    );
  }

  #onOffers(offers: readonly EngineOffer[]): void {
    const { book, placing, decisions, now, heldUntil, change, planRound } = this.#options;
    for (const offer of offers) book.add(offer, now(), heldUntil());
    const agentIds = [...new Set(offers.map(({ agentId }) => agentId))];
    change((tx, context) => {
      for (const agentId of agentIds) {
        const sighting = placing.sighting(agentId);
        if (sighting !== null) decisions.agentSeen(tx, sighting, context);
      }
      return [];
    });
    for (const agentId of agentIds) placing.refresh(agentId);
    placing.wake(agentIds, now());
    planRound();
  }

  #onRescinded(offerId: string): void {
    const agentId = this.#options.book.remove(offerId);
    if (agentId !== null) this.#options.placing.refresh(agentId);
  }

  /** It is acknowledged only once what follows from it is durable: until then the engine repeats it. */
  #onUpdate(update: TaskUpdate): void {
    const { decisions, metrics, orders, change, log } = this.#options;
    const { taskId, state, reason, message, agentId } = update;
    metrics.update(state);
    const about = { taskId, state, reason, text: message, agentId };
    if (reason === 'reconciliation') log.debug(about, 'status update');
    else log.info(about, 'status update');
    change(
      (tx, context) => decisions.update(tx, update, context),
      () => {
        orders.acknowledge(update);
      },
    );
  }

  #onAgentLost(agentId: string): void {
    const { decisions, log, placing, change } = this.#options;
    log.warn({ agentId }, 'an agent is lost');
    placing.drop(agentId);
    change((tx, context) => decisions.agentLost(tx, agentId, context));
  }
}
