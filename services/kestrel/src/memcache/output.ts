import type { Socket } from 'node:net';
import type { Item } from '../queue/item.js';
import type { Ticket } from '../queue/registry-core.js';
import { BLOCK_BYTES_MAX, REPLY_BYTES_MAX, REPLY_WEIGHT_BYTES } from '../socket/bounds.js';
import { inBlocks } from '../socket/pieces-core.js';

const STORED = Buffer.from('STORED\r\n');
const NOT_STORED = Buffer.from('NOT_STORED\r\n');
export const END = Buffer.from('END\r\n');
const ITEM_END = Buffer.from('\r\nEND\r\n');

/** The replies of one connection, in order. A reply that waits for a journal holds back those behind it. */
export class Output {
  bytesWritten = 0;
  readonly #socket: Socket;
  readonly #settled: () => void;
  #pieces: (Buffer | Ticket)[] = [];
  #bytes = 0;
  /** The ticket that will call `settled`. */
  #awaited: Ticket | null = null;
  /** The socket has said that it holds a lot; it will say `drain`. */
  #clogged = false;
  /** The head of an item's answer, as it was the last time: queue and size are mostly the same. */
  #head = END;
  #headQueue = '';
  #headSize = -1;

  /** `settled` is called when a ticket that held back replies has settled. */
  constructor(socket: Socket, settled: () => void) {
    this.#socket = socket;
    this.#settled = settled;
  }

  get full(): boolean {
    if (this.#bytes >= REPLY_BYTES_MAX) return true;
    return this.#clogged && this.#bytes + this.#socket.writableLength >= REPLY_BYTES_MAX;
  }
  get empty(): boolean {
    return this.#pieces.length === 0;
  }

  text(text: string): void {
    this.bytes(Buffer.from(text, 'latin1'));
  }

  bytes(bytes: Buffer): void {
    this.#pieces.push(bytes);
    this.#bytes += bytes.length + REPLY_WEIGHT_BYTES;
  }

  /** `STORED` or `NOT_STORED`, once it is known; null: it is stored. */
  ticket(ticket: Ticket | null): void {
    this.#pieces.push(ticket ?? STORED);
    this.#bytes += REPLY_WEIGHT_BYTES;
  }

  notStored(): void {
    this.bytes(NOT_STORED);
  }

  item(queue: string, { data }: Item): void {
    const { length } = data;
    if (length !== this.#headSize || queue !== this.#headQueue) {
      this.#head = Buffer.from(`VALUE ${queue} 0 ${length}\r\n`, 'latin1');
      this.#headQueue = queue;
      this.#headSize = length;
    }
    const head = this.#head;
    if (length > BLOCK_BYTES_MAX) {
      this.bytes(head);
      this.bytes(data);
      this.bytes(ITEM_END);
      return;
    }
    const all = Buffer.allocUnsafe(head.length + length + ITEM_END.length);
    all.set(head, 0);
    all.set(data, head.length);
    all.set(ITEM_END, head.length + length);
    this.bytes(all);
  }

  /** The socket has room again. */
  drained(): void {
    this.#clogged = false;
  }

  /** Writes all replies up to the first that is not settled. */
  flush(): void {
    const pieces = this.#pieces;
    const first = pieces[0];
    if (first === undefined) return;
    if (pieces.length > 1) {
      this.#flushAll();
      return;
    }
    const known = this.#known(first);
    if (known === null) return;
    pieces.length = 0;
    this.#bytes = 0;
    this.#write(known);
  }

  #flushAll(): void {
    const ready: Buffer[] = [];
    let bytes = 0;
    for (const piece of this.#pieces) {
      const known = this.#known(piece);
      if (known === null) break;
      ready.push(known);
      bytes += known.length + REPLY_WEIGHT_BYTES;
    }
    if (ready.length === 0) return;
    this.#pieces = this.#pieces.slice(ready.length);
    this.#bytes = this.#pieces.length === 0 ? 0 : Math.max(0, this.#bytes - bytes);
    this.#socket.cork();
    for (const block of inBlocks(ready, BLOCK_BYTES_MAX)) this.#write(block);
    this.#socket.uncork();
  }

  /** A reply's bytes, or null: its ticket has not settled, and will call. */
  #known(piece: Buffer | Ticket): Buffer | null {
    if (piece instanceof Uint8Array) return piece;
    if (piece.pending === 0) return piece.failed ? NOT_STORED : STORED;
    if (this.#awaited !== piece) {
      this.#awaited = piece;
      piece.onSettled.push(this.#settled);
    }
    return null;
  }

  #write(bytes: Buffer): void {
    this.bytesWritten += bytes.length;
    if (!this.#socket.write(bytes)) this.#clogged = true;
  }
}
