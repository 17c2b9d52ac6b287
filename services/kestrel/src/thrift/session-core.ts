import type { Item } from '../queue/item.js';
import type { QueueCore } from '../queue/queue-core.js';
import { Session, type Access, type Failure, type Hub } from '../queue/session-core.js';
import type { SessionListener, Taking } from '../queue/waits-core.js';
import { THRIFT_READS_MAX, type Opener, type ThriftReads } from './reads-core.js';

/** Items one `get` returns at the most. */
export const GET_ITEMS_MAX = 10_000;
/** Bytes one `get` returns at the most, unless its only item is larger; clients have such a limit too, of 16,384,000. */
export const GET_BYTES_MAX = 8 * 1024 * 1024;
/** What an item costs in an answer beside its bytes. */
const ITEM_BYTES = 22;

export interface GetCall {
  readonly queue: string;
  /** Negative: as many as there are. */
  readonly maxItems: number;
  /** 0: only what is there; negative: nothing, as the time is over. */
  readonly timeoutMs: number;
  /** 0 or less: the items are removed for good. */
  readonly autoAbortMs: number;
}

/** An item on its way to a client; id 0: it is gone from the queue for good. */
export interface HandedItem {
  readonly data: Buffer;
  readonly id: number;
}

/** A get under way. */
interface Collection {
  readonly call: GetCall;
  queue: QueueCore | null;
  readonly items: Item[];
  /** Of items that are to be confirmed or aborted by number. */
  readonly ids: number[];
  /** Of items that are to be gone, but only once they are handed over. */
  readonly xids: number[];
  bytes: number;
}

/**
 * A client of thrift's: a get is a monitor that is collected into one answer, and what it opens belongs to the server.
 * `collected` is called when the answer is there, maybe at once; then `handOver` gives it.
 */
export class ThriftSession extends Session {
  readonly #hub: Hub;
  readonly #reads: ThriftReads;
  readonly #opener: Opener;
  readonly #collected: () => void;
  #get: Collection | null = null;

  constructor(
    hub: Hub,
    reads: ThriftReads,
    opener: Opener,
    collected: () => void,
    access: Access,
    clientId: string | null,
  ) {
    const listener: SessionListener = { ready: true, item: () => undefined, end: collected };
    super(hub, listener, access, clientId);
    this.#hub = hub;
    this.#reads = reads;
    this.#opener = opener;
    this.#collected = collected;
  }

  /** Starts a get; a failure is answered instead of a call of `collected`. */
  collect(call: GetCall, now: number): Failure | null {
    const { queue, timeoutMs } = call;
    const max = call.maxItems < 0 ? GET_ITEMS_MAX : Math.min(call.maxItems, GET_ITEMS_MAX);
    this.#get = { call, queue: null, items: [], ids: [], xids: [], bytes: 0 };
    // A monitor without time gets nothing at all; this one is cut off when it has what is there.
    const monitor = { kind: 'monitor', queue, timeoutMs: timeoutMs === 0 ? 1 : timeoutMs, max } as const;
    const failure = this.monitor(monitor, now);
    if (failure !== null) this.#get = null;
    else if (timeoutMs === 0 && this.waiting) this.interrupt(now);
    return failure;
  }

  /** Ends the get under way with what it has. */
  interrupt(now: number): void {
    if (!this.waiting) return;
    super.close(now);
    this.#collected();
  }

  /** What the get has collected: from now on it is the client's. */
  handOver(now: number): readonly HandedItem[] {
    const get = this.#get;
    this.#get = null;
    if (get === null) return [];
    for (const xid of get.xids) get.queue?.confirm(xid);
    this.#reads.handOut(get.ids, now + get.call.autoAbortMs, now);
    return get.items.map(({ data }, index) => ({ data, id: get.ids[index] ?? 0 }));
  }

  /** The client is gone: what a get has collected and not handed over goes back. */
  override close(now: number): void {
    super.close(now);
    const get = this.#get;
    this.#get = null;
    if (get === null) return;
    get.queue?.abortAll(get.xids, now);
    this.#reads.abort(get.ids, now);
  }

  /** For this session's waits. */
  override fetch(queue: QueueCore, taking: Taking, now: number): Item | null {
    const get = this.#get;
    if (get === null || taking !== 'open') return super.fetch(queue, taking, now);
    const lends = get.call.autoAbortMs > 0;
    // What is answered at once need not be open first.
    if (!lends && get.call.timeoutMs === 0) return note(get, queue, super.fetch(queue, 'take', now));
    const item = note(get, queue, queue.open(now));
    if (item === null) return null;
    if (lends) get.ids.push(this.#reads.add(queue, item.xid, this.#opener));
    else get.xids.push(item.xid);
    queue.counts.hits += 1;
    this.#hub.counts.hits += 1;
    this.#hub.counts.monitorGets += 1;
    return item;
  }

  /** For this session's waits. */
  override mayOpen(queue: QueueCore): boolean {
    const get = this.#get;
    if (!super.mayOpen(queue) || this.#opener.held(queue) >= this.#hub.maxOpenReads) return false;
    if (get === null) return true;
    if (get.call.autoAbortMs > 0 && this.#reads.size >= THRIFT_READS_MAX) return false;
    if (get.items.length === 0) return true;
    const next = queue.backlog.first()?.data.length ?? 0;
    return get.bytes + next + ITEM_BYTES <= GET_BYTES_MAX;
  }
}

function note(get: Collection, queue: QueueCore, item: Item | null): Item | null {
  if (item === null) return null;
  get.queue = queue;
  get.items.push(item);
  get.bytes += item.data.length + ITEM_BYTES;
  return item;
}
