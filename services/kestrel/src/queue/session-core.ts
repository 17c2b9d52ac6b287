import type { Deadlines } from './deadlines-core.js';
import type { Item } from './item.js';
import type { QueueCore } from './queue-core.js';
import { isLegalName, type Family, type Registry } from './registry-core.js';
import type { GetRequest, MonitorRequest } from './requests.js';
import type { StatusKeeper } from './status-core.js';
import { GetWait, MonitorWait, type SessionListener, type Wait } from './waits-core.js';

/** What all sessions of a server share. */
export interface Hub {
  readonly registry: Registry;
  readonly deadlines: Deadlines;
  readonly status: StatusKeeper;
  /** Open reads per session and queue. */
  maxOpenReads: number;
  readonly counts: HubCounts;
}

export interface HubCounts {
  gets: number;
  sets: number;
  peeks: number;
  hits: number;
  misses: number;
  monitors: number;
  monitorGets: number;
}

/**
 * Why a request was not done; each ends the session. `held`: a plain read while a read is open, or one open read too many.
 * `blocked`: by the server's status. `name`: a queue cannot be called that. `no journal`: its file cannot be made.
 */
export type Failure = 'held' | 'blocked' | 'name' | 'no journal';

interface OpenReads {
  readonly queue: QueueCore;
  /** Oldest first. */
  readonly xids: number[];
}

/** One client, whatever its protocol: runs requests one at a time, and holds the client's open reads. */
export class Session {
  readonly #hub: Hub;
  readonly #listener: SessionListener;
  readonly #open = new Map<string, OpenReads>();
  #wait: Wait | null = null;

  constructor(hub: Hub, listener: SessionListener) {
    this.#hub = hub;
    this.#listener = listener;
  }

  /** True while a request is under way: the next one must wait for `listener.item` (of a get) or `listener.end`. */
  get waiting(): boolean {
    return this.#wait !== null;
  }

