import type { Deadlines } from './deadlines-core.js';
import { Distribution } from './distribution-core.js';
import type { Item } from './item.js';
import type { QueueCore } from './queue-core.js';
import { Reads } from './reads-core.js';
import { isLegalName, type Alias, type Family, type Registry } from './registry-core.js';
import type { GetRequest, MonitorRequest } from './requests.js';
import type { StatusKeeper } from './status-core.js';
import {
  GetWait,
  MonitorWait,
  type SessionListener,
  type Taking,
  type Wait,
  type WaitHost,
} from './waits-core.js';

/** What all sessions of a server share. */
export interface Hub {
  readonly registry: Registry;
  readonly deadlines: Deadlines;
  readonly status: StatusKeeper;
  /** Open reads per session and queue. */
  maxOpenReads: number;
  readonly counts: HubCounts;
  /** Told of each operation on a queue whose config has `enableTrace`. */
  readonly trace?: (queue: string, operation: string) => void;
}

export interface HubCounts {
  gets: number;
  sets: number;
  peeks: number;
  /** Gets, peeks and fetches of monitors that found an item, and those that did not. */
  hits: number;
  misses: number;
  monitors: number;
  /** Fetches of monitors. */
  monitorGets: number;
}

export function freshHubCounts(): HubCounts {
  return { gets: 0, sets: 0, peeks: 0, hits: 0, misses: 0, monitors: 0, monitorGets: 0 };
}

/** What a client may do for its whole life. */
export interface Access {
  readonly reads: boolean;
  readonly writes: boolean;
}

const FULL_ACCESS: Access = { reads: true, writes: true };

/**
 * Why a request was not done; each ends the session. `held`: a plain read while a read is open, or one open read too many.
 * `blocked`: by the server's status, for this client, or by the queue's white list. `name`: a queue cannot be called that.
 * `no journal`: its file cannot be made.
 */
export type Failure = 'held' | 'blocked' | 'name' | 'no journal';

/** One client, whatever its protocol: runs requests one at a time, and holds the client's open reads. */
export class Session implements WaitHost {
  readonly listener: SessionListener;
  readonly #hub: Hub;
  readonly #access: Access;
  readonly #clientId: string | null;
  readonly #reads = new Reads();
  #wait: Wait | null = null;

  /** `clientId` is what white lists know the client by; null: nothing, so it is on none. */
  constructor(
    hub: Hub,
    listener: SessionListener,
    access: Access = FULL_ACCESS,
    clientId: string | null = null,
  ) {
    this.#hub = hub;
    this.listener = listener;
    this.#access = access;
    this.#clientId = clientId;
  }

  get deadlines(): Deadlines {
    return this.#hub.deadlines;
  }

  /** True while a request is under way: the next one must wait for `listener.item` (of a get) or `listener.end`. */
  get waiting(): boolean {
    return this.#wait !== null;
  }

