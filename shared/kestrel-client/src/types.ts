/** A Kestrel cluster as the rest of Murmur sees it. Queue names as in kestrel: `a`, `a+child`. */
import type { ServerSet } from '@murmur/discovery';

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
  /** How long one monitor waits for items, ms; confirms go out at its end. Rounded up to whole seconds. */
  readonly monitorMs: number;
  /**
   * Gets what has arrived, in order, one call at a time per server. When it resolves the items are
   * confirmed; when it rejects they go back to the queue and come again after `retryDelayMs`.
   */
  readonly handle: (batch: readonly Buffer[], server: string) => Promise<void>;
  readonly retryDelayMs: number;
  /**
   * Items open at a time on all servers together: each server of the read set gets an equal part of it, at least one
   * item and at most `batchMax`. No bound but `batchMax` per server when it is left out.
   */
  readonly inHandMax?: number;
}

/** Reads one queue on every server of the read set. */
export interface KestrelConsumer {
  /** How many servers it is reading from at this moment. */
  liveServers(): number;
  /** Finishes the batch in hand, confirms it and closes. */
  stop(): Promise<void>;
}

export interface QueueStats {
  /** `host:port` of the memcache port. */
  readonly server: string;
  /** Items waiting; those that a reader holds open are not among them. */
  readonly items: number;
  /** Age of the head item, ms; 0 when empty. */
  readonly ageMs: number;
}

export interface KestrelClient extends KestrelProducer {
  /**
   * Resolves when there is room for a put of so many payload bytes, first come, first served: `await ready(n)`, then
   * `put` at once (in the same turn of the event loop), and no put is rejected as overloaded. What a bulk producer
   * waits for instead of buffering. Rejects with KestrelOverloaded when `READY_WAITERS_MAX` callers wait, and when the
   * client is closed.
   */
  ready(payloadBytes?: number): Promise<void>;
  consume(options: ConsumeOptions): KestrelConsumer;
  /** Deletes a queue on every server of the write set; servers that cannot be reached are skipped. */
  deleteQueue(queue: string): Promise<void>;
  /** One entry per server of the read set that answered; a queue that a server does not have is empty there. */
  queueStats(queue: string): Promise<QueueStats[]>;
  /** How many servers would take a put at this moment. */
  liveWriters(): number;
}

export interface KestrelLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface KestrelClientOptions {
  readonly readSet: ServerSet;
  readonly writeSet: ServerSet;
  readonly log: KestrelLog;
  /** How long a put looks for a server that takes it, ms. */
  readonly putTimeoutMs?: number;
  /** A server that owes a reply for so long is taken for dead and its puts go elsewhere, ms. */
  readonly replyTimeoutMs?: number;
  /** Puts that wait for their STORED, over all servers. */
  readonly inFlightMax?: number;
  /** Their bytes, protocol included. */
  readonly inFlightBytesMax?: number;
  /** The largest payload of a put, bytes; more than the server's `maxItemSize` would be refused everywhere. */
  readonly itemBytesMax?: number;
  readonly connectTimeoutMs?: number;
  /** First and longest wait before a reconnect, ms; it doubles from one to the other. */
  readonly reconnectMinMs?: number;
  readonly reconnectMaxMs?: number;
}
