import type { Item } from '../queue/item.js';
import {
  ADDX_HEAD_BYTES,
  encodeAdd,
  encodeAddHead,
  encodeRemove,
  encodeXid,
  XID_BYTES,
} from './codec-core.js';

const BUFFER_BYTES = 16 * 1024;
/** Buffers that are kept for the next who needs one, and the largest of them. */
const SPARE_MAX = 64;
const SPARE_BYTES_MAX = 512 * 1024;
/** From this size on an item's data are not copied: they are written from where they are. */
export const LARGE_RECORD_BYTES = 64 * 1024;

/** The one used last comes first: it has grown to what is needed. */
const spare: Buffer[] = [];

/** Data of an item that come behind the first `at` bytes of the buffer. */
interface Large {
  readonly at: number;
  readonly data: Buffer;
}

/** Records that gather during a turn. It holds a buffer only while there are some. */
export class RecordBuffer {
  #inBuffer = 0;
  #buffer: Buffer | null = null;
  /** In order. */
  #large: Large[] = [];
  #largeBytes = 0;

  /** Bytes of all records. */
  get used(): number {
    return this.#inBuffer + this.#largeBytes;
  }
  /** The records as they are to be written: the first `used` bytes of a buffer, or where there are large items one after the other. */
  get bytes(): Buffer | readonly Buffer[] {
    const buffer = this.#bytes;
    if (this.#large.length === 0) return buffer;
    const pieces: Buffer[] = [];
    let from = 0;
    for (const { at, data } of this.#large) {
      pieces.push(buffer.subarray(from, at), data);
      from = at;
    }
    if (from < this.#inBuffer) pieces.push(buffer.subarray(from, this.#inBuffer));
    return pieces;
  }

  /** All records but those of large items, in order. */
  small(): readonly Buffer[] {
    const pieces: Buffer[] = [];
    let from = 0;
    for (const { at } of this.#large) {
      pieces.push(this.#bytes.subarray(from, at - ADDX_HEAD_BYTES));
      from = at;
    }
    pieces.push(this.#bytes.subarray(from, this.#inBuffer));
    return pieces;
  }

  add(item: Item): void {
    const { data } = item;
    if (data.length < LARGE_RECORD_BYTES) {
      this.#inBuffer = encodeAdd(item, this.#room(ADDX_HEAD_BYTES + data.length), this.#inBuffer);
      return;
    }
    this.#inBuffer = encodeAddHead(item, this.#room(ADDX_HEAD_BYTES), this.#inBuffer);
    this.#large.push({ at: this.#inBuffer, data });
    this.#largeBytes += data.length;
  }
  remove(): void {
    this.#inBuffer = encodeRemove(this.#room(1), this.#inBuffer);
  }
  xid(op: 5 | 6 | 9, xid: number): void {
    this.#inBuffer = encodeXid(op, xid, this.#room(XID_BYTES), this.#inBuffer);
  }

  /** Forgets all records. */
  clear(): void {
    this.#inBuffer = 0;
    if (this.#largeBytes > 0) {
      this.#large = [];
      this.#largeBytes = 0;
    }
    const buffer = this.#buffer;
    this.#buffer = null;
    if (buffer !== null && buffer.length <= SPARE_BYTES_MAX && spare.length < SPARE_MAX) spare.push(buffer);
  }

  get #bytes(): Buffer {
    return (this.#buffer ??= spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES));
  }

  #room(bytes: number): Buffer {
    const buffer = this.#bytes;
    if (this.#inBuffer + bytes <= buffer.length) return buffer;
    const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, this.#inBuffer + bytes));
    buffer.copy(larger, 0, 0, this.#inBuffer);
    return (this.#buffer = larger);
  }
}