  /**
   * Where the item went, or why not; null data stand for an item that is larger than allowed.
   * `diesAt` in ms since 1970, 0: never.
   */
  put(name: string, data: Buffer | null, diesAt: number, now: number): Family | Alias | 'refused' | Failure {
    this.#hub.counts.sets += 1;
    if (this.#areWritesBlocked()) return 'blocked';
    const route = this.#hub.registry.route(name, now);
    if (route === null) return notMade(name);
    if (!this.#maySet(route)) return 'blocked';
    if (route.kind === 'family' && route.queue.config.enableTrace) this.#hub.trace?.(name, 'set');
    return data !== null && this.#hub.registry.put(route, data, diesAt, now) ? route : 'refused';
  }

  /** An item, null for none, or `waiting`: the listener hears later. Of an alias there is never one. */
  get(request: GetRequest, now: number): Item | null | 'waiting' | Failure {
    const { queue: name, open, close, timeoutMs } = request;
    if (request.abort || (close && !open)) {
      if (request.abort) this.#abortOldest(name, now);
      else this.#confirmOldest(name);
      return null;
    }
    const { counts, registry } = this.#hub;
    if (request.peek) counts.peeks += 1;
    else counts.gets += 1;
    if (close) this.#confirmOldest(name);
    if (this.#areReadsBlocked()) return 'blocked';
    const route = registry.route(name, now);
    if (route === null) return notMade(name);
    if (route.kind === 'alias') {
      counts.misses += 1;
      return null;
    }
    const { queue } = route;
    if (!this.#isListed(queue.config.whiteListClientIdForDequeue)) return 'blocked';
    if (!request.peek && this.#reads.held(queue) >= (open ? this.#hub.maxOpenReads : 1)) return 'held';
    const taking = request.peek ? 'peek' : open ? 'open' : 'take';
    if (queue.config.enableTrace) this.#hub.trace?.(name, taking);
    if (timeoutMs > 0) (queue.getTimeouts ??= new Distribution()).add(timeoutMs);
    const item = this.fetch(queue, taking, now);
    if (item !== null) return item;
    if (timeoutMs <= 0) {
      this.over(queue, true);
      return null;
    }
    this.#wait = new GetWait(this, queue, taking, now + timeoutMs, now);
    return 'waiting';
  }

  /** Items go to the listener, at once and later, and then an end; a failure is answered instead. */
  monitor(request: MonitorRequest, now: number): Failure | null {
    const { counts, registry } = this.#hub;
    counts.monitors += 1;
    if (this.#areReadsBlocked()) return 'blocked';
    const route = registry.route(request.queue, now);
    if (route === null) return notMade(request.queue);
    if (route.kind === 'alias') {
      this.listener.end();
      return null;
    }
    const { queue } = route;
    if (!this.#isListed(queue.config.whiteListClientIdForDequeue)) return 'blocked';
    this.#trace(queue, 'monitor');
    const wait = new MonitorWait(this, queue, request.max ?? this.#hub.maxOpenReads, now + request.timeoutMs);
    this.#wait = wait;
    wait.start(now);
    return null;
  }

  /** Confirms the `count` oldest open reads. False: there are not that many, and none was confirmed. */
  confirm(name: string, count: number): boolean {
    this.#traceNamed(name, 'confirm');
    return this.#reads.confirm(name, count);
  }

  /** Confirms all open reads of a queue. */
  confirmAll(name: string): void {
    this.#traceNamed(name, 'confirm');
    this.#reads.confirmAll(name);
  }

  /** Deletes a queue, if there is one. Nothing happens to an alias. */
  delete(name: string, now: number): Failure | null {
    if (this.#areWritesBlocked()) return 'blocked';
    this.#traceNamed(name, 'delete');
    const { registry } = this.#hub;
    if (registry.lookup(name) !== undefined) registry.delete(name, now);
    return null;
  }

  /** Removes all items of a queue; open reads stay. Nothing happens to an alias. */
  flush(name: string): Failure | null {
    if (this.#areWritesBlocked()) return 'blocked';
    this.#traceNamed(name, 'flush');
    this.#hub.registry.lookup(name)?.queue.flush();
    return null;
  }

  flushAll(): Failure | null {
    if (this.#areWritesBlocked()) return 'blocked';
    for (const { queue } of this.#hub.registry.families()) queue.flush();
    return null;
  }

  /** Removes expired items of a queue; answers how many. */
  flushExpired(name: string, now: number): number | Failure {
    if (this.#areWritesBlocked()) return 'blocked';
    this.#traceNamed(name, 'flush_expired');
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
    this.#reads.abortAll(now);
  }

  /** For this session's waits. */
  fetch(queue: QueueCore, taking: Taking, now: number): Item | null {
    let item: Item | null;
    if (taking === 'open') item = this.#reads.open(queue, now);
    else item = taking === 'peek' ? queue.peek(now) : queue.take(now);
    if (item === null) return null;
    this.#hub.counts.hits += 1;
    queue.counts.hits += 1;
    if (this.#wait instanceof MonitorWait) this.#hub.counts.monitorGets += 1;
    return item;
  }

  /** For this session's waits. */
  mayOpen(queue: QueueCore): boolean {
    return this.#reads.held(queue) < this.#hub.maxOpenReads && !this.#areReadsBlocked();
  }

  /** For this session's waits. */
  over(queue: QueueCore, missed: boolean): void {
    if (missed) {
      this.#hub.counts.misses += 1;
      queue.counts.misses += 1;
      if (this.#wait instanceof MonitorWait) this.#hub.counts.monitorGets += 1;
    }
    this.#wait = null;
  }

  #areWritesBlocked(): boolean {
    return !this.#access.writes || this.#hub.status.blocksWrites;
  }

  #areReadsBlocked(): boolean {
    return !this.#access.reads || this.#hub.status.blocksReads;
  }

  #maySet(route: Family | Alias): boolean {
    if (route.kind === 'family') return this.#isListed(route.queue.config.whiteListClientIdForEnqueue);
    const { registry } = this.#hub;
    return route.destinations.every((to) =>
      this.#isListed(registry.configOf(to).whiteListClientIdForEnqueue),
    );
  }

  #isListed(list: readonly string[] | null): boolean {
    return list === null || (this.#clientId !== null && list.includes(this.#clientId));
  }

  #confirmOldest(name: string): void {
    this.#traceNamed(name, 'close');
    this.#reads.confirmOldest(name);
  }

  #abortOldest(name: string, now: number): void {
    this.#traceNamed(name, 'abort');
    this.#reads.abortOldest(name, now);
  }

  #trace(queue: QueueCore, operation: string): void {
    if (queue.config.enableTrace) this.#hub.trace?.(queue.name, operation);
  }

  #traceNamed(name: string, operation: string): void {
    if (this.#hub.trace === undefined) return;
    const family = this.#hub.registry.lookup(name);
    if (family !== undefined) this.#trace(family.queue, operation);
  }
}

function notMade(name: string): Failure {
  return isLegalName(name) ? 'no journal' : 'name';
}
