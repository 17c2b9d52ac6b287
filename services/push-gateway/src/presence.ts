/** Tells every fan-out which accounts read here. */
import { encodePresence, QUEUES, type PresenceItem } from '@murmur/model';
import type { GatewayMetrics } from './metrics.js';
import type { PresenceBook } from './presence-core.js';

/** Joins and leaves gathered into one item, ms. */
export const PRESENCE_BATCH_MS = 20;
/** An empty item at least so often shows a fan-out that it has lost one, ms. */
export const PRESENCE_EVERY_MS = 5_000;
/** After a failed put, ms. */
const PRESENCE_RETRY_MS = 500;

export interface PresenceOptions {
  readonly book: PresenceBook;
  readonly put: (queue: string, payload: Buffer) => Promise<void>;
  readonly newEpoch: () => string;
  readonly metrics: GatewayMetrics;
  /** A new epoch is out: between the failed put and now, fan-outs may have missed readers. */
  readonly onRepublished: () => void;
  readonly onFailed: (error: unknown) => void;
}

export class PresencePublisher {
  readonly #options: PresenceOptions;
  readonly #every: NodeJS.Timeout;
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #failed = false;
  #published = false;
  #stopped = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#every = setInterval(() => this.#schedule(0), PRESENCE_EVERY_MS);
    this.#schedule(0);
  }

  /** True once an item has been stored. */
  get published(): boolean {
    return this.#published;
  }

  /** Something changed in the book. */
  changed(): void {
    if (!this.#failed) this.#schedule(PRESENCE_BATCH_MS);
  }

  /** Says what is left to say, once. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#every);
    if (this.#timer !== null) clearTimeout(this.#timer);
    await this.#running;
    if (this.#options.book.changes > 0) await this.#publish();
  }

  #schedule(delayMs: number): void {
    if (this.#timer !== null || this.#running !== null || this.#stopped) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#running = this.#publish().finally(() => {
        this.#running = null;
        if (this.#failed) this.#schedule(PRESENCE_RETRY_MS);
        else if (this.#options.book.changes > 0) this.#schedule(PRESENCE_BATCH_MS);
      });
    }, delayMs);
  }

  /** One item at a time, so that they arrive in order wherever one server takes them all. */
  async #publish(): Promise<void> {
    const { book, newEpoch, metrics, onFailed, onRepublished } = this.#options;
    const afterFailure = this.#failed;
    try {
      do await this.#put(book.take());
      while (book.changes > 0);
      this.#failed = false;
      this.#published = true;
      if (afterFailure) onRepublished();
    } catch (error) {
      this.#failed = true;
      book.beginEpoch(newEpoch());
      metrics.presenceItems.inc({ result: 'failed' });
      if (!afterFailure) onFailed(error);
    }
  }

  async #put(item: PresenceItem): Promise<void> {
    await this.#options.put(QUEUES.presence, encodePresence(item));
    this.#options.metrics.presenceItems.inc({ result: 'stored' });
  }
}
