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
import { createReconnect } from './reconnect.js';
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

export interface PutLink<P extends Put> extends MemberLink {
  readonly server: string;
  live(): boolean;
  /** Live, and not behind with its replies. */
  prompt(): boolean;
  /** Only while live. All puts of one turn of the event loop leave in one write. */
  send(put: P): void;
  close(): void;
}

export function createPutLink<P extends Put>(
  endpoint: Endpoint,
  bounds: Bounds,
  log: KestrelLog,
  events: PutLinkEvents<P>,
): PutLink<P> {
  const server = serverName(endpoint);
  let connection: Connection | null = null;
  let state: 'waiting' | 'connecting' | 'live' | 'left' = 'waiting';
  let leaving = false;
  /** Sent or about to be, oldest first, from `answered` on. */
  let pending: P[] = [];
  let answered = 0;
  let outgoing: Buffer[] = [];
  let flushing: NodeJS.Immediate | null = null;
  /** When the last reply came, or the first of these puts was sent if that is later. */
  let progressAtMs = 0;
  let watchdog: NodeJS.Timeout | null = null;

  const reconnect = createReconnect(bounds.reconnectMinMs, bounds.reconnectMaxMs, open);
  const waitingReplies = (): number => pending.length - answered;

  function open(): void {
    state = 'connecting';
    try {
      connection = dial();
    } catch (error) {
      log.warn({ server, why: messageOf(error) }, 'kestrel address cannot be used');
      state = 'waiting';
      reconnect.later(bounds.reconnectMaxMs);
    }
  }

  function dial(): Connection {
    const mine = openConnection(endpoint, bounds.connectTimeoutMs, {
      onOpen: () => {
        mine.closeAfterSilence(bounds.replyTimeoutMs);
        mine.write(VERSION_REQUEST);
      },
      onReplies: (replies) => {
        if (connection === mine) take(replies);
      },
      onClose: (why) => {
        if (connection === mine) lost(why);
      },
    });
    return mine;
  }

  function take(replies: readonly Reply[]): void {
    progressAtMs = Date.now();
    for (const reply of replies) {
      if (state === 'connecting') probed(reply);
      else answer(reply);
      if (connection === null) return;
    }
    if (answered > 1024 || answered === pending.length) {
      pending = pending.slice(answered);
      answered = 0;
    }
    if (leaving && waitingReplies() === 0) close();
  }

  function probed(reply: Reply): void {
    if (reply.kind !== 'version') {
      connection?.close(`version was answered by ${reply.kind}`);
      return;
    }
    connection?.closeAfterSilence(0);
    state = 'live';
    reconnect.succeeded();
    log.info({ server }, 'kestrel takes puts');
    events.onLive();
  }

  function answer(reply: Reply): void {
    const put = pending[answered];
    if (put === undefined) {
      connection?.close(`a reply nobody waits for: ${reply.kind}`);
      return;
    }
    answered += 1;
    if (reply.kind === 'stored') events.onStored(put);
    else events.onRefused(put, link, reply.kind === 'error' ? reply.line : reply.kind.toUpperCase());
  }

  function lost(why: string): void {
    const unanswered = pending.slice(answered);
    const wasLive = state === 'live';
    reset();
    if (leaving) state = 'left';
    if (state !== 'left') {
      state = 'waiting';
      reconnect.later();
      if (wasLive) log.warn({ server, why, unanswered: unanswered.length }, 'kestrel connection lost');
    }
    if (unanswered.length > 0) events.onLost(unanswered, link, why);
  }

  function reset(): void {
    connection = null;
    pending = [];
    answered = 0;
    outgoing = [];
    if (flushing !== null) clearImmediate(flushing);
    if (watchdog !== null) clearTimeout(watchdog);
    flushing = null;
    watchdog = null;
  }

  function send(put: P): void {
    if (waitingReplies() === 0) {
      progressAtMs = Date.now();
      watchdog ??= setTimeout(watch, bounds.replyTimeoutMs);
    }
    pending.push(put);
    outgoing.push(put.request);
    flushing ??= setImmediate(flush);
  }

  function flush(): void {
    flushing = null;
    const bytes = outgoing;
    outgoing = [];
    connection?.write(bytes.length === 1 ? (bytes[0] as Buffer) : Buffer.concat(bytes));
  }

  /** One timer per busy spell, not one per put. */
  function watch(): void {
    watchdog = null;
    if (waitingReplies() === 0) return;
    const silentMs = Date.now() - progressAtMs;
    if (silentMs < bounds.replyTimeoutMs) watchdog = setTimeout(watch, bounds.replyTimeoutMs - silentMs);
    else setImmediate(giveUp, connection, progressAtMs);
  }

  /** One turn later: when it was this process that slept, the replies lie in the socket and are read first. */
  function giveUp(suspect: Connection | null, progressWas: number): void {
    if (connection !== suspect) return;
    if (progressAtMs === progressWas) suspect?.close(`no reply for ${Date.now() - progressWas} ms`);
    else if (waitingReplies() > 0) watchdog ??= setTimeout(watch, bounds.replyTimeoutMs);
  }

  function leave(): void {
    leaving = true;
    if (waitingReplies() === 0) close();
  }

  function close(): void {
    state = 'left';
    reconnect.cancel();
    connection?.close('not needed any more');
  }

  const link: PutLink<P> = {
    server,
    live: () => state === 'live' && !leaving,
    prompt: () =>
      state === 'live' &&
      !leaving &&
      (waitingReplies() === 0 || Date.now() - progressAtMs < SUSPECT_AFTER_MS),
    send,
    nudge: reconnect.now,
    leave,
    close,
  };
  open();
  return link;
}
