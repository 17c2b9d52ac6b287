import type { Socket } from 'node:net';
import type { Turn, TurnMember } from '../journal/turn.js';
import type { ClientConnection } from '../services.js';
import { AHEAD_BYTES_MAX, TURN_BYTES } from './bounds.js';
import { readInto } from './native.js';
import { Patience } from './patience.js';
import { Replies, type Outcome } from './replies.js';
import type { Speaker } from './speaker.js';

/** One connection of any protocol: bytes in, requests one at a time, replies out at the end of the turn. */
export class Channel implements ClientConnection, TurnMember {
  bytesRead = 0;
  readonly replies: Replies;
  readonly #socket: Socket;
  readonly #turn: Turn;
  readonly #speaker: Speaker;
  readonly #patience: Patience;
  /** Stopped because of too many replies. */
  #stalled = false;
  /** The socket is not read. */
  #paused = false;
  /** No more requests are run; the replies still go out. */
  #closing = false;
  #gone = false;
  /** The client has closed its side. */
  #inputEnded = false;
  /** When the last request ran or was answered, ms since 1970. */
  #ranAt = Date.now();

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
    this.#patience = new Patience(socket);
    this.replies = new Replies(socket, () => turn.flushLater(this), outcome);
    const speaker = speak(this);
    this.#speaker = speaker;
    readInto(socket, (chunk) => this.#receive(chunk));
    socket.on('end', () => this.#ended());
    socket.on('drain', () => {
      this.replies.drained();
      turn.proceedLater(this);
    });
    // A broken connection is an ordinary end; `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => this.#closed());
    // Who waits in a request is not idle.
    if (clientTimeout !== null)
      this.#patience.watch(clientTimeout, () => (speaker.waiting ? 0 : Date.now() - this.#ranAt));
  }

  get bytesWritten(): number {
    return this.replies.bytesWritten;
  }

  /** False while more replies would be too much; the speaker's `resume` follows. */
  get ready(): boolean {
    const { full } = this.replies;
    if (full) this.#stalled = true;
    return !full;
  }

  /** A request that was under way has put a reply into `replies`. `goesOn`: and has more to say. */
  answered(goesOn: boolean): void {
    this.#turn.flushLater(this);
    if (goesOn) return;
    this.#ranAt = Date.now();
    this.#turn.proceedLater(this);
  }

  /** The same, of a reply with more pieces: `resume` follows when it is its turn among all that are so long. */
  answersOn(): void {
    this.#turn.flushLater(this);
    this.#turn.giveWay(this);
  }

  proceed(now: number): void {
    this.#stalled = false;
    this.#speaker.resume(now);
    this.#run(now, true);
  }

  flush(): void {
    if (this.#gone) return;
    this.replies.flush();
    if (this.#closing && this.replies.empty) {
      this.#patience.told();
      this.#socket.end();
    } else if (this.#stalled && !this.replies.full) this.#turn.proceedLater(this);
  }

  shutDown(now: number): void {
    if (this.#closing) return;
    if (this.#speaker.waiting) this.#speaker.interrupt(now);
    this.#finish(now);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** `chunk` is lent: it holds other bytes once this has returned. */
  #receive(chunk: Buffer): void {
    this.bytesRead += chunk.length;
    if (this.#closing) return;
    const { parser } = this.#speaker;
    parser.feed(chunk);
    this.#run(Date.now(), false);
    parser.settle();
    if (chunk.length >= TURN_BYTES) this.#giveWay();
  }

  /** Reads on in the next turn; in the middle of a large request when it is its turn among these. */
  #giveWay(): void {
    if (this.#closing || this.#paused) return;
    this.#pause(true);
    if (this.#speaker.parser.largeUnderWay) this.#turn.giveWay(this);
    else this.#turn.proceedLater(this);
  }

  /** `mayEndLarge`: the turn has called. Large requests are run only then, and one at a time. */
  #run(now: number, mayEndLarge: boolean): void {
    const speaker = this.#speaker;
    let ran = false;
    let givesWay = false;
    while (!this.#closing && !speaker.waiting && this.ready) {
      const fate = speaker.next(now, mayEndLarge && !ran);
      if (fate === 'none') break;
      if (fate === 'large') {
        givesWay = true;
        this.#turn.giveWay(this);
        break;
      }
      ran = true;
      this.#ranAt = now;
      if (fate === 'close') this.#finish(now);
    }
    if (ran) this.#turn.flushLater(this);
    // Who has closed its side waits for nothing any more, but gets the answers to what it sent.
    if (this.#inputEnded && !speaker.owes && !this.#stalled && !givesWay) this.#finish(now);
    const held = this.#stalled || speaker.waiting;
    this.#pause(!this.#closing && (givesWay || (held && speaker.parser.buffered > AHEAD_BYTES_MAX)));
  }

  #pause(pause: boolean): void {
    if (pause === this.#paused) return;
    this.#paused = pause;
    if (pause) this.#socket.pause();
    else this.#socket.resume();
  }

  #ended(): void {
    this.#inputEnded = true;
    this.#run(Date.now(), false);
  }

  /** Runs nothing more, and closes when the replies are out. What still comes in is thrown away. */
  #finish(now: number): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#speaker.close(now);
    this.#paused = false;
    this.#socket.resume();
    this.#patience.letGo(() => this.replies.empty);
    this.#turn.flushLater(this);
  }

  #closed(): void {
    this.#gone = true;
    this.#closing = true;
    this.#patience.stop();
    this.#speaker.close(Date.now());
    this.#turn.forget(this);
  }
}
