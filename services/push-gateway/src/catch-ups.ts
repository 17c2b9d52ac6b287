/** Asks timeline for readers, in turn: few at a time, paced, and again when timeline is away. */
import { CatchUpQueue, type CatchUpLimits, type Lane } from './catch-up-core.js';
import type { GatewayMetrics } from './metrics.js';
import type { Reader } from './reader.js';
import type { AskHome } from './timeline.js';

/** Waits between tries, ms; then the reader is told of a gap. */
export const RETRY_DELAYS_MS: readonly number[] = [100, 300, 1_000, 2_000];
/** How soon a paced queue is looked at again, ms. */
const PACE_MS = 20;

export interface CatchUpsOptions {
  readonly limits: CatchUpLimits;
  readonly askHome: AskHome;
  readonly metrics: GatewayMetrics;
  readonly now: () => number;
  readonly later: (ms: number, then: () => void) => void;
}

export class CatchUps {
  readonly #options: CatchUpsOptions;
  readonly #queue: CatchUpQueue<Reader>;
  /** Tries that failed, of those that have not been answered. */
  readonly #failed = new Map<Reader, number>();
  #paced = false;

  constructor(options: CatchUpsOptions) {
    this.#options = options;
    this.#queue = new CatchUpQueue(options.limits);
  }

  get waiting(): number {
    return this.#queue.waiting;
  }

  add(reader: Reader, lane: Lane): void {
    if (this.#queue.add(reader, lane)) this.#pump();
    else this.#finish(reader, lane, 'refused');
  }

  forget(reader: Reader): void {
    this.#queue.remove(reader);
    this.#failed.delete(reader);
  }

  #pump(): void {
    const { now, later } = this.#options;
    for (let turn = this.#queue.take(now()); turn !== null; turn = this.#queue.take(now()))
      void this.#serve(turn.who, turn.lane);
    if (this.#paced || this.#queue.waiting === 0) return;
    this.#paced = true;
    later(PACE_MS, () => {
      this.#paced = false;
      this.#pump();
    });
  }

  async #serve(reader: Reader, lane: Lane): Promise<void> {
    try {
      if (reader.state === 'closed') return;
      const answer = await this.#options.askHome(reader.account, reader.question());
      this.#failed.delete(reader);
      this.#options.metrics.catchUps.inc({ lane, result: answer.complete ? 'complete' : 'gap' });
      reader.answer(answer);
    } catch {
      this.#retry(reader, lane);
    } finally {
      this.#queue.done();
      this.#pump();
    }
  }

  #retry(reader: Reader, lane: Lane): void {
    const failed = this.#failed.get(reader) ?? 0;
    const delayMs = RETRY_DELAYS_MS[failed];
    if (delayMs === undefined) {
      this.#finish(reader, lane, 'unavailable');
      return;
    }
    if (reader.state === 'closed') return;
    this.#failed.set(reader, failed + 1);
    this.#options.later(delayMs, () => {
      if (reader.state !== 'closed') this.add(reader, lane);
    });
  }

  #finish(reader: Reader, lane: Lane, result: 'unavailable' | 'refused'): void {
    this.#failed.delete(reader);
    this.#options.metrics.catchUps.inc({ lane, result });
    reader.unavailable();
  }
}
