import type { Socket } from 'node:net';
import type { Item } from '../queue/item.js';
import type { Ticket } from '../queue/registry-core.js';

/** Output a connection may hold before it stops taking requests, bytes. */
export const OUTPUT_BYTES_MAX = 1024 * 1024;
/** Up to this the pieces are copied into one buffer; above, the kernel gathers them. */
const COPY_BYTES_MAX = 64 * 1024;
/** What a piece costs beside its bytes, so that many tiny ones count too. */
const PIECE_BYTES = 16;

/** The replies of one connection, in order. A reply that waits for a journal holds back those behind it. */
export class Output {
  #pieces: (string | Buffer | Ticket)[] = [];
  #bytes = 0;
  readonly #socket: Socket;
  readonly #settled: () => void;
  bytesWritten = 0;

  /** `settled` is called when a ticket that held back replies has settled. */
  constructor(socket: Socket, settled: () => void) {
    this.#socket = socket;
    this.#settled = settled;
  }

  get full(): boolean {
    return this.#bytes + this.#socket.writableLength >= OUTPUT_BYTES_MAX;
  }
  get empty(): boolean {
    return this.#pieces.length === 0;
  }

  text(text: string): void {
    this.#pieces.push(text);
    this.#bytes += text.length + PIECE_BYTES;
  }

  /** `STORED` or `NOT_STORED`, once it is known. */
  ticket(ticket: Ticket): void {
    this.#pieces.push(ticket);
    this.#bytes += PIECE_BYTES;
  }

  item(queue: string, { data }: Item): void {
    this.#pieces.push(`VALUE ${queue} 0 ${data.length}\r\n`, data, '\r\nEND\r\n');
    this.#bytes += queue.length + data.length + 3 * PIECE_BYTES;
  }

  /** Writes all replies up to the first that is not settled. */
  flush(): void {
    const ready = this.#takeReady();
    if (ready.length === 0 || this.#socket.destroyed) return;
    let bytes = 0;
    let onlyText = true;
    for (const piece of ready) {
      bytes += piece.length;
      if (typeof piece !== 'string') onlyText = false;
    }
    this.bytesWritten += bytes;
    this.#bytes = Math.max(0, this.#bytes - bytes - ready.length * PIECE_BYTES);
    if (this.#pieces.length === 0) this.#bytes = 0;
    if (onlyText) this.#socket.write(ready.join(''), 'latin1');
    else if (bytes <= COPY_BYTES_MAX) this.#socket.write(join(ready, bytes));
    else this.#writeAll(ready);
  }

  #writeAll(ready: readonly (string | Buffer)[]): void {
    this.#socket.cork();
    for (const piece of ready) {
      if (typeof piece === 'string') this.#socket.write(piece, 'latin1');
      else this.#socket.write(piece);
    }
    this.#socket.uncork();
  }

  #takeReady(): (string | Buffer)[] {
    const ready: (string | Buffer)[] = [];
    for (const [index, piece] of this.#pieces.entries()) {
      if (typeof piece === 'string' || Buffer.isBuffer(piece)) {
        ready.push(piece);
        continue;
      }
      if (piece.pending > 0) {
        piece.onSettled.push(this.#settled);
        this.#pieces = this.#pieces.slice(index);
        return ready;
      }
      ready.push(piece.failed ? 'NOT_STORED\r\n' : 'STORED\r\n');
    }
    this.#pieces = [];
    return ready;
  }
}

function join(pieces: readonly (string | Buffer)[], bytes: number): Buffer {
  const all = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') at += all.write(piece, at, 'latin1');
    else {
      all.set(piece, at);
      at += piece.length;
    }
  }
  return all;
}
