import type { Socket } from 'node:net';
import type { Ticket } from '../queue/registry-core.js';
import { BLOCK_BYTES_MAX, REPLY_BYTES_MAX, REPLY_WEIGHT_BYTES } from './bounds.js';
import { writeNow } from './native.js';
import { inBlocks } from './pieces-core.js';

/** A reply that is known once the journals have, or have not, what it speaks of. */
export interface LateReply {
  readonly tickets: readonly Ticket[];
  encode(): Buffer;
}

/** What a ticket says that is a reply by itself. */
export interface Outcome {
  readonly stored: Buffer;
  readonly failed: Buffer;
}

type Reply = Buffer | Ticket | LateReply;

const NOTHING = Buffer.alloc(0);
/** Of a protocol that adds no tickets by themselves. */
const NO_OUTCOME: Outcome = { stored: NOTHING, failed: NOTHING };

/** The replies of one connection, in order. One that waits for a journal holds back those behind it. */
export class Replies {
  bytesWritten = 0;
  readonly #socket: Socket;
  readonly #settled: () => void;
  readonly #outcome: Outcome;
  #queue: Reply[] = [];
  #bytes = 0;
  /** The ticket that will call. */
  #awaited: Ticket | null = null;
  /** The socket has said that it holds a lot; it will say `drain`. */
  #clogged = false;
  readonly #call = (): void => {
    this.#awaited = null;
    this.#settled();
  };

  /** `settled` is called when a ticket that held back replies has settled. */
  constructor(socket: Socket, settled: () => void, outcome: Outcome = NO_OUTCOME) {
    this.#socket = socket;
    this.#settled = settled;
    this.#outcome = outcome;
  }

  get full(): boolean {
    if (this.#bytes >= REPLY_BYTES_MAX) return true;
    return this.#clogged && this.#bytes + this.#socket.writableLength >= REPLY_BYTES_MAX;
  }
  get empty(): boolean {
    return this.#queue.length === 0;
  }

  add(bytes: Buffer): void {
    this.#queue.push(bytes);
    this.#bytes += bytes.length + REPLY_WEIGHT_BYTES;
  }

  /** Bytes of one reply that come in several pieces. */
  addAll(pieces: readonly Buffer[]): void {
    for (const piece of pieces) this.add(piece);
  }

  /** What the journals have, or have not, is the whole reply. */
  addTicket(ticket: Ticket): void {
    this.#queue.push(ticket);
    this.#bytes += REPLY_WEIGHT_BYTES;
  }

  addLate(reply: LateReply): void {
    this.#queue.push(reply);
    this.#bytes += REPLY_WEIGHT_BYTES;
  }

  /** The socket has room again. */
  drained(): void {
    this.#clogged = false;
  }

  /** Writes all replies up to the first that is not known yet. */
  flush(): void {
    const queue = this.#queue;
    const first = queue[0];
    if (first === undefined) return;
    if (queue.length > 1) {
      this.#flushAll();
      return;
    }
    const known = this.#known(first);
    if (known === null) return;
    queue.length = 0;
    this.#bytes = 0;
    this.#write(known);
  }

  #flushAll(): void {
    const ready: Buffer[] = [];
    let bytes = 0;
    for (const reply of this.#queue) {
      const known = this.#known(reply);
      if (known === null) break;
      ready.push(known);
      bytes += REPLY_WEIGHT_BYTES + (known === reply ? known.length : 0);
    }
    if (ready.length === 0) return;
    this.#queue = this.#queue.slice(ready.length);
    this.#bytes -= bytes;
    this.#socket.cork();
    for (const block of inBlocks(ready, BLOCK_BYTES_MAX)) this.#write(block);
    this.#socket.uncork();
  }

  /** A reply's bytes, or null: a ticket has not settled, and will call. */
  #known(reply: Reply): Buffer | null {
    if (reply instanceof Uint8Array) return reply;
    if ('pending' in reply) {
      if (reply.pending > 0) return this.#await(reply);
      return reply.failed ? this.#outcome.failed : this.#outcome.stored;
    }
    const pending = reply.tickets.find((ticket) => ticket.pending > 0);
    return pending === undefined ? reply.encode() : this.#await(pending);
  }

  #await(ticket: Ticket): null {
    if (this.#awaited !== ticket) {
      this.#awaited = ticket;
      ticket.onSettled.push(this.#call);
    }
    return null;
  }

  #write(bytes: Buffer): void {
    this.bytesWritten += bytes.length;
    const taken = writeNow(this.#socket, bytes);
    if (taken < bytes.length && !this.#socket.write(bytes.subarray(taken))) this.#clogged = true;
  }
}
