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

export type JournalRecord =
  | { readonly op: 'add'; readonly item: Item }
  | { readonly op: 'remove' }
  /** Opens the head under this number; null: the next number (a journal of Kestrel 1). */
  | { readonly op: 'open'; readonly xid: number | null }
  | { readonly op: 'saveXid' | 'unremove' | 'confirm'; readonly xid: number }
  /** Confirms `xid` and adds, in one step. */
  | { readonly op: 'continue'; readonly xid: number; readonly item: Item };

/** `more`: the record goes on past the end of the bytes. `bad`: these bytes are no record. */
export type Decoded = { readonly record: JournalRecord; readonly next: number } | 'more' | 'bad';

export const ADDX_HEAD_BYTES = 21;
const ITEM_TIMES_BYTES = 16;

export function encodeAdd(item: Item, into: Buffer, at: number): number {
  into[at] = OP.addx;
  into.writeInt32LE(ITEM_TIMES_BYTES + item.data.length, at + 1);
  writeTime(item.addTime, into, at + 5);
  writeTime(item.expiry, into, at + 13);
  into.set(item.data, at + ADDX_HEAD_BYTES);
  return at + ADDX_HEAD_BYTES + item.data.length;
}

export function encodeXid(op: 5 | 6 | 9, xid: number, into: Buffer, at: number): number {
  into[at] = op;
  into.writeInt32LE(xid, at + 1);
  return at + 5;
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

/**
 * Reads the record at `at`. `remaining` is how many bytes the file still has from there: a record that claims more
 * can never be whole. Item data are copied, so that the read buffer can be used again.
 */
export function decodeRecord(from: Buffer, at: number, remaining: number): Decoded {
  const op = from[at];
  if (op === undefined) return 'more';
  switch (op) {
    case OP.add:
      return decodeAdd(from, at, at + 1, remaining, (item) => ({ op: 'add', item }));
    case OP.addx:
      return decodeAdd(from, at, at + 1, remaining, (item) => ({ op: 'add', item }));
    case OP.remove:
      return { record: { op: 'remove' }, next: at + 1 };
    case OP.removeTentative:
      return { record: { op: 'open', xid: null }, next: at + 1 };
    case OP.saveXid:
    case OP.unremove:
    case OP.confirm:
    case OP.removeTentativeXid:
      if (from.length < at + 5) return 'more';
      return { record: xidRecord(op, from.readInt32LE(at + 1)), next: at + 5 };
    case OP.addXid:
    case OP.continue: {
      if (from.length < at + 5) return 'more';
      const xid = from.readInt32LE(at + 1);
      return decodeAdd(from, at, at + 5, remaining, (item) =>
        op === OP.continue ? { op: 'continue', xid, item } : { op: 'add', item: { ...item, xid } },
      );
    }
    default:
      return 'bad';
  }
}

function xidRecord(op: number, xid: number): JournalRecord {
  if (op === OP.removeTentativeXid) return { op: 'open', xid };
  return { op: op === OP.saveXid ? 'saveXid' : op === OP.unremove ? 'unremove' : 'confirm', xid };
}

/** The item whose size field is at `at`; opcode 0 has one time of 4 bytes in seconds, the others two of 8 in ms. */
function decodeAdd(
  from: Buffer,
  start: number,
  at: number,
  remaining: number,
  make: (item: Item) => JournalRecord,
): Decoded {
  if (from.length < at + 4) return 'more';
  const old = from[start] === OP.add;
  const size = from.readInt32LE(at);
  const times = old ? 4 : ITEM_TIMES_BYTES;
  if (size < times || at - start + 4 + size > remaining) return 'bad';
  const next = at + 4 + size;
  if (from.length < next) return 'more';
  const data = Buffer.from(from.subarray(at + 4 + times, next));
  const item = old
    ? { data, addTime: 0, expiry: from.readInt32LE(at + 4) * 1000, xid: 0 }
    : { data, addTime: readTime(from, at + 4), expiry: readTime(from, at + 12), xid: 0 };
  return { record: make(item), next };
}
