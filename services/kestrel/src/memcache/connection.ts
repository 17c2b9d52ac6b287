import type { Socket } from 'node:net';
import type { AcceptClient, Access, ClientConnection, Services } from '../services.js';
import { runRequest } from './commands.js';
import { END, OUTCOME, Output } from './output.js';
import { LineDecoder, RequestParser } from './parser-core.js';
import type { Item } from '../queue/item.js';
import { Session } from '../queue/session-core.js';
import { AHEAD_BYTES_MAX, CLOSING_MS, LINGER_MS } from '../socket/bounds.js';
import { Replies } from '../socket/replies.js';
import type { TurnMember } from '../journal/turn.js';
import type { SessionListener } from '../queue/waits-core.js';

/** A chunk this large is as much as one connection is read of in a turn, or little less: then it is the others' turn. */
const TURN_BYTES = 64 * 1024;

/** Requests mean the same on every connection, so all share what has been decoded. */
const DECODER = new LineDecoder();

/** Serves a client that speaks Kestrel's memcache protocol. */
export const acceptMemcache: AcceptClient = (socket, services, access, clientTimeout) =>
  new Connection(socket, services, access, clientTimeout);

/** One memcache connection: bytes in, requests one at a time, replies out at the end of the turn. */
class Connection implements ClientConnection, SessionListener, TurnMember {
  bytesRead = 0;
  readonly #socket: Socket;
  readonly #services: Services;
  readonly #parser: RequestParser;
  readonly #replies: Replies;
  readonly #output: Output;
  readonly #session: Session;
  /** A request that is not a wait of the session but is not done either. */
  #busy = false;
  /** Stopped because of too much output. */
  #stalled = false;
  /** No more requests are run; what is in the output still goes out. */
  #closing = false;
  #monitoring = false;
  #gone = false;
  #paused = false;
  /** When the last request ran or was answered, ms since 1970. */
  #ranAt = Date.now();
  #watching: NodeJS.Timeout | null = null;
  /** The client has closed its side. */
  #inputEnded = false;

  constructor(socket: Socket, services: Services, access: Access, clientTimeout: number | null) {
    this.#socket = socket;
    this.#services = services;
    this.#parser = new RequestParser(DECODER, (queue) => services.hub.registry.itemLimit(queue));
    this.#replies = new Replies(socket, () => services.turn.flushLater(this), OUTCOME);
    this.#output = new Output(this.#replies);
    this.#session = new Session(services.hub, this, access);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('end', () => this.#ended());
    socket.on('drain', () => {
      this.#replies.drained();
      services.turn.proceedLater(this);
    });
    // A broken connection is an ordinary end; `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed());
    if (clientTimeout !== null) this.#watch(clientTimeout, clientTimeout);
  }

  get bytesWritten(): number {
    return this.#replies.bytesWritten;
  }

  get ready(): boolean {
    if (this.#replies.full) this.#stalled = true;
    return !this.#replies.full;
  }

  item(queue: string, item: Item): void {
    this.#output.item(queue, item);
    this.#answered(this.#monitoring);
  }

  end(): void {
    this.#monitoring = false;
    this.#output.bytes(END);
    this.#answered(false);
  }

  proceed(now: number): void {
    this.#stalled = false;
    this.#session.resume(now);
    this.#run(now, true);
  }

  flush(): void {
    if (this.#gone) return;
    this.#replies.flush();
    if (this.#closing && this.#replies.empty) this.#socket.end();
    else if (this.#stalled && !this.#replies.full) this.#services.turn.proceedLater(this);
  }

  /** Answers what waits with END, and closes once all replies are out. */
  shutDown(now: number): void {
    if (this.#closing) return;
    if (this.#session.waiting) this.end();
    this.#finish(now);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.bytesRead += chunk.length;
    if (this.#closing) return;
    this.#parser.feed(chunk);
    this.#run(Date.now());
    if (chunk.length >= TURN_BYTES) this.#giveWay();
  }

  /** Reads on in the next turn; in the middle of a large item when it is its turn among these. */
  #giveWay(): void {
    if (this.#closing || this.#paused) return;
    this.#paused = true;
    this.#socket.pause();
    const { turn } = this.#services;
    if (this.#parser.largeUnderWay) turn.giveWay(this);
    else turn.proceedLater(this);
  }

  /** `proceeds`: the turn has called. Large items end only then: one in a turn. */
  #run(now: number, proceeds = false): void {
    const { turn } = this.#services;
    let ran = false;
    let givesWay = false;
    while (!this.#closing && !this.#busy && !this.#session.waiting && this.ready) {
      if (!proceeds && this.#parser.largeIsWhole) {
        givesWay = true;
        turn.giveWay(this);
        break;
      }
      const request = this.#parser.next();
      if (request === null) break;
      ran = true;
      this.#ranAt = now;
      // Told by what comes next: a get ends with its first item, a monitor does not.
      this.#monitoring = request.kind === 'monitor';
      const fate = runRequest(
        request,
        this.#parser.data,
        this.#session,
        this.#output,
        this.#services,
        now,
        this.#resumed,
      );
      // An idle client keeps no item alive.
      this.#parser.data = null;
      if (fate === 'later') this.#busy = true;
      if (fate === 'close') this.#finish(now);
    }
    if (ran) turn.flushLater(this);
    // Who has closed its side waits for nothing any more, but gets the answers to what it sent.
    if (this.#inputEnded && !this.#busy && !this.#stalled && !givesWay) this.#finish(now);
    const held = this.#busy || this.#stalled || this.#session.waiting;
    const pause = !this.#closing && (givesWay || (held && this.#parser.buffered > AHEAD_BYTES_MAX));
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
  }

  /** The session has answered; unless a monitor goes on, the next request may run, at the end of the turn. */
  #answered(goesOn: boolean): void {
    const { turn } = this.#services;
    turn.flushLater(this);
    if (goesOn) return;
    this.#ranAt = Date.now();
    turn.proceedLater(this);
  }

  readonly #resumed = (): void => {
    this.#busy = false;
    this.#answered(false);
  };

  #ended(): void {
    this.#inputEnded = true;
    this.#run(Date.now());
  }

  /** Cuts a client that has completed no request for `timeout` ms, unless it waits in one; looks again in `ms`. */
  #watch(timeout: number, ms: number): void {
    this.#watching = setTimeout(() => {
      const idle = this.#session.waiting || this.#busy ? 0 : Date.now() - this.#ranAt;
      if (idle >= timeout) this.#socket.destroy();
      else this.#watch(timeout, timeout - idle);
    }, ms).unref();
  }

  /** Returns open reads, runs nothing more, and closes when the replies are out. */
  #finish(now: number): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#session.close(now);
    this.#paused = false;
    this.#socket.resume();
    if (this.#watching !== null) clearTimeout(this.#watching);
    this.#watching = setTimeout(() => this.#socket.destroy(), CLOSING_MS).unref();
    // A reply that waits for a slow disk is not the client's fault.
    this.#socket.setTimeout(LINGER_MS, () => {
      if (this.#replies.empty) this.#socket.destroy();
    });
    this.#services.turn.flushLater(this);
  }

  #closed(): void {
    this.#gone = true;
    if (this.#watching !== null) clearTimeout(this.#watching);
    this.#closing = true;
    this.#session.close(Date.now());
    this.#services.turn.forget(this);
  }
}
