/** Puts over all servers of the write set: round robin, moved when a server fails, each bounded in time. */
import type { ServerSet } from '@murmur/discovery';
import { PUTS_TOGETHER_MAX, REFUSED_PAUSE_MS, type Bounds } from './defaults.js';
import { KestrelError, KestrelOverloaded, KestrelUnavailable } from './errors.js';
import { linkMembers, type MemberLinks } from './members.js';
import { PutLink, type Put } from './put-link.js';
import { checkQueueName, encodeSet } from './requests-core.js';
import type { KestrelLog, KestrelProducer } from './types.js';

interface PendingPut extends Put {
  readonly queue: string;
  readonly deadlineAtMs: number;
  readonly resolve: () => void;
  readonly reject: (error: KestrelError) => void;
  /** Servers that refused it since it last paused. */
  readonly refusedBy: Set<PutLink<PendingPut>>;
  lastFailure: string;
}

export class Producer implements KestrelProducer {
  private readonly bounds: Bounds;
  private readonly links: MemberLinks<PutLink<PendingPut>>;
  /** Unsettled puts, oldest first: one time-out for all means that they run out in this order. */
  private readonly unsettled = new Set<PendingPut>();
  private unsettledBytes = 0;
  /** Unsettled puts that no server has at the moment. */
  private parked: PendingPut[] = [];
  private closed = false;
  private onEmpty: (() => void) | null = null;
  private turn = 0;
  /** The link that was picked last, and how many puts in a row it has got. */
  private last: PutLink<PendingPut> | null = null;
  private inARow = 0;
  private deadlineTimer: NodeJS.Timeout | null = null;
  private pauseTimer: NodeJS.Timeout | null = null;

  constructor(writeSet: ServerSet, bounds: Bounds, log: KestrelLog) {
    this.bounds = bounds;
    this.links = linkMembers(writeSet, (endpoint) => {
      return new PutLink<PendingPut>(endpoint, bounds, log, {
        onLive: () => {
          this.unpark();
        },
        onStored: (put) => {
          this.settle(put)?.resolve();
        },
        onRefused: (put, link, reason) => {
          put.refusedBy.add(link);
          put.lastFailure = `${link.server} answered ${reason}`;
          this.dispatch(put);
        },
        onLost: (puts, link, why) => {
          for (const put of puts) {
            put.lastFailure = `${link.server}: ${why}`;
            this.dispatch(put);
          }
        },
      });
    });
  }

  put(queue: string, payload: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      const { putTimeoutMs } = this.bounds;
      const request = this.admit(queue, payload);
      const entry: PendingPut = {
        queue,
        request,
        deadlineAtMs: Date.now() + putTimeoutMs,
        resolve,
        reject,
        refusedBy: new Set(),
        lastFailure: 'no server is reachable',
      };
      this.unsettled.add(entry);
      this.unsettledBytes += request.length;
      this.deadlineTimer ??= this.expireIn(putTimeoutMs);
      this.dispatch(entry);
    });
  }

  liveWriters(): number {
    return this.links.all().filter((link) => link.live()).length;
  }

  /** Waits for the puts under way, at most `putTimeoutMs`. */
  async close(): Promise<void> {
    this.closed = true;
    if (this.unsettled.size > 0) await new Promise<void>((resolve) => (this.onEmpty = resolve));
    this.links.unsubscribe();
    for (const link of this.links.all()) link.close();
    if (this.deadlineTimer !== null) clearTimeout(this.deadlineTimer);
    if (this.pauseTimer !== null) clearTimeout(this.pauseTimer);
  }

  /** The request's bytes; throws the reason why it is not even tried. */
  private admit(queue: string, payload: Buffer): Buffer {
    const { itemBytesMax, inFlightMax, inFlightBytesMax } = this.bounds;
    if (this.closed) throw new KestrelError('closed', `put to ${queue}: the client is closed`);
    checkQueueName(queue);
    if (payload.length > itemBytesMax)
      throw new KestrelError(
        'item_too_large',
        `payload: ${payload.length} bytes are not allowed, at most ${itemBytesMax} are`,
      );
    if (this.unsettled.size >= inFlightMax || this.unsettledBytes + payload.length > inFlightBytesMax)
      throw new KestrelOverloaded(
        `${this.unsettled.size} puts (${this.unsettledBytes} bytes) wait for a server already`,
      );
    return encodeSet(queue, payload);
  }

  private dispatch(entry: PendingPut): void {
    if (!this.unsettled.has(entry)) return;
    const link = this.pick(entry.refusedBy);
    if (link !== null) {
      link.send(entry);
      return;
    }
    this.parked.push(entry);
    if (entry.refusedBy.size === 0) return;
    this.pauseTimer ??= setTimeout(() => {
      this.pauseTimer = null;
      for (const waiting of this.parked) waiting.refusedBy.clear();
      this.unpark();
    }, REFUSED_PAUSE_MS);
  }

  /**
   * Round robin, a few puts at a time: what is put in one turn of the event loop goes to one server as long as it
   * is little, which halves the writes here and the turns there.
   */
  private pick(refusedBy: ReadonlySet<PutLink<PendingPut>>): PutLink<PendingPut> | null {
    const { last } = this;
    const more = last !== null && last.gathering() && last.prompt() && this.inARow < PUTS_TOGETHER_MAX;
    if (more && !refusedBy.has(last)) {
      this.inARow += 1;
      return last;
    }
    this.last = this.pickNext(refusedBy);
    this.inARow = 1;
    return this.last;
  }

  /** The next of the prompt servers; of the slow ones only when there is no other. */
  private pickNext(refusedBy: ReadonlySet<PutLink<PendingPut>>): PutLink<PendingPut> | null {
    const all = this.links.all();
    let slow: PutLink<PendingPut> | null = null;
    for (let i = 0; i < all.length; i++) {
      const link = all[this.turn++ % all.length] as PutLink<PendingPut>;
      if (refusedBy.has(link) || !link.live()) continue;
      if (link.prompt()) return link;
      slow ??= link;
    }
    this.turn += 1;
    return slow;
  }

  private unpark(): void {
    const entries = this.parked;
    this.parked = [];
    for (const entry of entries) this.dispatch(entry);
  }

  /** Null when it was settled before: an answer after the time-out changes nothing. */
  private settle(entry: PendingPut): PendingPut | null {
    if (!this.unsettled.delete(entry)) return null;
    this.unsettledBytes -= entry.request.length;
    if (this.unsettled.size === 0) this.onEmpty?.();
    return entry;
  }

  private expireIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.deadlineTimer = null;
      this.expire(Date.now());
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
