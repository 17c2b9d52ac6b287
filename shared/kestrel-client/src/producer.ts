/** Puts over all servers of the write set: round robin, moved when a server fails, each bounded in time. */
import type { ServerSet } from '@murmur/discovery';
import { REFUSED_PAUSE_MS, type Bounds } from './defaults.js';
import { KestrelError, KestrelOverloaded, KestrelUnavailable } from './errors.js';
import { linkMembers } from './members.js';
import { createPutLink, type Put, type PutLink } from './put-link.js';
import { checkQueueName, encodeSet } from './requests-core.js';
import type { KestrelLog } from './types.js';

interface PendingPut extends Put {
  readonly queue: string;
  readonly deadlineAtMs: number;
  readonly resolve: () => void;
  readonly reject: (error: KestrelError) => void;
  /** Servers that refused it since it last paused. */
  readonly refusedBy: Set<PutLink<PendingPut>>;
  lastFailure: string;
}

export interface Producer {
  put(queue: string, payload: Buffer): Promise<void>;
  liveWriters(): number;
  close(): Promise<void>;
}

export function createProducer(writeSet: ServerSet, bounds: Bounds, log: KestrelLog): Producer {
  /** Unsettled puts, oldest first: one time-out for all means that they run out in this order. */
  const unsettled = new Set<PendingPut>();
  let unsettledBytes = 0;
  /** Unsettled puts that no server has at the moment. */
  let parked: PendingPut[] = [];
  let closing: (() => void) | null = null;
  let closed = false;
  let turn = 0;
  let deadlineTimer: NodeJS.Timeout | null = null;
  let pauseTimer: NodeJS.Timeout | null = null;

  const links = linkMembers(writeSet, (endpoint) =>
    createPutLink<PendingPut>(endpoint, bounds, log, {
      onLive: unpark,
      onStored: (put) => {
        settle(put)?.resolve();
      },
      onRefused: (put, link, reason) => {
        put.refusedBy.add(link);
        put.lastFailure = `${link.server} answered ${reason}`;
        dispatch(put);
      },
      onLost: (puts, link, why) => {
        for (const put of puts) {
          put.lastFailure = `${link.server}: ${why}`;
          dispatch(put);
        }
      },
    }),
  );

  function put(queue: string, payload: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const request = admitted(queue, payload);
      const deadlineAtMs = Date.now() + bounds.putTimeoutMs;
      const entry: PendingPut = {
        queue,
        request,
        deadlineAtMs,
        resolve,
        reject,
        refusedBy: new Set(),
        lastFailure: 'no server is reachable',
      };
      unsettled.add(entry);
      unsettledBytes += request.length;
      deadlineTimer ??= setTimeout(expire, bounds.putTimeoutMs);
      dispatch(entry);
    });
  }

  /** The request's bytes, or the reason why it is not even tried. */
  function admitted(queue: string, payload: Buffer): Buffer {
    if (closed) throw new KestrelError('closed', `put to ${queue}: the client is closed`);
    checkQueueName(queue);
    if (payload.length > bounds.itemBytesMax)
      throw new KestrelError(
        'item_too_large',
        `payload: ${payload.length} bytes are not allowed, at most ${bounds.itemBytesMax} are`,
      );
    if (unsettled.size >= bounds.inFlightMax || unsettledBytes + payload.length > bounds.inFlightBytesMax)
      throw new KestrelOverloaded(
        `${unsettled.size} puts (${unsettledBytes} bytes) wait for a server already`,
      );
    return encodeSet(queue, payload);
  }

  function dispatch(entry: PendingPut): void {
    if (!unsettled.has(entry)) return;
    const link = pick(entry.refusedBy);
    if (link !== null) {
      link.send(entry);
      return;
    }
    parked.push(entry);
    if (entry.refusedBy.size > 0) pauseTimer ??= setTimeout(retryRefused, REFUSED_PAUSE_MS);
  }

  /** Round robin over prompt servers; over slow ones only when there is no other. */
  function pick(refusedBy: ReadonlySet<PutLink<PendingPut>>): PutLink<PendingPut> | null {
    const all = links.all();
    let slow: PutLink<PendingPut> | null = null;
    for (let i = 0; i < all.length; i++) {
      const link = all[turn++ % all.length] as PutLink<PendingPut>;
      if (refusedBy.has(link) || !link.live()) continue;
      if (link.prompt()) return link;
      slow ??= link;
    }
    turn += 1;
    return slow;
  }

  function unpark(): void {
    const entries = parked;
    parked = [];
    for (const entry of entries) dispatch(entry);
  }

  function retryRefused(): void {
    pauseTimer = null;
    for (const entry of parked) entry.refusedBy.clear();
    unpark();
  }

  /** Null when it was settled before: an answer after the time-out changes nothing. */
  function settle(entry: PendingPut): PendingPut | null {
    if (!unsettled.delete(entry)) return null;
    unsettledBytes -= entry.request.length;
    if (unsettled.size === 0) closing?.();
    return entry;
  }

  function expire(): void {
    deadlineTimer = null;
    const now = Date.now();
    for (const entry of unsettled) {
      if (entry.deadlineAtMs > now) {
        deadlineTimer = setTimeout(expire, entry.deadlineAtMs - now);
        break;
      }
      const message = `put to ${entry.queue}: not stored within ${bounds.putTimeoutMs} ms (${entry.lastFailure})`;
      settle(entry)?.reject(new KestrelUnavailable(message));
    }
    parked = parked.filter((entry) => unsettled.has(entry));
  }

  async function close(): Promise<void> {
    closed = true;
    if (unsettled.size > 0) await new Promise<void>((resolve) => (closing = resolve));
    links.unsubscribe();
    for (const link of links.all()) link.close();
    for (const timer of [deadlineTimer, pauseTimer]) if (timer !== null) clearTimeout(timer);
  }

  return { put, close, liveWriters: () => links.all().filter((link) => link.live()).length };
}