  /**
   * The family that took the item, or why not; null data stand for an item that is larger than allowed.
   * `diesAt` in ms since 1970, 0: never.
   */
  put(name: string, data: Buffer | null, diesAt: number, now: number): Family | 'refused' | Failure {
    this.#hub.counts.sets += 1;
    if (this.#hub.status.blocksWrites) return 'blocked';
    const family = this.#obtain(name, now);
    if (typeof family === 'string') return family;
    return data !== null && this.#hub.registry.put(family, data, diesAt, now) ? family : 'refused';
  }

  /** An item, null for none, or `waiting`: the listener hears later. */
  get(request: GetRequest, now: number): Item | null | 'waiting' | Failure {
    const { queue: name, open, close, abort } = request;
    if (abort || (close && !open)) {
      this.#settleOldest(name, abort, now);
      return null;
    }
    if (request.peek) this.#hub.counts.peeks += 1;
    else this.#hub.counts.gets += 1;
    if (this.#hub.status.blocksReads) return 'blocked';
    if (close) this.#settleOldest(name, false, now);
    const family = this.#obtain(name, now);
    if (typeof family === 'string') return family;
    const { queue } = family;
    const held = this.#openReads(queue)?.xids.length ?? 0;
    if (!request.peek && held >= (open ? this.#hub.maxOpenReads : 1)) return 'held';
    const item = this.#fetch(queue, request, now);
    if (item !== null || request.timeoutMs === 0) {
      if (item === null) this.#hub.counts.misses += 1;
      return item;
    }
    const fetch = (at: number): Item | null => this.#fetch(queue, request, at);
    this.#wait = new GetWait(this.#waitOn(queue, now + request.timeoutMs, fetch), now);
    return 'waiting';
  }

  /** Items go to the listener, at once and later, and then an end; a failure is answered instead. */
  monitor(request: MonitorRequest, now: number): Failure | null {
    this.#hub.counts.monitors += 1;
    if (this.#hub.status.blocksReads) return 'blocked';
    const family = this.#obtain(request.queue, now);
    if (typeof family === 'string') return family;
    const { queue } = family;
    const fetch = (at: number): Item | null => {
      const item = this.#openOne(queue, at);
      if (item !== null) this.#hub.counts.monitorGets += 1;
      return item;
    };
    const mayOpen = (): boolean =>
      (this.#openReads(queue)?.xids.length ?? 0) < this.#hub.maxOpenReads && !this.#hub.status.blocksReads;
    const deadline = now + request.timeoutMs;
    const wait = new MonitorWait(
      this.#waitOn(queue, deadline, fetch),
      request.max ?? this.#hub.maxOpenReads,
      mayOpen,
    );
    this.#wait = wait;
    wait.start(now);
    return null;
  }

  /** Confirms the `count` oldest open reads. False: there are not that many, and none was confirmed. */
  confirm(name: string, count: number): boolean {
    const reads = this.#readsOf(name);
    if (reads === undefined || count <= 0 || count > reads.xids.length) return false;
    for (const xid of reads.xids.splice(0, count)) reads.queue.confirm(xid);
    return true;
  }

  /** Confirms all open reads of a queue. */
  confirmAll(name: string): void {
    this.confirm(name, this.#readsOf(name)?.xids.length ?? 0);
  }

  /** Deletes a queue, if there is one. */
  delete(name: string, now: number): Failure | null {
    if (this.#hub.status.blocksWrites) return 'blocked';
    this.#hub.registry.delete(name, now);
    return null;
  }

  /** Removes all items of a queue; open reads stay. */
  flush(name: string): Failure | null {
    if (this.#hub.status.blocksWrites) return 'blocked';
    this.#hub.registry.lookup(name)?.queue.flush();
    return null;
  }

  flushAll(): Failure | null {
    if (this.#hub.status.blocksWrites) return 'blocked';
    for (const { queue } of this.#hub.registry.families()) queue.flush();
    return null;
  }

  /** Removes expired items of a queue; answers how many. */
  flushExpired(name: string, now: number): number | Failure {
    if (this.#hub.status.blocksWrites) return 'blocked';
    return this.#hub.registry.lookup(name)?.queue.sweep(now) ?? 0;
  }

  /** The same for all queues; no status blocks it. */
  flushAllExpired(now: number): number {
    return this.#hub.registry.sweep(now);
  }

  /** Output has room again. */
  resume(now: number): void {
    this.#wait?.resume(now);
  }

  /** The client is gone: stops its wait and returns its open reads, in the order in which they were queued. */
  close(now: number): void {
    this.#wait?.cancel();
    for (const { queue, xids } of this.#open.values()) {
      for (let i = xids.length - 1; i >= 0; i -= 1) queue.abort(xids[i] ?? 0, now);
    }
    this.#open.clear();
  }

  #obtain(name: string, now: number): Family | Failure {
    const family = this.#hub.registry.obtain(name, now);
    return family ?? (isLegalName(name) ? 'no journal' : 'name');
  }

  #waitOn(queue: QueueCore, deadline: number, fetch: (now: number) => Item | null) {
    const { deadlines } = this.#hub;
    const finish = (missed: boolean): void => {
      this.#wait = null;
      if (missed) this.#hub.counts.misses += 1;
    };
    return { queue, deadlines, listener: this.#listener, deadline, fetch, finish };
  }

  #fetch(queue: QueueCore, request: GetRequest, now: number): Item | null {
    if (request.open) return this.#openOne(queue, now);
    const item = request.peek ? queue.peek(now) : queue.take(now);
    if (item !== null) this.#countHit(queue);
    return item;
  }

  #openOne(queue: QueueCore, now: number): Item | null {
    const item = queue.open(now);
    if (item === null) return null;
    this.#countHit(queue);
    const reads = this.#openReads(queue);
    if (reads === undefined) this.#open.set(queue.name, { queue, xids: [item.xid] });
    else reads.xids.push(item.xid);
    return item;
  }

  #countHit(queue: QueueCore): void {
    this.#hub.counts.hits += 1;
    queue.counts.hits += 1;
  }

  #settleOldest(name: string, abort: boolean, now: number): void {
    const reads = this.#readsOf(name);
    const xid = reads?.xids.shift();
    if (reads === undefined || xid === undefined) return;
    if (abort) reads.queue.abort(xid, now);
    else reads.queue.confirm(xid);
  }

  #readsOf(name: string): OpenReads | undefined {
    const reads = this.#open.get(name);
    return reads?.queue.deleted === true ? undefined : reads;
  }

  /** Those on this very queue: reads of a deleted one of the same name are void. */
  #openReads(queue: QueueCore): OpenReads | undefined {
    const reads = this.#open.get(queue.name);
    return reads?.queue === queue ? reads : undefined;
  }
}
