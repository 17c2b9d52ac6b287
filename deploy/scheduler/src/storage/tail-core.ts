import { decodeFrame, decodeFrameHead, FRAME_HEAD_BYTES } from './frame-core.js';

/** A disk writes a sector whole or not at all; file systems show one that was not written yet as zeros. */
export const SECTOR_BYTES = 512;

export type Tail = { readonly kind: 'cut' } | { readonly kind: 'damage'; readonly what: string };

const CUT: Tail = { kind: 'cut' };
const damage = (what: string): Tail => ({ kind: 'damage', what });

/**
 * Judges the bytes after the last whole frame of the newest segment: an unfinished write, which nobody was told of and which may be
 * cut off, or damage to something durable. `rest` goes to the end of the file and is not empty, `offset` is where it begins in the file, `expected` the
 * position that should follow.
 *
 * What makes a cut sound: a write begins only after the fsync of the one before. So
 *  - a frame of a *later* write in `rest` shows that the beginning of `rest` was durable: damage;
 *  - fewer bytes than a head, or a head that is right and fewer bytes than it says: never whole, so never acknowledged: cut. (A
 *    head has a checksum of its own for this: a flipped bit in a length does not make the rest of the log look unfinished.)
 *  - otherwise `rest` begins in the very last write. A machine that crashed leaves its sectors unwritten in any order, and file systems
 *    show these as zeros: where a whole sector's part of the frame is zeros, it was not finished: cut;
 *  - anything else may be an acknowledged entry with a flipped bit, and is damage. So are old blocks of other files, which a file system without
 *    ordered data may show after a crash: these cannot be told from it.
 */
export function judgeTail(rest: Uint8Array, offset: number, expected: number, salt: number): Tail {
  const head = decodeFrameHead(rest, salt);
  if (head === 'more') return CUT;
  if (head !== 'bad' && head.position !== expected) {
    return damage(`entry ${head.position} is where entry ${expected} belongs`);
  }
  const decoded = decodeFrame(rest, salt);
  if (decoded.kind !== 'bad') return CUT;
  const later = laterWrite(rest, expected, salt);
  const what = `the ${decoded.part} of entry ${expected} is damaged`;
  if (later !== null)
    return damage(`${what}; entry ${later.position}, written later, follows at ${offset + later.at}`);
  if (hasUnwrittenSector(rest, offset, decoded.bytes)) return CUT;
  return damage(`${what}, and not as an unfinished write would be`);
}

/** The first frame head that belongs to a write which began after the entry `expected`. */
function laterWrite(
  rest: Uint8Array,
  expected: number,
  salt: number,
): { readonly position: number; readonly at: number } | null {
  const view = new DataView(rest.buffer, rest.byteOffset, rest.byteLength);
  const highest = expected + Math.ceil(rest.length / FRAME_HEAD_BYTES);
  for (let at = 1; at + FRAME_HEAD_BYTES <= rest.length; at += 1) {
    const position = view.getUint32(at + 8, true) * 2 ** 32 + view.getUint32(at + 4, true);
    if (position <= expected || position > highest) continue;
    const head = decodeFrameHead(rest.subarray(at), salt);
    if (typeof head === 'object' && head.position - head.back > expected) return { position, at };
  }
  return null;
}

/** Whether one of the sectors that the first `bytes` touch is zeros, as far as it lies in `rest`. */
function hasUnwrittenSector(rest: Uint8Array, offset: number, bytes: number): boolean {
  let from = 0;
  while (from < bytes) {
    const sectorEnd = from + SECTOR_BYTES - ((offset + from) % SECTOR_BYTES);
    const end = Math.min(sectorEnd, rest.length);
    if (rest.subarray(from, end).every((byte) => byte === 0)) return true;
    from = end;
  }
  return false;
}
