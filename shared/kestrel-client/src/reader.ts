/** The read side of one server for one consumer: keeps a connection, hands out batches, confirms. */
import type { Endpoint } from '@murmur/discovery';
import { messageOf, openConnection, serverName, type Connection } from './connection.js';
import { MONITOR_MARGIN_MS, type Bounds } from './defaults.js';
import type { MemberLink } from './members.js';
import { createReadCore, type ReadCore } from './read-core.js';
import { createReconnect } from './reconnect.js';
import { monitorSeconds, QUIT_REQUEST } from './requests-core.js';
import type { ConsumeOptions, KestrelLog } from './types.js';

export interface Reader extends MemberLink {
  readonly server: string;
  live(): boolean;
  /** Resolves when the batch in hand is handled, confirmed if the server still listens, and the connection is closed. */
  stop(): Promise<void>;
}

interface Session {
  readonly connection: Connection;
  readonly core: ReadCore;
  opened: boolean;
}

export function createReader(
  endpoint: Endpoint,
  options: ConsumeOptions,
  bounds: Bounds,
  log: KestrelLog,
): Reader {
  const server = serverName(endpoint);
  const seconds = monitorSeconds(options.monitorMs);
  const replyLimitMs = seconds * 1000 + MONITOR_MARGIN_MS;
  let session: Session | null = null;
  /** The handler's call under way; it may belong to a session that is gone already. */
  let handling: Promise<void> | null = null;
  let stopping = false;
  let pauseTimer: NodeJS.Timeout | null = null;
  const stopWaiters: (() => void)[] = [];
  const reconnect = createReconnect(bounds.reconnectMinMs, bounds.reconnectMaxMs, open);

  function open(): void {
    try {
      session = dial();
    } catch (error) {
      log.warn({ server, why: messageOf(error) }, 'kestrel address cannot be used');
      reconnect.later(bounds.reconnectMaxMs);
    }
  }

  function dial(): Session {
    const core = createReadCore(options.queue, options.batchMax, seconds);
    const connection = openConnection(endpoint, bounds.connectTimeoutMs, {
      onOpen: () => {
        if (session !== mine) return;
        mine.opened = true;
        advance();
      },
      onReplies: (replies) => {
        if (session !== mine) return;
        reconnect.succeeded();
        const now = Date.now();
        const stray = replies.find((reply) => !core.onReply(reply, now));
        if (stray === undefined) advance();
        else connection.close(`out of step: ${stray.kind === 'error' ? stray.line : stray.kind}`);
      },
      onClose: (why) => {
        if (session === mine) lost(why);
      },
    });
    const mine: Session = { connection, core, opened: false };
    return mine;
  }

  /** Does what can be done now: sends the next request, hands out the next batch. */
  function advance(): void {
    if (session?.opened !== true) return;
    const { connection, core } = session;
    const request = core.nextRequest(Date.now(), stopping);
    if (request !== null) connection.write(request);
    connection.closeAfterSilence(core.awaiting() ? replyLimitMs : 0);
    if (stopping) {
      if (core.settled()) end();
      return;
    }
    waitOut(core.pausedUntilMs());
    if (handling === null) hand(session);
  }

  function waitOut(untilMs: number | null): void {
    if (pauseTimer !== null) clearTimeout(pauseTimer);
    pauseTimer = untilMs === null ? null : setTimeout(advance, Math.max(1, untilMs - Date.now()));
  }

  function hand(from: Session): void {
    const batch = from.core.takeBatch();
    if (batch.length === 0) return;
    handling = Promise.resolve()
      .then(() => options.handle(batch, server))
      .then(
        () => {
          from.core.batchDone();
        },
        (error: unknown) => {
          if (session === from) giveBack(from, batch.length, error);
        },
      )
      .then(() => {
        handling = null;
        advance();
        if (session === null) finished();
      });
  }

  /** The server takes open items back when the connection closes; what is done already is confirmed first. */
  function giveBack(from: Session, items: number, error: unknown): void {
    log.warn({ server, queue: options.queue, items, why: messageOf(error) }, 'batch given back to the queue');
    session = null;
    const confirm = from.core.nextRequest(Date.now(), true);
    if (confirm !== null) from.connection.write(confirm);
    if (from.core.awaiting() && confirm === null) from.connection.close('batch given back');
    else from.connection.finish(MONITOR_MARGIN_MS);
    if (!stopping) reconnect.later(options.retryDelayMs);
  }

  function lost(why: string): void {
    const wasOpen = session?.opened === true;
    session = null;
    waitOut(null);
    if (stopping) {
      finished();
      return;
    }
    if (wasOpen) log.warn({ server, queue: options.queue, why }, 'kestrel connection lost');
    reconnect.later();
  }

  function end(): void {
    const last = session;
    session = null;
    waitOut(null);
    // Behind a running monitor nothing may be said; without one, quit lets the server close first.
    if (last?.core.awaiting() === true) last.connection.close('stopped');
    else {
      last?.connection.write(QUIT_REQUEST);
      last?.connection.finish(MONITOR_MARGIN_MS);
    }
    finished();
  }

  function finished(): void {
    if (!stopping || handling !== null) return;
    reconnect.cancel();
    for (const resolve of stopWaiters.splice(0)) resolve();
  }

  function stop(): Promise<void> {
    stopping = true;
    reconnect.cancel();
    return new Promise((resolve) => {
      stopWaiters.push(resolve);
      if (session?.opened === true) advance();
      else {
        session?.connection.close('stopped');
        finished();
      }
    });
  }

  open();
  return {
    server,
    live: () => session?.opened === true,
    nudge: reconnect.now,
    leave: () => {
      void stop();
    },
    stop,
  };
}
