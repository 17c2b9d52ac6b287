/**
 * The put side of one server: one connection, requests pipelined, replies matched in order.
 *
 *   waiting -> connecting -> probing (`version` answered) -> live -> waiting ...
 *
 * A stopped process still accepts connections, so a new one counts as live only once it has answered.
 */
import type { Endpoint } from '@murmur/discovery';
import { messageOf, openConnection, serverName, type Connection } from './connection.js';
import { SUSPECT_AFTER_MS, type Bounds } from './defaults.js';
import type { MemberLink } from './members.js';
import { createReconnect, type Reconnect } from './reconnect.js';
import type { Reply } from './reply-parser-core.js';
import { VERSION_REQUEST } from './requests-core.js';
import type { KestrelLog } from './types.js';

/** One put on its way; the producer owns it, a link only carries it. */
export interface Put {
  readonly request: Buffer;
}

export interface PutLinkEvents<P extends Put> {
  onLive(): void;
  onStored(put: P): void;
  /** NOT_STORED or an error reply. */
  onRefused(put: P, link: PutLink<P>, reason: string): void;
  /** The connection is gone; what became of these is not known. In the order they were sent. */
  onLost(puts: readonly P[], link: PutLink<P>, why: string): void;
}

export class PutLink<P extends Put> implements MemberLink {
  readonly server: string;
  private readonly endpoint: Endpoint;
  private readonly bounds: Bounds;
  private readonly log: KestrelLog;
  private readonly events: PutLinkEvents<P>;
  private readonly reconnect: Reconnect;
  private state: 'waiting' | 'connecting' | 'live' | 'left' = 'waiting';
  private leaving = false;
  private connection: Connection | null = null;
  private readonly pending = new Fifo<P>();
  private outgoing: Buffer[] = [];
  private flushing: NodeJS.Immediate | null = null;
  /** When the last reply came, or the first of these puts was sent if that is later. */
  private progressAtMs = 0;
  private watchdog: NodeJS.Timeout | null = null;

  constructor(endpoint: Endpoint, bounds: Bounds, log: KestrelLog, events: PutLinkEvents<P>) {
    this.server = serverName(endpoint);
    this.endpoint = endpoint;
    this.bounds = bounds;
    this.log = log;
    this.events = events;
    this.reconnect = createReconnect(bounds.reconnectMinMs, bounds.reconnectMaxMs, () => {
      this.open();
    });
    this.open();
  }

  live(): boolean {
    return this.state === 'live' && !this.leaving;
  }

  /** Live, and not behind with its replies. */
  prompt(): boolean {
    return this.live() && (this.pending.size === 0 || Date.now() - this.progressAtMs < SUSPECT_AFTER_MS);
  }

  /** Has puts of this turn of the event loop that are not written yet: one more costs no write. */
  gathering(): boolean {
    return this.flushing !== null;
  }

  /** Only while live. All puts of one turn of the event loop leave in one write. */
  send(put: P): void {
    if (this.pending.size === 0) {
      this.progressAtMs = Date.now();
      this.watchdog ??= this.watchIn(this.bounds.replyTimeoutMs);
    }
    this.pending.push(put);
    this.outgoing.push(put.request);
    this.flushing ??= setImmediate(() => {
      this.flush();
    });
  }

  nudge(): void {
    this.reconnect.now();
  }

  leave(): void {
    this.leaving = true;
    if (this.pending.size === 0) this.close();
  }

  close(): void {
    this.state = 'left';
    this.reconnect.cancel();
    this.connection?.close('not needed any more');
  }

  private open(): void {
    this.state = 'connecting';
    try {
      this.connection = this.dial();
    } catch (error) {
      this.log.warn({ server: this.server, why: messageOf(error) }, 'kestrel address cannot be used');
      this.state = 'waiting';
      this.reconnect.later(this.bounds.reconnectMaxMs);
    }
  }

