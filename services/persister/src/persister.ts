/** Takes batches from `statuses+persist`, writes them, and answers for every event before it is confirmed. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { KestrelClient, KestrelConsumer } from '@murmur/kestrel-client';
import { QUEUES } from '@murmur/model';
import type { Log } from '@murmur/service';
import { StoreError, type Store } from '@murmur/store';
import type { PersisterMetrics } from './metrics.js';
import type { PersisterOptions } from './options.js';
import {
  encodePoison,
  halvesOf,
  oldestOf,
  planBatch,
  refansOf,
  retryDelayMs,
  rowsOf,
  type Plan,
  type Poison,
  type Write,
} from './persister-core.js';

/** MySQL's codes for a statement that is wrong whatever its values: a schema of another version. */
const SCHEMA_CODES: ReadonlySet<string> = new Set([
  'ER_PARSE_ERROR',
  'ER_BAD_FIELD_ERROR',
  'ER_WRONG_VALUE_COUNT_ON_ROW',
  'ER_NO_DEFAULT_FOR_FIELD',
  'ER_UNKNOWN_TABLE',
]);

export interface PersisterParts {
  readonly kestrel: KestrelClient;
  readonly store: Pick<Store, 'writeStatuses'>;
  readonly options: Pick<
    PersisterOptions,
    'batchMax' | 'monitorMs' | 'lingerMs' | 'lateMs' | 'retryMinMs' | 'retryMaxMs'
  >;
  readonly metrics: PersisterMetrics;
  readonly log: Log;
  /** Unix ms. */
  readonly now: () => number;
}

interface Outcome {
  readonly written: readonly Write[];
  readonly refused: readonly Poison[];
}

export class Persister {
  private readonly parts: PersisterParts;
  private readonly consumer: KestrelConsumer;
  private readonly stopping = new AbortController();
  /** Acceptance of the oldest event of each batch in hand, by Kestrel. */
  private readonly inHand = new Map<string, number>();
  /** Why the batch of a Kestrel is being tried again. */
  private readonly troubles = new Map<string, string>();

  constructor(parts: PersisterParts) {
    const { batchMax, monitorMs, retryMinMs } = parts.options;
    this.parts = parts;
    this.consumer = parts.kestrel.consume({
      queue: QUEUES.persist,
      batchMax,
      monitorMs,
      retryDelayMs: retryMinMs,
      handle: (batch, server) => this.handle(batch, server),
    });
  }

  /** Null, or why events are not persisted at the moment. */
  trouble(): string | null {
    const [trouble] = this.troubles.values();
    if (trouble !== undefined) return trouble;
    return this.consumer.liveServers() > 0 ? null : 'no Kestrel to read from';
  }

  /** Age of the oldest event in hand, s. */
  lagSeconds(): number {
    const oldest = Math.min(...this.inHand.values());
    return Number.isFinite(oldest) ? Math.max(0, this.parts.now() - oldest) / 1000 : 0;
  }

  /** Finishes the batches in hand; one that is waiting for MySQL goes back to its queue. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.consumer.stop();
  }

  /** Tries until all of the batch is taken care of; rejects only when the process stops meanwhile. */
  private async handle(batch: readonly Buffer[], server: string): Promise<void> {
    const { options, log, metrics } = this.parts;
    const plan = planBatch(batch);
    const oldest = oldestOf(plan.writes);
    if (oldest !== null) this.inHand.set(server, oldest);
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          await this.perform(plan);
          break;
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          if (this.stopping.signal.aborted) throw error;
          this.troubles.set(server, why);
          metrics.retry();
          const delayMs = retryDelayMs(attempt, options.retryMinMs, options.retryMaxMs);
          log.warn({ server, events: batch.length, why, delayMs }, 'batch not persisted, trying again');
          await sleep(delayMs, undefined, { signal: this.stopping.signal });
        }
      }
    } finally {
      this.inHand.delete(server);
      this.troubles.delete(server);
    }
    await this.linger();
  }

  /** What comes meanwhile is one batch; nobody waits for the write-behind. A stop ends it at once. */
  private async linger(): Promise<void> {
    const { signal } = this.stopping;
    await sleep(this.parts.options.lingerMs, undefined, { signal }).catch(() => undefined);
  }

  /** Doing any of it twice changes nothing but a repeated item in `poison` or one more fan-out. */
  private async perform(plan: Plan): Promise<void> {
    const { kestrel, options, now } = this.parts;
    const { written, refused } = await this.write(plan.writes);
    const committedAtMs = now();
    const poison = [...plan.poison, ...refused];
    const refans = refansOf(written, committedAtMs, options.lateMs);
    await Promise.all([
      ...poison.map((item) => kestrel.put(QUEUES.poison, encodePoison(item, committedAtMs))),
      ...refans.map((payload) => kestrel.put(QUEUES.fanout, payload)),
    ]);
    this.count(written, poison, refans.length, committedAtMs);
  }

  /** One transaction; when MySQL refuses it for good, halves, down to the row that is to blame. */
  private async write(writes: readonly Write[]): Promise<Outcome> {
    if (writes.length === 0) return { written: [], refused: [] };
    try {
      await this.parts.store.writeStatuses(rowsOf(writes));
      return { written: writes, refused: [] };
    } catch (error) {
      if (!isRefusal(error)) throw error;
      const [only] = writes;
      if (writes.length === 1 && only !== undefined)
        return { written: [], refused: [{ cause: 'refused', reason: error.message, payload: only.payload }] };
      const [first, second] = halvesOf(writes);
      const a = await this.write(first);
      const b = await this.write(second);
      return { written: [...a.written, ...b.written], refused: [...a.refused, ...b.refused] };
    }
  }

  private count(written: readonly Write[], poison: readonly Poison[], refans: number, atMs: number): void {
    const { metrics, log } = this.parts;
    for (const { event } of written)
      metrics.persisted(event.kind, Math.max(0, atMs - event.receivedAtMs) / 1000);
    for (const { cause, reason } of poison) {
      metrics.poison(cause);
      log.error({ cause, reason }, 'event put into the queue poison');
    }
    if (refans > 0) {
      metrics.refanned(refans);
      log.info({ statuses: refans }, 'late statuses fanned out once more');
    }
    metrics.batch();
  }
}

/** The values are to blame, not the state MySQL is in. */
function isRefusal(error: unknown): error is StoreError {
  return error instanceof StoreError && !SCHEMA_CODES.has(error.code);
}
