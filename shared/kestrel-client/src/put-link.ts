/**
 * The put side of one server: one connection, requests pipelined, replies matched in order.
 *
 *   waiting -> connecting -> probing (`version` or `status` answered) -> live -> waiting ...
 *
 * A stopped process still accepts connections, so a new one counts as live only once it has answered. One that answered
 * a put with an error (its status forbids writes, its journal cannot be made) is asked for its status before it gets more.
 */
import type { Endpoint } from '@murmur/discovery';
import { messageOf, openConnection, serverName, type Connection } from './connection.js';
import { GATHER_BYTES_MAX, LATENCY_WEIGHT, SUSPECT_AFTER_MS, type Bounds } from './defaults.js';
import { Fifo } from './fifo-core.js';
import type { MemberLink } from './members.js';
import { createReconnect, type Reconnect } from './reconnect.js';
import { replyName, type Reply } from './reply-parser-core.js';
import { STATUS_REQUEST, VERSION_REQUEST } from './requests-core.js';
import type { Fitness, SpreadTarget } from './spread-core.js';
import type { KestrelLog } from './types.js';

/** One put on its way; the producer owns it, a link only carries it. */
export interface Put {
  readonly request: Buffer;
  /** When the link that carries it got it; the link writes it. */
  sentAtMs: number;
}

export interface PutLinkEvents<P extends Put> {
  /** It takes puts (again): new on the wire, or its socket has room once more. */
  onRoom(): void;
  onStored(put: P): void;
  /** NOT_STORED or an error reply. */
  onRefused(put: P, link: PutLink<P>, reason: string): void;
  /** The connection is gone; what became of these is not known. In the order they were sent. */
  onLost(puts: readonly P[], link: PutLink<P>, why: string): void;
  /** It answers, but its oldest put has waited half of `putTimeoutMs`: true = give it up, another server is free. */
  onLate(link: PutLink<P>): boolean;
}

/** What `status` may say of a server that takes puts. */
const WRITABLE: ReadonlySet<string> = new Set(['UP', 'WRITEAVOID']);

export class PutLink<P extends Put> implements MemberLink, SpreadTarget {
  readonly server: string;
  given = 0;
  private readonly endpoint: Endpoint;
  private readonly bounds: Bounds;
  private readonly log: KestrelLog;
  private readonly events: PutLinkEvents<P>;
  private readonly reconnect: Reconnect;
  private state: 'waiting' | 'connecting' | 'live' | 'left' = 'waiting';
  private leaving = false;
  private connection: Connection | null = null;
  private readonly unanswered = new Fifo<P>();
  private outgoing: Buffer[] = [];
  private outgoingBytes = 0;
  private flushing: NodeJS.Immediate | null = null;
  /** The socket holds enough. */
  private clogged = false;
  /** It refused a put with an error: its status is asked before it gets another. */
  private askStatus = false;
  private latency = 0;
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

  fitness(nowMs: number): Fitness {
    if (!this.live()) return 'none';
    const full = this.clogged || this.outgoingBytes >= GATHER_BYTES_MAX;
    const prompt = this.unanswered.size === 0 || nowMs - this.progressAtMs < SUSPECT_AFTER_MS;
    if (prompt) return full ? 'full' : 'good';
    return full ? 'none' : 'doubtful';
  }

  pending(): number {
    return this.unanswered.size;
  }

  latencyMs(): number {
    return this.latency;
  }

  gathering(): boolean {
    return this.flushing !== null;
  }

  /** Only while fit. All puts of one turn of the event loop leave in one write. */
  send(put: P, nowMs: number): void {
    put.sentAtMs = nowMs;
    if (this.unanswered.size === 0) {
      this.progressAtMs = nowMs;
      this.watchdog ??= this.watchIn(this.bounds.replyTimeoutMs);
    }
    this.unanswered.push(put);
    this.outgoing.push(put.request);
    this.outgoingBytes += put.request.length;
    this.flushing ??= setImmediate(() => {
      this.flush();
    });
  }

  nudge(): void {
    this.reconnect.now();
  }

