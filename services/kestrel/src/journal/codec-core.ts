import type { Item } from '../queue/item.js';

/**
 * Kestrel's journal records: an opcode byte, then little-endian fields. Written: 1, 2, 5, 6, 9; read: 0 to 9.
 * (reference: kestrel's Journal.scala at cc280ec)
 */
export const OP = {
  add: 0,
  remove: 1,
  addx: 2,
  removeTentative: 3,
  saveXid: 4,
  unremove: 5,
  confirm: 6,
  addXid: 7,
  continue: 8,
  removeTentativeXid: 9,
} as const;

export const ADDX_HEAD_BYTES = 21;
export const XID_BYTES = 5;
/** The longest head: opcode, xid, size, two times. */
export const HEAD_BYTES_MAX = 25;
const ITEM_TIMES_BYTES = 16;

export function encodeAdd(item: Item, into: Buffer, at: number): number {
  const dataAt = encodeAddHead(item, into, at);
  into.set(item.data, dataAt);
  return dataAt + item.data.length;
}

/** The record of an item up to its data. */
export function encodeAddHead(item: Item, into: Buffer, at: number): number {
  into[at] = OP.addx;
  into.writeInt32LE(ITEM_TIMES_BYTES + item.data.length, at + 1);
  writeTime(item.addTime, into, at + 5);
  writeTime(item.expiry, into, at + 13);
  return at + ADDX_HEAD_BYTES;
}

export function encodeXid(op: 5 | 6 | 9, xid: number, into: Buffer, at: number): number {
  into[at] = op;
  into.writeInt32LE(xid, at + 1);
  return at + XID_BYTES;
}

export function encodeRemove(into: Buffer, at: number): number {
  into[at] = OP.remove;
  return at + 1;
}

/** 64 bits from a number that fits 53, without a BigInt. */
function writeTime(time: number, into: Buffer, at: number): void {
  const high = Math.floor(time / 2 ** 32);
  into.writeUInt32LE(time - high * 2 ** 32, at);
  into.writeInt32LE(high, at + 4);
}

function readTime(from: Buffer, at: number): number {
  return from.readInt32LE(at + 4) * 2 ** 32 + from.readUInt32LE(at);
}

/** One record, as it lies in a buffer. Made once and filled again and again: a replay makes no object per record. */
export class RecordView {
  op = 0;
  /** Of opcodes 4 to 9; 0 otherwise. */
  xid = 0;
  /** Of items; 0: the journal does not say. */
  addTime = 0;
  expiry = 0;
  /** Where the item's data are in the buffer. */
  dataStart = 0;
  dataEnd = 0;
  /** Where the next record begins. After `more`: where this one ends, as far as is known. */
  next = 0;

  /** True where the record appends an item. */
  get isAdd(): boolean {
    return this.op === OP.addx || this.op === OP.add || this.op === OP.addXid || this.op === OP.continue;
  }
}

/**
 * Reads the record at `at` of the first `end` bytes of a buffer. `remaining` is how many bytes the file still has from
 * there: a record that claims more can never be whole. `more`: the record goes on past `end`. `bad`: these bytes are no
 * record. Item data are not touched.
 */
export function readRecord(
  from: Buffer,
  at: number,
  end: number,
  remaining: number,
  into: RecordView,
): 'whole' | 'more' | 'bad' {
  const op = from[at];
  into.next = at + 1;
  if (op === undefined || at >= end) return 'more';
  if (op > OP.removeTentativeXid) return 'bad';
  into.op = op;
  into.xid = 0;
  if (op === OP.addx || op === OP.add) return readItem(from, at, at + 1, end, remaining, into);
  if (op === OP.remove || op === OP.removeTentative) return 'whole';
  into.next = at + XID_BYTES;
  if (into.next > end) return remaining < XID_BYTES ? 'bad' : 'more';
  into.xid = from.readInt32LE(at + 1);
  return op === OP.addXid || op === OP.continue
    ? readItem(from, at, at + XID_BYTES, end, remaining, into)
    : 'whole';
}

/** The item whose size field is at `at`; opcode 0 has one time of 4 bytes in seconds, the others two of 8 in ms. */
function readItem(
  from: Buffer,
  start: number,
  at: number,
  end: number,
  remaining: number,
  into: RecordView,
): 'whole' | 'more' | 'bad' {
  const old = from[start] === OP.add;
  const times = old ? 4 : ITEM_TIMES_BYTES;
  into.next = at + 4 + times;
  if (at + 4 > end) return into.next - start > remaining ? 'bad' : 'more';
  const size = from.readInt32LE(at);
  if (size < times || at - start + 4 + size > remaining) return 'bad';
  into.next = at + 4 + size;
  if (into.next > end) return 'more';
  into.addTime = old ? 0 : readTime(from, at + 4);
  into.expiry = old ? from.readInt32LE(at + 4) * 1000 : readTime(from, at + 12);
  into.dataStart = at + 4 + times;
  into.dataEnd = into.next;
  return 'whole';
}

/**
 * The item of a record, as a view of the buffer: both live and die together. `now` stands for a missing add time. An item that
 * Kestrel 1 wrote with a number has it as its xid.
 */
export function itemOf(record: RecordView, from: Buffer, now: number): Item {
  return {
    data: from.subarray(record.dataStart, record.dataEnd),
    addTime: record.addTime === 0 ? now : record.addTime,
    expiry: record.expiry,
    xid: record.op === OP.addXid ? record.xid : 0,
  };
}
