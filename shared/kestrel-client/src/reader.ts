/** The read side of one server for one consumer: keeps a connection, hands out batches, confirms. */
import type { Endpoint } from '@murmur/discovery';
import { messageOf, openConnection, serverName, type Connection } from './connection.js';
import { MONITOR_MARGIN_MS, STOP_CONFIRM_MS, type Bounds } from './defaults.js';
import { ReadCore } from './read-core.js';
import { createReconnect, type Reconnect } from './reconnect.js';
import { replyName, type Reply } from './reply-parser-core.js';
import { monitorSeconds, QUIT_REQUEST, VERSION_REQUEST } from './requests-core.js';
import type { ConsumeOptions, KestrelLog } from './types.js';

/** One connection with what is open on it; items do not outlive it. */
interface Session {
  readonly connection: Connection;
  readonly core: ReadCore;
  /** The server has answered `version`: a stopped process still accepts connections. */
  live: boolean;
}

export class Reader {
  readonly server: string;
  private readonly endpoint: Endpoint;
  private readonly options: ConsumeOptions;
  /** Items it may have open now. */
  private readonly share: () => number;
  private readonly bounds: Bounds;
  private readonly log: KestrelLog;
  private readonly seconds: number;
  private readonly reconnect: Reconnect;
  private session: Session | null = null;
  /** A call of the handler is under way; its session may be gone already. */
  private handling = false;
  private stopping = false;
  private pauseTimer: NodeJS.Timeout | null = null;
  private stopTimer: NodeJS.Timeout | null = null;
  private readonly onStopped: (() => void)[] = [];

  constructor(
    endpoint: Endpoint,
    options: ConsumeOptions,
    share: () => number,
    bounds: Bounds,
    log: KestrelLog,
  ) {
    this.share = share;
    this.server = serverName(endpoint);
    this.endpoint = endpoint;
    this.options = options;
    this.bounds = bounds;
    this.log = log;
    this.seconds = monitorSeconds(options.monitorMs);
    this.reconnect = createReconnect(bounds.reconnectMinMs, bounds.reconnectMaxMs, () => {
      this.open();
    });
    this.open();
  }

  live(): boolean {
    return this.session?.live === true;
  }

  nudge(): void {
    this.reconnect.now();
  }

  /** Resolves when the batch in hand is handled, confirmed if the server still listens, and the connection closed. */
  stop(): Promise<void> {
    this.stopping = true;
    this.reconnect.cancel();
    return new Promise((resolve) => {
      this.onStopped.push(resolve);
      if (this.live()) this.advance();
      else {
        this.session?.connection.close('stopped');
        this.finished();
      }
    });
  }

  private open(): void {
    try {
      this.session = this.dial();
    } catch (error) {
      this.log.warn({ server: this.server, why: messageOf(error) }, 'kestrel address cannot be used');
      this.reconnect.later(this.bounds.reconnectMaxMs);
    }
  }

  private dial(): Session {
    const core = new ReadCore(this.options.queue, this.share(), this.seconds);
    const connection = openConnection(this.endpoint, this.bounds.connectTimeoutMs, {
      onOpen: () => {
        connection.closeAfterSilence(this.bounds.replyTimeoutMs);
        connection.write(VERSION_REQUEST);
      },
      onReplies: (replies) => {
        if (this.session === mine) this.take(mine, replies);
      },
      onClose: (why) => {
        if (this.session === mine) this.lost(why);
      },
    });
    const mine: Session = { connection, core, live: false };
    return mine;
  }

  private take(session: Session, replies: readonly Reply[]): void {
    const now = performance.now();
    const stray = replies.find((reply) => !this.accept(session, reply, now));
    if (stray !== undefined) {
      session.connection.close(`out of step: ${replyName(stray)}`);
      return;
    }
    this.reconnect.answered();
    this.advance();
  }