  leave(): void {
    this.leaving = true;
    if (this.unanswered.size === 0) this.close();
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
        mine.write(this.askStatus ? STATUS_REQUEST : VERSION_REQUEST);
      },
      onReplies: (replies) => {
        if (this.connection === mine) this.take(replies);
      },
      onDrain: () => {
        if (this.connection === mine) this.drained();
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
    const wasFull = this.outgoingBytes >= GATHER_BYTES_MAX;
    this.outgoing = [];
    this.outgoingBytes = 0;
    if (this.connection === null) return;
    this.clogged = !this.connection.write(bytes.length === 1 ? (bytes[0] as Buffer) : Buffer.concat(bytes));
    if (wasFull && !this.clogged) this.events.onRoom();
  }

  private drained(): void {
    this.clogged = false;
    if (this.live()) this.events.onRoom();
  }

  private take(replies: readonly Reply[]): void {
    const now = performance.now();
    this.progressAtMs = now;
    let oldest: P | undefined;
    for (const reply of replies) {
      if (this.state === 'connecting') this.probed(reply);
      else {
        oldest ??= this.unanswered.head();
        this.answer(reply);
      }
      if (this.connection === null) return;
    }
    if (oldest !== undefined) this.latency += LATENCY_WEIGHT * (now - oldest.sentAtMs - this.latency);
    if (this.leaving && this.unanswered.size === 0) this.close();
  }

  private probed(reply: Reply): void {
    const good = this.askStatus
      ? reply.kind === 'text' && WRITABLE.has(reply.line)
      : reply.kind === 'version';
    if (!good) {
      // One that does not know `status` is asked for its version the next time.
      if (reply.kind === 'error') this.askStatus = false;
      this.connection?.close(`its probe was answered by ${replyName(reply)}`);
      return;
    }
    this.askStatus = false;
    this.connection?.closeAfterSilence(0);
    this.state = 'live';
    this.reconnect.answered();
    this.log.info({ server: this.server }, 'kestrel takes puts');
    this.events.onRoom();
  }

  private answer(reply: Reply): void {
    const put = this.unanswered.shift();
    if (put === undefined) this.connection?.close(`a reply nobody waits for: ${replyName(reply)}`);
    else if (reply.kind === 'stored') this.events.onStored(put);
    else {
      const { connection } = this;
      this.events.onRefused(put, this, replyName(reply));
      if (reply.kind === 'not_stored') return;
      // After an error a server runs nothing more of what was sent; anything else is no answer to a put at all.
      this.askStatus = reply.kind === 'error';
      connection?.close(`a put was answered by ${replyName(reply)}`);
    }
  }

  private lost(why: string): void {
    const { server, state } = this;
    this.connection = null;
    this.outgoing = [];
    this.outgoingBytes = 0;
    this.clogged = false;
    if (this.flushing !== null) clearImmediate(this.flushing);
    if (this.watchdog !== null) clearTimeout(this.watchdog);
    this.flushing = null;
    this.watchdog = null;
    const unanswered = this.unanswered.takeAll();
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
    if (this.unanswered.size === 0) return;
    const { connection } = this;
    if (this.overdue(performance.now()) === null) {
      this.watchdog = this.watchIn(this.watchAgainMs(performance.now()));
      return;
    }
    // One turn later: when it was this process that slept, the replies lie in the socket and are read first.
    setImmediate(() => {
      if (this.connection !== connection || this.unanswered.size === 0) return;
      const now = performance.now();
      const why = this.overdue(now);
      if (why === null || (why === 'late' && !this.events.onLate(this)))
        this.watchdog ??= this.watchIn(this.watchAgainMs(now));
      else connection?.close(why === 'late' ? 'its replies come too late' : why);
    });
  }

  /** Why it should be given up: silent for `replyTimeoutMs`, or `late`: it answers, but behind what callers can wait. */
  private overdue(nowMs: number): string | null {
    const { replyTimeoutMs, putTimeoutMs } = this.bounds;
    const silentMs = Math.round(nowMs - this.progressAtMs);
    if (silentMs >= replyTimeoutMs) return `no reply for ${silentMs} ms`;
    const head = this.unanswered.head();
    const waited = head === undefined ? 0 : nowMs - head.sentAtMs;
    return waited >= Math.max(replyTimeoutMs, putTimeoutMs / 2) ? 'late' : null;
  }

  /** Until the silence would be too long; at least a tenth of it, for a late one that is not given up. */
  private watchAgainMs(nowMs: number): number {
    const { replyTimeoutMs } = this.bounds;
    return Math.max(
      replyTimeoutMs / 10,
      Math.min(replyTimeoutMs, replyTimeoutMs - (nowMs - this.progressAtMs)),
    );
  }
}
