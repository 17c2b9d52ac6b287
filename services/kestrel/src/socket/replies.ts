import type { Socket } from 'node:net';
import type { Ticket } from '../queue/registry-core.js';
import { BLOCK_BYTES_MAX, REPLY_BYTES_MAX, REPLY_WEIGHT_BYTES } from './bounds.js';
import { inBlocks } from './pieces-core.js';

/** A reply that is known once the journals have, or have not, what it speaks of. */
export interface LateReply {
  readonly tickets: readonly Ticket[];
  encode(): Buffer;
}

/** The replies of one connection, in order. One that waits for a journal holds back those behind it. */
export class Replies {
  bytesWritten = 0;
  #queue: (Buffer | LateReply)[] = [];
  #bytes = 0;
  /** The ticket that will call `settled`. */
  #awaited: Ticket | null = null;
  readonly #socket: Socket;
  readonly #settled: () => void;

  /** `settled` is called when a ticket that held back replies has settled. */
  constructor(socket: Socket, settled: () => void) {
    this.#socket = socket;
    this.#settled = settled;
  }

  get full(): boolean {
    return this.#bytes + this.#socket.writableLength >= REPLY_BYTES_MAX;
  }
  get empty(): boolean {
    return this.#queue.length === 0;
  }

  add(reply: Buffer | LateReply): void {
    this.#queue.push(reply);
    this.#bytes += REPLY_WEIGHT_BYTES + (Buffer.isBuffer(reply) ? reply.length : 0);
  }

  /** Bytes of one reply that come in several pieces. */
  addAll(pieces: readonly Buffer[]): void {
    for (const piece of pieces) this.add(piece);
  }

  /** Writes all replies up to the first that is not known yet. */
  flush(): void {
    const ready = this.#takeReady();
    if (ready.length === 0 || this.#socket.destroyed) return;
    this.#socket.cork();
    for (const piece of inBlocks(ready, BLOCK_BYTES_MAX)) {
      this.bytesWritten += piece.length;
      this.#socket.write(piece);
    }
    this.#socket.uncork();
  }

  #takeReady(): Buffer[] {
    const ready: Buffer[] = [];
    let taken = 0;
    for (const reply of this.#queue) {
      if (!Buffer.isBuffer(reply)) {
        const pending = reply.tickets.find((ticket) => ticket.pending > 0);
        if (pending !== undefined) {
          this.#await(pending);
          break;
        }
      }
      taken += 1;
      ready.push(Buffer.isBuffer(reply) ? reply : reply.encode());
      this.#bytes -= REPLY_WEIGHT_BYTES + (Buffer.isBuffer(reply) ? reply.length : 0);
    }
    this.#queue = taken === this.#queue.length ? [] : this.#queue.slice(taken);
    return ready;
  }

  #await(ticket: Ticket): void {
    if (this.#awaited === ticket) return;
    this.#awaited = ticket;
    ticket.onSettled.push(() => {
      this.#awaited = null;
      this.#settled();
    });
  }
}
