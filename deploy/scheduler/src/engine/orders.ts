import { EngineError, type Engine, type Launch, type TaskUpdate } from '@murmur/engine';
import type { Log } from '@murmur/service';
import type { Effect } from '../state/port.js';

export interface OrdersOptions {
  readonly engine: () => Engine;
  readonly log: Log;
  /** A launch that surely had no effect. */
  readonly onLaunchFailed: (taskIds: readonly string[], reason: string) => void;
  /** Nobody knows whether it had one. */
  readonly onLaunchUnsure: (taskIds: readonly string[]) => void;
  readonly onLaunched: (tasks: number) => void;
}

/**
 * Orders to the engine. Each is given once; one that was not taken is made good by whoever looks again: kills are sent
 * again by the state's timers, updates are repeated until they are acknowledged, offers are declined with `declineUntaken`.
 */
export class Orders {
  readonly #options: OrdersOptions;
  /** Assigned, and not yet taken by the engine: asking it for them would make them lost. */
  readonly #launching = new Set<string>();
  /** Offers of orders that were not taken: an engine without an offer time-out would count them as given for ever. */
  readonly #untaken = new Set<string>();

  constructor(options: OrdersOptions) {
    this.#options = options;
  }

  /** To be called when the tasks are assigned, before they are launched. */
  willLaunch(taskIds: Iterable<string>): void {
    for (const id of taskIds) this.#launching.add(id);
  }

  isLaunching(taskId: string): boolean {
    return this.#launching.has(taskId);
  }

  /** `refuseMs` of 0: what is left of the agent comes back with the engine's next offers. */
  async launch(offerIds: readonly string[], launches: readonly Launch[]): Promise<void> {
    const { engine, log, onLaunched, onLaunchFailed, onLaunchUnsure } = this.#options;
    const taskIds = launches.map(({ taskId }) => taskId);
    try {
      await engine().launch(offerIds, launches, 0);
      onLaunched(taskIds.length);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      log.warn({ taskIds, sure: error.sure, reason: error.message }, 'a launch was not taken');
      for (const id of offerIds) this.#untaken.add(id);
      if (error.sure) onLaunchFailed(taskIds, error.message);
      else onLaunchUnsure(taskIds);
    } finally {
      for (const id of taskIds) this.#launching.delete(id);
    }
  }

  perform(effects: readonly Effect[]): void {
    for (const { taskId, agentId, graceMs } of effects)
      this.#send('kill', (engine) => engine.kill(taskId, agentId, graceMs), { taskId });
  }

  acknowledge(update: TaskUpdate): void {
    if (update.receipt === null) return;
    this.#send('acknowledge', (engine) => engine.acknowledge(update), { taskId: update.taskId });
  }

  decline(offerIds: readonly string[], refuseMs: number): void {
    if (offerIds.length === 0) return;
    this.#send(
      'decline',
      (engine) => engine.decline(offerIds, refuseMs),
      { offers: offerIds.length },
      () => {
        for (const id of offerIds) this.#untaken.add(id);
      },
    );
  }

  /** For the engine, an offer that was used or is over is none: to decline it does nothing. */
  declineUntaken(): void {
    const offerIds = [...this.#untaken];
    this.#untaken.clear();
    this.decline(offerIds, 0);
  }

  refuseInverse(offerIds: readonly string[]): void {
    this.#send('answer', (engine) => engine.answerInverseOffers(offerIds, false), { offerIds });
  }

  /** Empty: of everything that the engine knows. */
  reconcile(tasks: readonly { readonly taskId: string; readonly agentId: string | null }[]): void {
    this.#send('reconcile', (engine) => engine.reconcile(tasks), { tasks: tasks.length });
  }

  #send(
    order: string,
    give: (engine: Engine) => Promise<void>,
    about: object,
    onUntaken: () => void = () => undefined,
  ): void {
    give(this.#options.engine()).catch((error: unknown) => {
      if (!(error instanceof EngineError)) throw error;
      this.#options.log.debug({ order, ...about, reason: error.message }, 'an order was not taken');
      onUntaken();
    });
  }
}
