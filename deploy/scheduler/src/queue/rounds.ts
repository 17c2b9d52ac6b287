import type { Orders } from '../engine/orders.js';
import type { OfferBook } from '../engine/offers-core.js';
import type { SchedulerMetrics } from '../metrics.js';
import type { Tx } from '../state/port.js';
import type { Placing } from './placing.js';
import type { TaskGroups } from './queue-core.js';

export interface RoundsOptions {
  readonly book: OfferBook;
  readonly groups: TaskGroups;
  readonly placing: Placing;
  readonly orders: Orders;
  readonly metrics: SchedulerMetrics;
  readonly now: () => number;
  /** Whether the engine takes launches now. */
  readonly open: () => boolean;
  /** Decides in a transaction; `after` is called once it is durable. */
  readonly write: <T>(decide: (tx: Tx) => T, after: (result: T) => void) => void;
}

const MS_PER_SECOND = 1_000;

/** When rounds of placement are made: in turns of their own, so that what comes together is placed together. */
export class Rounds {
  readonly #options: RoundsOptions;
  #planned = false;

  constructor(options: RoundsOptions) {
    this.#options = options;
  }

  /** A round is made soon, if there is anything to place now, and anywhere to place it. */
  plan(): void {
    if (this.#planned || !this.#mayPlace()) return;
    this.#planned = true;
    setImmediate(() => {
      this.#planned = false;
      if (this.#mayPlace()) this.#round();
    });
  }

  #mayPlace(): boolean {
    const { book, groups, now, open } = this.#options;
    return open() && book.size > 0 && (groups.nextAt() ?? Infinity) <= now();
  }

  #round(): void {
    const { now, metrics, placing, orders, write } = this.#options;
    const started = performance.now();
    write(
      (tx) => {
        const round = placing.round(tx, now());
        for (const { launches } of round.agents) orders.willLaunch(launches.map(({ taskId }) => taskId));
        const seconds = (performance.now() - started) / MS_PER_SECOND;
        metrics.round(seconds, round.attempts, round.refused);
        return round;
      },
      ({ agents }) => {
        for (const { offerIds, launches } of agents) void orders.launch(offerIds, launches);
      },
    );
    // More may be due than one round takes.
    this.plan();
  }
}
