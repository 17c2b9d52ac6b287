import type { Item } from '../queue/item.js';
import type { Checkpoint } from './checkpoint-core.js';
import { ADDX_HEAD_BYTES, encodeAdd, encodeXid, XID_BYTES } from './codec-core.js';

/** What a rewritten journal holds, as references: taking it costs no copy, and what happens later does not change it. */
export interface PackContent {
  /** Items that are open, and their numbers; null data: an item that is gone, but whose end is in a later file. */
  readonly open: readonly PackedOpen[];
  /** Items that have left the queue since; a number stands for so many that are gone. */
  readonly slots: readonly (Item | number)[];
  readonly items: Iterable<Item>;
}

export interface PackedOpen {
  readonly item: Item | null;
  readonly xid: number;
}

/** A queue, as far as a pack needs it. */
export interface PackSource {
  openItems(): Iterable<Item>;
  readonly backlog: { memory(): Iterable<Item> };
}

/** The queue as it is: what a journal holds that replaces all files. Nothing may be behind memory. */
export function contentNow(queue: PackSource): PackContent {
  return {
    open: [...queue.openItems()].map((item) => ({ item, xid: item.xid })),
    slots: [],
    items: [...queue.backlog.memory()],
  };
}

/**
 * What a journal holds that replaces all files up to a checkpoint, while the records of later files stay and are
 * replayed on top of it. The queue had `length` items at the checkpoint; all that are left of them are open or in memory.
 *
 * Later records find what they need in its place: first the items that were open then, then those that were at the
 * head and have been taken since, in order. Of those that are gone an item without data is enough, as a later record
 * takes it away. Then the rest of the `length` items: those in memory behind the ones that were put back.
 */
export function contentAt(checkpoint: Checkpoint, length: number, queue: PackSource): PackContent {
  const memory = [...queue.backlog.memory()];
  const open = new Map<number, Item>();
  for (const item of queue.openItems()) open.set(item.xid, item);
  const at = (place: { xid: number } | { position: number } | null): Item | null => {
    if (place === null) return null;
    return ('xid' in place ? open.get(place.xid) : memory[place.position]) ?? null;
  };
  const taken = Math.min(checkpoint.taken, length);
  const slots: (Item | number)[] = [];
  let next = 1;
  for (const [slot, place] of checkpoint.alive()) {
    if (slot > taken) break;
    const item = at(place);
    if (item === null) continue;
    if (slot > next) slots.push(slot - next);
    slots.push(item);
    next = slot + 1;
  }
  if (next <= taken) slots.push(taken - next + 1);
  const first = checkpoint.returned;
  return {
    open: checkpoint.openThen().map(({ xid, place }) => ({ xid, item: at(place) })),
    slots,
    items: memory.slice(first, first + length - taken),
  };
}

const GONE: Item = { data: Buffer.alloc(0), addTime: 0, expiry: 0, xid: 0 };

/** Writes the records of a pack, one portion per step of the generator: open items as ADDX and REMOVE_TENTATIVE, the rest as ADDX. */
export function* writeContent(content: PackContent, chunkBytes: number): Generator<Buffer> {
  let buffer = Buffer.allocUnsafe(chunkBytes);
  let used = 0;
  for (const { item, xid } of eachRecord(content)) {
    const bytes = ADDX_HEAD_BYTES + item.data.length + (xid === null ? 0 : XID_BYTES);
    if (used > 0 && used + bytes > buffer.length) {
      yield buffer.subarray(0, used);
      used = 0;
    }
    if (bytes > buffer.length) buffer = Buffer.allocUnsafe(bytes);
    used = encodeAdd(item, buffer, used);
    if (xid !== null) used = encodeXid(9, xid, buffer, used);
  }
  if (used > 0) yield buffer.subarray(0, used);
}

function* eachRecord({ open, slots, items }: PackContent): Generator<{ item: Item; xid: number | null }> {
  for (const { item, xid } of open) yield { item: item ?? GONE, xid };
  for (const slot of slots) {
    if (typeof slot !== 'number') yield { item: slot, xid: null };
    else for (let i = 0; i < slot; i += 1) yield { item: GONE, xid: null };
  }
  for (const item of items) yield { item, xid: null };
}