  private dial(): Connection {
    const mine = openConnection(this.endpoint, this.bounds.connectTimeoutMs, {
      onOpen: () => {
        mine.closeAfterSilence(this.bounds.replyTimeoutMs);
        mine.write(VERSION_REQUEST);
      },
      onReplies: (replies) => {
        if (this.connection === mine) this.take(replies);
      },
      onClose: (why) => {
        if (this.connection === mine) this.lost(why);
      },
    });
    return mine;
  }

  private flush(): void {
    this.flushing = null;
    const bytes = this.outgoing;
    this.outgoing = [];
    this.connection?.write(bytes.length === 1 ? (bytes[0] as Buffer) : Buffer.concat(bytes));
  }

  private take(replies: readonly Reply[]): void {
    this.progressAtMs = Date.now();
    for (const reply of replies) {
      if (this.state === 'connecting') this.probed(reply);
      else this.answer(reply);
      if (this.connection === null) return;
    }
    if (this.leaving && this.pending.size === 0) this.close();
  }

  private probed(reply: Reply): void {
    if (reply.kind !== 'version') {
      this.connection?.close(`version was answered by ${reply.kind}`);
      return;
    }
    this.connection?.closeAfterSilence(0);
    this.state = 'live';
    this.reconnect.succeeded();
    this.log.info({ server: this.server }, 'kestrel takes puts');
    this.events.onLive();
  }

  private answer(reply: Reply): void {
    const put = this.pending.shift();
    if (put === undefined) this.connection?.close(`a reply nobody waits for: ${reply.kind}`);
    else if (reply.kind === 'stored') this.events.onStored(put);
    else this.events.onRefused(put, this, reply.kind === 'error' ? reply.line : reply.kind.toUpperCase());
  }

  private lost(why: string): void {
    const { server, state } = this;
    this.connection = null;
    this.outgoing = [];
    if (this.flushing !== null) clearImmediate(this.flushing);
    if (this.watchdog !== null) clearTimeout(this.watchdog);
    this.flushing = null;
    this.watchdog = null;
    const unanswered = this.pending.takeAll();
    if (state === 'left' || this.leaving) this.state = 'left';
    else {
      this.state = 'waiting';
      this.reconnect.later();
      if (state === 'live')
        this.log.warn({ server, why, unanswered: unanswered.length }, 'kestrel connection lost');
    }
    if (unanswered.length > 0) this.events.onLost(unanswered, this, why);
  }

  /** One timer per busy spell, not one per put. */
  private watchIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.watch();
    }, ms);
  }

  private watch(): void {
    this.watchdog = null;
    if (this.pending.size === 0) return;
    const { connection, progressAtMs } = this;
    const silentMs = Date.now() - progressAtMs;
    if (silentMs < this.bounds.replyTimeoutMs) {
      this.watchdog = this.watchIn(this.bounds.replyTimeoutMs - silentMs);
      return;
    }
    // One turn later: when it was this process that slept, the replies lie in the socket and are read first.
    setImmediate(() => {
      if (this.connection !== connection || this.pending.size === 0) return;
      if (this.progressAtMs === progressAtMs) connection?.close(`no reply for ${silentMs} ms`);
      else this.watchdog ??= this.watchIn(this.bounds.replyTimeoutMs);
    });
  }
}

/** A queue whose `shift` costs nothing: an array with a moving start, compacted now and then. */
class Fifo<T> {
  private items: T[] = [];
  private start = 0;

  get size(): number {
    return this.items.length - this.start;
  }

  push(item: T): void {
    this.items.push(item);
  }

  shift(): T | undefined {
    const item = this.items[this.start];
    if (item === undefined) return undefined;
    this.start += 1;
    if (this.start === this.items.length || this.start >= FIFO_COMPACT_AT) {
      this.items = this.items.slice(this.start);
      this.start = 0;
    }
    return item;
  }

  takeAll(): T[] {
    const rest = this.items.slice(this.start);
    this.items = [];
    this.start = 0;
    return rest;
  }
}

const FIFO_COMPACT_AT = 1024;
