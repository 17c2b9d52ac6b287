import type { Checkpoint } from './checkpoint-core.js';
import { encodeRemove, encodeXid, XID_BYTES } from './codec-core.js';

const XID_MAX = 2 ** 31 - 1;

/**
 * The records that bring a journal from the checkpoint to now, as few as there can be: what was taken and put back many times
 * while nothing could be written is told once. Items added since are not among them.
 */
export function encodeSince(checkpoint: Checkpoint): Buffer {
  const openThen = checkpoint.openThen();
  const alive = new Map(checkpoint.alive());
  const returned = checkpoint.returnedSlots();
  const bytes =
    openThen.length * 2 * XID_BYTES + checkpoint.taken + alive.size * XID_BYTES + returned.length * XID_BYTES;
  const into = Buffer.allocUnsafe(bytes);
  let at = 0;
  for (const { xid, place } of openThen) {
    if (place === null) at = encodeXid(6, xid, into, at);
    else if ('xid' in place && place.xid !== xid) {
      // It was put back and opened again under another number.
      at = encodeXid(9, place.xid, into, encodeXid(5, xid, into, at));
    }
  }
  const passing = passingNumbers(checkpoint);
  const numbers = new Map<number, number>();
  for (let slot = 1; slot <= checkpoint.taken; slot += 1) {
    const place = alive.get(slot);
    if (place === undefined) {
      at = encodeRemove(into, at);
      continue;
    }
    const xid = 'xid' in place ? place.xid : passing();
    numbers.set(slot, xid);
    at = encodeXid(9, xid, into, at);
  }
  for (const slot of returned) {
    const xid = slot > 0 ? numbers.get(slot) : openThen[-1 - slot]?.xid;
    if (xid !== undefined) at = encodeXid(5, xid, into, at);
  }
  return into.subarray(0, at);
}

/** Numbers for items that are opened only to be put back at once, in another order; none is in use. */
function passingNumbers(checkpoint: Checkpoint): () => number {
  const used = new Set<number>(checkpoint.openThen().map(({ xid }) => xid));
  for (const [, place] of checkpoint.alive()) if ('xid' in place) used.add(place.xid);
  for (const { place } of checkpoint.openThen()) if (place !== null && 'xid' in place) used.add(place.xid);
  let next = XID_MAX + 1;
  return () => {
    do next -= 1;
    while (used.has(next));
    return next;
  };
}
