/** A Kestrel cluster as the rest of Murmur sees it. Queue names as in kestrel: `a`, `a+child`. */

export interface KestrelProducer {
  /**
   * Puts one item on any server of the write set. Resolves on STORED. Goes to another server on a dead
   * connection or NOT_STORED, so an item may be stored twice. Rejects with KestrelUnavailable when no
   * server took it within `putTimeoutMs`, or at once with KestrelOverloaded when `inFlightMax` puts are waiting.
   */
  put(queue: string, payload: Buffer): Promise<void>;
  close(): Promise<void>;
}

export interface ConsumeOptions {
  readonly queue: string;
  /** Items open at a time on one server; also the largest batch. */
  readonly batchMax: number;
  /** How long one monitor waits for items, ms; confirms go out at its end. */
  readonly monitorMs: number;
  /**
   * Gets what has arrived, in order, one call at a time per server. When it resolves the items are
   * confirmed; when it rejects they go back to the queue and come again after `retryDelayMs`.
   */
  readonly handle: (batch: readonly Buffer[], server: string) => Promise<void>;
  readonly retryDelayMs: number;
}

/** Reads one queue on every server of the read set. */
export interface KestrelConsumer {
  /** Finishes the batch in hand, confirms it and closes. */
  stop(): Promise<void>;
}

export interface QueueStats {
  readonly server: string;
  readonly items: number;
  /** Age of the head item, ms; 0 when empty. */
  readonly ageMs: number;
}

export interface KestrelClient extends KestrelProducer {
  consume(options: ConsumeOptions): KestrelConsumer;
  /** Deletes a queue on every server of the write set; servers that cannot be reached are skipped. */
  deleteQueue(queue: string): Promise<void>;
}
