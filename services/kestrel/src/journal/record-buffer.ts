import type { Item } from '../queue/item.js';
import { ADDX_HEAD_BYTES, encodeAdd, encodeRemove, encodeXid, XID_BYTES } from './codec-core.js';

const BUFFER_BYTES = 16 * 1024;
/** Buffers that are kept for the next who needs one, and the largest of them. */
const SPARE_MAX = 64;
const SPARE_BYTES_MAX = 512 * 1024;

/** The one used last comes first: it has grown to what is needed. */
const spare: Buffer[] = [];

/** Records that gather during a turn. It holds a buffer only while there are some. */
export class RecordBuffer {
  used = 0;
  #buffer: Buffer | null = null;

  get bytes(): Buffer {
    return (this.#buffer ??= spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER_BYTES));
  }

  add(item: Item): void {
    const bytes = ADDX_HEAD_BYTES + item.data.length;
    this.used = encodeAdd(item, this.#room(bytes), this.used);
  }
  remove(): void {
    this.used = encodeRemove(this.#room(1), this.used);
  }
  xid(op: 5 | 6 | 9, xid: number): void {
    this.used = encodeXid(op, xid, this.#room(XID_BYTES), this.used);
  }

  /** Forgets all records. */
  clear(): void {
    this.used = 0;
    const buffer = this.#buffer;
    this.#buffer = null;
    if (buffer !== null && buffer.length <= SPARE_BYTES_MAX && spare.length < SPARE_MAX) spare.push(buffer);
  }

  #room(bytes: number): Buffer {
    const buffer = this.bytes;
    if (this.used + bytes <= buffer.length) return buffer;
    const larger = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, this.used + bytes));
    buffer.copy(larger, 0, 0, this.used);
    return (this.#buffer = larger);
  }
}
