/** After a connection, ms: agents first need time to come back to a master that is new too. */
export const FIRST_AFTER_MS = 60_000;
/** Random time added, so that the schedulers of a cell do not all ask at once; of the interval. */
const SPREAD = 0.1;
export const BATCH_TASKS = 1_000;
export const BATCH_INTERVAL_MS = 5_000;

export interface ReconcileKnobs {
  readonly explicitIntervalMs: number;
  readonly implicitIntervalMs: number;
}

export type ReconcileOrder =
  /** Ask for these tasks. */
  | { readonly kind: 'explicit'; readonly taskIds: readonly string[] }
  /** Ask for all that the engine knows. */
  | { readonly kind: 'implicit' };

/**
 * When to ask the engine for the state of which tasks. Explicitly: of each task that has an agent, in batches, after every connection
 * and once in an interval; so a task that the engine does not know is found. Implicitly: of everything it knows; so
 * a task that this scheduler does not know is found. The two are half an interval apart.
 */
export class ReconcileSchedule {
  readonly #knobs: ReconcileKnobs;
  #explicitAt: number;
  #implicitAt: number;
  #queue: readonly string[] = [];
  #nextBatchAt = 0;

  constructor(knobs: ReconcileKnobs, now: number, random: number) {
    this.#knobs = knobs;
    this.#explicitAt = now + FIRST_AFTER_MS + random * SPREAD * knobs.explicitIntervalMs;
    this.#implicitAt = this.#explicitAt + knobs.implicitIntervalMs / 2;
  }

  /** To be asked for as soon as may be, in place of what was still to be asked. Returns how many. */
  ask(taskIds: readonly string[], now: number): number {
    this.#queue = taskIds;
    this.#nextBatchAt = Math.min(this.#nextBatchAt, now);
    return taskIds.length;
  }

  /** After a connection: all at once, and once more when agents have had time to come back to a master that is new too. */
  connected(taskIds: readonly string[], now: number): void {
    this.ask(taskIds, now);
    this.#explicitAt = Math.min(this.#explicitAt, now + FIRST_AFTER_MS);
  }

  /** Ask for one task more, as after a launch of which nobody knows whether it was taken. */
  askAlso(taskIds: readonly string[]): void {
    this.#queue = [...this.#queue, ...taskIds];
  }

  /** What is due now. `tasks` lists those that have an agent; it is only called where they are asked for. */
  due(now: number, tasks: () => readonly string[]): readonly ReconcileOrder[] {
    const orders: ReconcileOrder[] = [];
    if (now >= this.#explicitAt) {
      this.#explicitAt = now + this.#knobs.explicitIntervalMs;
      this.ask(tasks(), now);
    }
    if (now >= this.#implicitAt) {
      this.#implicitAt = now + this.#knobs.implicitIntervalMs;
      orders.push({ kind: 'implicit' });
    }
    if (this.#queue.length > 0 && now >= this.#nextBatchAt) {
      orders.push({ kind: 'explicit', taskIds: this.#queue.slice(0, BATCH_TASKS) });
      this.#queue = this.#queue.slice(BATCH_TASKS);
      this.#nextBatchAt = now + BATCH_INTERVAL_MS;
    }
    return orders;
  }

  /** What was to be asked is asked again after the next connection. */
  disconnected(): void {
    this.#queue = [];
    this.#nextBatchAt = 0;
  }
}