  /** False when the reply answers nothing that was asked. */
  private accept(session: Session, reply: Reply, nowMs: number): boolean {
    if (session.live) return session.core.onReply(reply, nowMs);
    session.live = reply.kind === 'version';
    return session.live;
  }

  /** Does what can be done now: sends the next request, hands out the next batch. */
  private advance(): void {
    const { session } = this;
    if (session?.live !== true) return;
    const { connection, core } = session;
    core.resize(this.share());
    const request = core.nextRequest(performance.now(), this.stopping);
    if (request !== null) connection.write(request);
    if (this.stopping) {
      this.listen(session);
      if (core.settled()) this.end(session);
      else if (!this.handling) this.boundStop(connection);
      return;
    }
    this.waitOut(core.pausedUntilMs());
    if (!this.handling) this.hand(session);
    this.listen(session);
  }

  /** Reads on, with a bound on the server's silence, unless too much waits for the handler: then the server has to wait. */
  private listen({ connection, core }: Session): void {
    if (core.stuffed()) {
      connection.pause();
      connection.closeAfterSilence(0);
      return;
    }
    connection.resume();
    connection.closeAfterSilence(core.awaiting() ? this.seconds * 1000 + MONITOR_MARGIN_MS : 0);
  }

  private boundStop(connection: Connection): void {
    this.stopTimer ??= setTimeout(() => {
      connection.close('stopped before its monitor ended');
    }, STOP_CONFIRM_MS);
  }

  private waitOut(untilMs: number | null): void {
    if (this.pauseTimer !== null) clearTimeout(this.pauseTimer);
    this.pauseTimer = null;
    if (untilMs === null) return;
    const advance = (): void => {
      this.pauseTimer = null;
      this.advance();
    };
    this.pauseTimer = setTimeout(advance, Math.max(1, untilMs - performance.now()));
  }

  private hand(session: Session): void {
    const batch = session.core.takeBatch();
    if (batch.length === 0) return;
    this.handling = true;
    void this.run(session, batch).finally(() => {
      this.handling = false;
      this.advance();
      if (this.session === null) this.finished();
    });
  }

  private async run(session: Session, batch: readonly Buffer[]): Promise<void> {
    try {
      await this.options.handle(batch, this.server);
      session.core.batchDone();
    } catch (error) {
      if (this.session === session) this.giveBack(session, batch.length, error);
    }
  }

  /** The server takes open items back when the connection closes; what is done already is confirmed first. */
  private giveBack({ connection, core }: Session, items: number, error: unknown): void {
    const { server, options } = this;
    this.log.warn(
      { server, queue: options.queue, items, why: messageOf(error) },
      'batch given back to the queue',
    );
    this.session = null;
    this.waitOut(null);
    this.closeQuietly(connection, core.awaiting(), core.nextRequest(performance.now(), true) ?? '');
    if (!this.stopping) this.reconnect.later(options.retryDelayMs);
  }

  /** Behind a running monitor nothing may be said; without one, the last words are heard before the close. */
  private closeQuietly(connection: Connection, awaiting: boolean, lastWords: string): void {
    if (awaiting) {
      connection.close('given up');
      return;
    }
    connection.write(lastWords + QUIT_REQUEST);
    connection.finish(MONITOR_MARGIN_MS);
  }

  private lost(why: string): void {
    const { server, options } = this;
    const wasOpen = this.live();
    this.session = null;
    this.waitOut(null);
    if (this.stopping) {
      this.finished();
      return;
    }
    if (wasOpen) this.log.warn({ server, queue: options.queue, why }, 'kestrel connection lost');
    this.reconnect.later();
  }

  private end({ connection, core }: Session): void {
    this.session = null;
    this.waitOut(null);
    this.closeQuietly(connection, core.awaiting(), '');
    this.finished();
  }

  private finished(): void {
    if (!this.stopping || this.handling) return;
    this.reconnect.cancel();
    if (this.stopTimer !== null) clearTimeout(this.stopTimer);
    for (const resolve of this.onStopped.splice(0)) resolve();
  }
}
