import { encodeGroup, FRAME_HEAD_BYTES } from '../../src/storage/frame-core.js';
import { judgeTail, SECTOR_BYTES, type Tail } from '../../src/storage/tail-core.js';

const SALT = 99;
const NEXT = 10;
const CUT: Tail = { kind: 'cut' };

/** Entries that have no zero in them. */
const entries = (count: number, bytes: number): Buffer[] =>
  Array.from({ length: count }, (_, i) => Buffer.alloc(bytes, 65 + i));
const write = (first: number, count: number, bytes = 40): Buffer =>
  encodeGroup(entries(count, bytes), first, SALT);

/** Judges `rest` as if it began at `offset` of the file. */
const judge = (rest: Uint8Array, offset = 36): Tail => judgeTail(rest, offset, NEXT, SALT);
const flipped = (bytes: Buffer, bit: number): Buffer => {
  const copy = Buffer.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
};

describe('the end of a log', () => {
  it('that is the beginning of an entry, of whatever length, is cut', () => {
    const bytes = write(NEXT, 1);
    for (let at = 1; at < bytes.length; at += 1) expect(judge(bytes.subarray(0, at))).toEqual(CUT);
  });

  it('with one bit flipped in the last write is damage: it may be an acknowledged entry', () => {
    const bytes = write(NEXT, 2);
    for (let bit = 0; bit < bytes.length * 4; bit += 1) {
      expect(judge(flipped(bytes, bit))).toMatchObject({ kind: 'damage' });
    }
  });

  it('with one bit flipped, and a later write behind it, is damage that names both', () => {
    const first = write(NEXT, 2);
    const bytes = Buffer.concat([first, write(NEXT + 2, 1)]);
    expect(judge(flipped(bytes, 1))).toEqual({
      kind: 'damage',
      what: `the head of entry 10 is damaged; entry 12, written later, follows at ${36 + first.length}`,
    });
    expect(judge(flipped(bytes, 8 * FRAME_HEAD_BYTES))).toEqual({
      kind: 'damage',
      what: `the payload of entry 10 is damaged; entry 12, written later, follows at ${36 + first.length}`,
    });
  });

  it('that is zeros, as file systems leave it, is cut', () => {
    for (const length of [1, 23, 24, 100, 511, 512, 4096, 10_000]) {
      expect(judge(Buffer.alloc(length))).toEqual(CUT);
    }
  });

  it('whose sectors were written in any order, and not all, is cut', () => {
    const offset = 2 * SECTOR_BYTES - 100;
    const bytes = write(NEXT, 1, 4 * SECTOR_BYTES);
    for (const [from, to] of [
      [0, 100],
      [100, 100 + SECTOR_BYTES],
      [100 + SECTOR_BYTES, 100 + 2 * SECTOR_BYTES],
      [100 + 3 * SECTOR_BYTES, bytes.length],
    ]) {
      expect(judge(Buffer.from(bytes).fill(0, from, to), offset)).toEqual(CUT);
    }
  });

  it('with zeros that are no whole sector is damage', () => {
    const bytes = write(NEXT, 1, 4 * SECTOR_BYTES).fill(0, 100, 100 + SECTOR_BYTES - 1);
    expect(judge(bytes, 0)).toEqual({
      kind: 'damage',
      what: 'the payload of entry 10 is damaged, and not as an unfinished write would be',
    });
  });

  it('with an unwritten sector is damage all the same when a later write follows', () => {
    const first = write(NEXT, 1, 2 * SECTOR_BYTES);
    const bytes = Buffer.concat([first.fill(0, SECTOR_BYTES, 2 * SECTOR_BYTES), write(NEXT + 1, 1)]);
    expect(judge(bytes, 0)).toMatchObject({ kind: 'damage' });
  });

  it('whose first entry was not written, but the others of the same write, is cut', () => {
    const bytes = write(NEXT, 3, SECTOR_BYTES - FRAME_HEAD_BYTES).fill(0, 0, SECTOR_BYTES);
    expect(judge(bytes, 0)).toEqual(CUT);
  });

  it('that is garbage is damage once it is long enough for an entry', () => {
    const garbage = Buffer.from('garbage, garbage, garbage');
    expect(judge(garbage.subarray(0, FRAME_HEAD_BYTES - 1))).toEqual(CUT);
    expect(judge(garbage)).toEqual({
      kind: 'damage',
      what: 'the head of entry 10 is damaged, and not as an unfinished write would be',
    });
  });

  it('that is an entry of another position is damage, whole or not', () => {
    const bytes = write(NEXT + 1, 1);
    const damage = { kind: 'damage', what: 'entry 11 is where entry 10 belongs' };
    expect(judge(bytes)).toEqual(damage);
    expect(judge(bytes.subarray(0, -1))).toEqual(damage);
  });
});
