/** Puts over all servers of the write set: spread evenly, moved when a server fails, each bounded in time. */
import type { ServerSet } from '@murmur/discovery';
import { REFUSED_PAUSE_MS, type Bounds } from './defaults.js';
import { KestrelError, KestrelOverloaded, KestrelUnavailable } from './errors.js';
import { linkMembers, type MemberLinks } from './members.js';
import { PutLink, type Put, type PutLinkEvents } from './put-link.js';
import { checkQueueName, encodeSet } from './requests-core.js';
import { RoomWaiters } from './room.js';
import { Spread } from './spread-core.js';
import type { KestrelLog, KestrelProducer } from './types.js';

type Link = PutLink<PendingPut>;

interface PendingPut extends Put {
  readonly queue: string;
  readonly deadlineAtMs: number;
  readonly resolve: () => void;
  readonly reject: (error: KestrelError) => void;
  /** Servers that refused it since it last paused. */
  readonly refusedBy: Set<Link>;
  lastFailure: string;
}

export class Producer implements KestrelProducer {
  private readonly bounds: Bounds;
  private readonly links: MemberLinks<Link>;
  private readonly spread = new Spread<Link>(Math.random());
  /** Unsettled puts, oldest first: one time-out for all means that they run out in this order. */
  private readonly unsettled = new Set<PendingPut>();
  private unsettledBytes = 0;
  private readonly waiters = new RoomWaiters((puts, bytes) => this.hasRoom(puts, bytes));
  /** Unsettled puts that no server has at the moment, oldest first. */
  private parked: PendingPut[] = [];
  private closing: Promise<void> | null = null;
  private onEmpty: (() => void) | null = null;
  private deadlineTimer: NodeJS.Timeout | null = null;
  private pauseTimer: NodeJS.Timeout | null = null;

  constructor(writeSet: ServerSet, bounds: Bounds, log: KestrelLog) {
    this.bounds = bounds;
    const events = this.linkEvents();
    this.links = linkMembers(writeSet, (endpoint) => new PutLink(endpoint, bounds, log, events));
  }

  put(queue: string, payload: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const { putTimeoutMs } = this.bounds;
      const request = this.admit(queue, payload);
      const now = performance.now();
      const entry: PendingPut = {
        queue,
        request,
        sentAtMs: now,
        deadlineAtMs: now + putTimeoutMs,
        resolve,
        reject,
        refusedBy: new Set(),
        lastFailure: 'no server is reachable',
      };
      this.unsettled.add(entry);
      this.unsettledBytes += request.length;
      this.deadlineTimer ??= this.expireIn(putTimeoutMs);
      this.dispatch(entry, now);
    });
  }

  /** Resolves when a put of so many payload bytes is admitted in this turn; first come, first served. */
  ready(payloadBytes = 0): Promise<void> {
    if (this.closing !== null)
      return Promise.reject(new KestrelError('closed', 'ready: the client is closed'));
    return this.waiters.wait(Math.min(payloadBytes, this.bounds.inFlightBytesMax));
  }

  liveWriters(): number {
    return this.links.all().filter((link) => link.live()).length;
  }

  /** Waits for the puts under way, at most `putTimeoutMs`. */
  close(): Promise<void> {
    return (this.closing ??= this.shut());
  }

  private async shut(): Promise<void> {
    this.waiters.close();
    if (this.unsettled.size > 0) await new Promise<void>((resolve) => (this.onEmpty = resolve));
    this.links.unsubscribe();
    for (const link of this.links.all()) link.close();
    if (this.deadlineTimer !== null) clearTimeout(this.deadlineTimer);
    if (this.pauseTimer !== null) clearTimeout(this.pauseTimer);
  }

  private linkEvents(): PutLinkEvents<PendingPut> {
    return {
      onRoom: () => {
        this.unpark();
      },
      onStored: (put) => {
        this.settle(put)?.resolve();
      },
      onRefused: (put, link, reason) => {
        put.refusedBy.add(link);
        put.lastFailure = `${link.server} answered ${reason}`;
        this.spread.refused(link);
        this.dispatch(put, performance.now());
      },
      onLost: (puts, link, why) => {
        const now = performance.now();
        for (const put of puts) {
          put.lastFailure = `${link.server}: ${why}`;
          this.dispatch(put, now);
        }
        this.unpark();
      },
      onLate: (late) => {
        const now = performance.now();
        return this.links.all().some((link) => link !== late && link.fitness(now) === 'good');
      },
    };
  }

  /** The request's bytes; throws the reason why it is not even tried. */
  private admit(queue: string, payload: Buffer): Buffer {
    const { itemBytesMax } = this.bounds;
    if (this.closing !== null) throw new KestrelError('closed', `put to ${queue}: the client is closed`);
    checkQueueName(queue);
    if (payload.length > itemBytesMax)
      throw new KestrelError(
        'item_too_large',
        `payload: ${payload.length} bytes are not allowed, at most ${itemBytesMax} are`,
      );
    if (!this.hasRoom(1, payload.length))
      throw new KestrelOverloaded(
        `${this.unsettled.size} puts (${this.unsettledBytes} bytes) wait for a server already`,
      );
    return encodeSet(queue, payload);
  }

  private hasRoom(puts: number, bytes: number): boolean {
    const { inFlightMax, inFlightBytesMax } = this.bounds;
    return this.unsettled.size + puts <= inFlightMax && this.unsettledBytes + bytes <= inFlightBytesMax;
  }

  /** False when it had to be parked. */
  private dispatch(entry: PendingPut, nowMs: number): boolean {
    if (!this.unsettled.has(entry)) return true;
    const link = this.spread.pick(this.links.all(), entry.refusedBy, nowMs);
    if (link === null) this.park(entry);
    else link.send(entry, nowMs);
    return link !== null;
  }

  private park(entry: PendingPut): void {
    this.parked.push(entry);
    if (entry.refusedBy.size === 0) return;
    this.pauseTimer ??= setTimeout(() => {
      this.pauseTimer = null;
      for (const waiting of this.parked) waiting.refusedBy.clear();
      this.unpark();
    }, REFUSED_PAUSE_MS);
  }

  /** In their order; once there is no room for one that nobody refused, there is none for the others. */
  private unpark(): void {
    const entries = this.parked;
    const now = performance.now();
    let full = false;
    this.parked = [];
    for (const entry of entries) {
      if (full) this.park(entry);
      else if (!this.dispatch(entry, now)) full = entry.refusedBy.size === 0;
    }
  }

  /** Null when it was settled before: an answer after the time-out changes nothing. */
  private settle(entry: PendingPut): PendingPut | null {
    if (!this.unsettled.delete(entry)) return null;
    this.unsettledBytes -= entry.request.length;
    this.waiters.wake();
    if (this.unsettled.size === 0) this.onEmpty?.();
    return entry;
  }

  private expireIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.deadlineTimer = null;
      this.expire(performance.now());
    }, ms);
  }

  private expire(now: number): void {
    for (const entry of this.unsettled) {
      if (entry.deadlineAtMs > now) {
        this.deadlineTimer = this.expireIn(entry.deadlineAtMs - now);
        break;
      }
      const message = `put to ${entry.queue}: not stored within ${this.bounds.putTimeoutMs} ms (${entry.lastFailure})`;
      this.settle(entry)?.reject(new KestrelUnavailable(message));
    }
    this.parked = this.parked.filter((entry) => this.unsettled.has(entry));
  }
}
