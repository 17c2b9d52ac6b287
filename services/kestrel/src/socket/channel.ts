import type { Socket } from 'node:net';
import type { Turn, TurnMember } from '../journal/turn.js';
import type { ClientConnection } from '../services.js';
import { AHEAD_BYTES_MAX, CLOSING_MS, LINGER_MS } from './bounds.js';
import { Replies, type Outcome } from './replies.js';

/** What a protocol makes of a connection's bytes. */
export interface Speaker {
  /** Bytes held of requests that have not been run. */
  readonly buffered: number;
  /** True while a request is under way: the next one must wait. */
  readonly waiting: boolean;
  feed(chunk: Buffer): void;
  /** Runs the next request that is whole. `close`: it was the last one. */
  next(now: number): 'ran' | 'none' | 'close';
  /** There is room for replies again. */
  resume(now: number): void;
  /** Answers the request that waits with what there is. */
  interrupt(now: number): void;
  /** The client is gone, or is not listened to any more. May be called more than once. */
  close(now: number): void;
}

/** One connection of a protocol: bytes in, requests one at a time, replies out at the end of the turn. */
export class Channel implements ClientConnection, TurnMember {
  bytesRead = 0;
  readonly replies: Replies;
  readonly #socket: Socket;
  readonly #turn: Turn;
  readonly #speaker: Speaker;
  /** Stopped because of too many replies. */
  #stalled = false;
  /** No more requests are run; the replies still go out. */
  #closing = false;
  /** The client has closed its side. */
  #inputEnded = false;
  /** When the last request ran or was answered, ms since 1970. */
  #ranAt = Date.now();
  /** Watches for an idle client, or, while closing, for one that does not let go. */
  #watching: NodeJS.Timeout | null = null;

  /**
   * `clientTimeout` in ms: how long a client may go without a whole request; null: for ever. `outcome` is what tickets say
   * that are replies by themselves.
   */
  constructor(
    socket: Socket,
    turn: Turn,
    clientTimeout: number | null,
    speak: (on: Channel) => Speaker,
    outcome?: Outcome,
  ) {
    this.#socket = socket;
    this.#turn = turn;
    this.replies = new Replies(socket, () => turn.flushLater(this), outcome);
    this.#speaker = speak(this);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#ended());
    socket.on('drain', () => {
      this.replies.drained();
      turn.proceedLater(this);
    });
    // A broken connection is an ordinary end; `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed());
    if (clientTimeout !== null) this.#watch(clientTimeout, clientTimeout);
  }

  get bytesWritten(): number {
    return this.replies.bytesWritten;
  }

  /** False while more replies would be too much; the speaker's `resume` follows. */
  get ready(): boolean {
    if (this.replies.full) this.#stalled = true;
    return !this.replies.full;
  }

  /** A request that was under way has put a reply into `replies`. `goesOn`: and has more to say. */
  answered(goesOn: boolean): void {
    this.#turn.flushLater(this);
    if (goesOn) return;
    this.#ranAt = Date.now();
    this.#turn.proceedLater(this);
  }

  proceed(now: number): void {
    this.#stalled = false;
    this.#speaker.resume(now);
    this.#run(now);
  }

  flush(): void {
    if (this.#socket.destroyed) return;
    this.replies.flush();
    if (this.#closing && this.replies.empty) this.#socket.end();
    else if (this.#stalled && !this.replies.full) this.#turn.proceedLater(this);
  }

  shutDown(now: number): void {
    if (this.#closing) return;
    if (this.#speaker.waiting) this.#speaker.interrupt(now);
    this.#finish(now);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.bytesRead += chunk.length;
    if (this.#closing) return;
    this.#speaker.feed(chunk);
    this.#run(Date.now());
  }

  #run(now: number): void {
    let ran = false;
    while (!this.#closing && !this.#speaker.waiting && this.ready) {
      const fate = this.#speaker.next(now);
      if (fate === 'none') break;
      ran = true;
      this.#ranAt = now;
      if (fate === 'close') this.#finish(now);
    }
    if (ran) this.#turn.flushLater(this);
    // Who has closed its side waits for nothing any more, but gets the answers to what it sent.
    if (this.#inputEnded && !this.#stalled) this.#finish(now);
    const behind = this.#speaker.buffered > AHEAD_BYTES_MAX && (this.#speaker.waiting || this.#stalled);
    if (behind && !this.#closing) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #ended(): void {
    this.#inputEnded = true;
    this.#run(Date.now());
  }

  /** Cuts a client that has completed no request for `timeout` ms, unless it waits in one; looks again in `ms`. */
  #watch(timeout: number, ms: number): void {
    this.#watching = setTimeout(() => {
      const idle = this.#speaker.waiting ? 0 : Date.now() - this.#ranAt;
      if (idle >= timeout) this.#socket.destroy();
      else this.#watch(timeout, timeout - idle);
    }, ms).unref();
  }

  /** Runs nothing more, and closes when the replies are out. What still comes in is thrown away. */
  #finish(now: number): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#speaker.close(now);
    this.#socket.resume();
    if (this.#watching !== null) clearTimeout(this.#watching);
    this.#watching = setTimeout(() => this.#socket.destroy(), CLOSING_MS).unref();
    // A reply that waits for a slow disk is not the client's fault.
    this.#socket.setTimeout(LINGER_MS, () => {
      if (this.replies.empty) this.#socket.destroy();
    });
    this.#turn.flushLater(this);
  }

  #closed(): void {
    this.#closing = true;
    if (this.#watching !== null) clearTimeout(this.#watching);
    this.#speaker.close(Date.now());
    this.#turn.forget(this);
  }
}
