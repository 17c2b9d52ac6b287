import fc from 'fast-check';
import {
  encodeAdd,
  encodeRemove,
  encodeXid,
  itemOf,
  readRecord,
  RecordView,
} from '../../src/journal/codec-core.js';
import { Replay } from '../../src/journal/replay-core.js';
import { Backlog } from '../../src/queue/backlog-core.js';
import type { Item } from '../../src/queue/item.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const item = (data: string, addTime = 0, expiry = 0): Item => ({
  data: Buffer.from(data),
  addTime,
  expiry,
  xid: 0,
});

/** One record of each kind, as Kestrel writes or wrote it: its xid and its item. */
const RECORDS: readonly (readonly [name: string, bytes: Buffer, xid: number, item: Item | null])[] = [
  ['ADD', bytes('00 07000000 10000000 616263'), 0, item('abc', 0, 16_000)],
  ['REMOVE', bytes('01'), 0, null],
  [
    'ADDX',
    bytes('02 12000000 0068e5cf8b010000 e86be5cf8b010000 6869'),
    0,
    item('hi', 1_700_000_000_000, 1_700_000_001_000),
  ],
  ['REMOVE_TENTATIVE', bytes('03'), 0, null],
  ['SAVE_XID', bytes('04 02010000'), 258, null],
  ['UNREMOVE', bytes('05 05000000'), 5, null],
  ['CONFIRM_REMOVE', bytes('06 05000000'), 5, null],
  ['ADD_XID', bytes('07 09000000 11000000 0100000000000000 0000000000000000 78'), 9, item('x', 1)],
  ['CONTINUE', bytes('08 09000000 11000000 0100000000000000 0000000000000000 78'), 9, item('x', 1)],
  ['REMOVE_TENTATIVE with xid', bytes('09 ffffff7f'), 2 ** 31 - 1, null],
];

function replay(journal: Buffer): { readonly items: string[]; readonly good: number } {
  const it = new Replay(new Backlog(Number.POSITIVE_INFINITY));
  const record = new RecordView();
  let at = 0;
  while (readRecord(journal, at, journal.length, journal.length - at, record) === 'whole') {
    it.apply(record, journal, 7);
    at = record.next;
  }
  it.returnOpen();
  return { items: [...it.backlog.memory()].map(({ data }) => data.toString()), good: at };
}

describe('a journal record', () => {
  it.each(RECORDS)('%s is read as Kestrel means it', (_name, journal, xid, expected) => {
    const record = new RecordView();
    expect(readRecord(journal, 0, journal.length, journal.length, record)).toBe('whole');
    expect([record.op, record.xid, record.next]).toEqual([journal[0], xid, journal.length]);
    const read = record.isAdd ? { ...itemOf(record, journal, 0), xid: 0 } : null;
    expect(read).toEqual(expected);
  });

  it.each(RECORDS)('%s cut at any byte is not whole', (_name, journal) => {
    const record = new RecordView();
    for (let end = 0; end < journal.length; end += 1) {
      // Neither in a buffer that holds a part of it, nor in a file that does.
      expect(readRecord(journal, 0, end, journal.length, record)).toBe('more');
      expect(record.next).toBeGreaterThan(end);
      expect(readRecord(journal.subarray(0, end), 0, end, end, record)).not.toBe('whole');
    }
  });

  it.each([
    ['an unknown opcode', '0a'],
    ['another', 'ff'],
    ['a size that is less than its own fields', '02 0f000000 00'],
    ['a negative size', '02 ffffffff 00'],
    ['a size past the end of the file', '02 00010000 00'],
  ])('%s is no record', (_name, hex) => {
    expect(readRecord(bytes(hex), 0, bytes(hex).length, 40, new RecordView())).toBe('bad');
  });

  it('is written as Kestrel writes it', () => {
    const into = Buffer.alloc(64);
    const written = (end: number): string => into.subarray(0, end).toString('hex');
    expect(written(encodeAdd(item('hi', 1_700_000_000_000, 1_700_000_001_000), into, 0))).toBe(
      RECORDS[2]?.[1].toString('hex'),
    );
    expect(written(encodeRemove(into, 0))).toBe('01');
    expect(written(encodeXid(5, 5, into, 0))).toBe('0505000000');
    expect(written(encodeXid(6, 5, into, 0))).toBe('0605000000');
    expect(written(encodeXid(9, 2 ** 31 - 1, into, 0))).toBe('09ffffff7f');
  });

  it('holds any item', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(2 ** 45), fc.nat(2 ** 45), (data, addTime, expiry) => {
        const one = { data: Buffer.from(data), addTime, expiry, xid: 0 };
        const into = Buffer.alloc(data.length + 30);
        const next = encodeAdd(one, into, 3);
        const record = new RecordView();
        expect(readRecord(into, 3, into.length, into.length, record)).toBe('whole');
        expect([itemOf(record, into, 0), record.next]).toEqual([one, next]);
      }),
    );
  });
});

describe('a replay', () => {
  const add = (data: string): Buffer => {
    const into = Buffer.alloc(64);
    return into.subarray(0, encodeAdd(item(data, 1), into, 0));
  };
  const xid = (op: 5 | 6 | 9, number: number): Buffer => {
    const into = Buffer.alloc(5);
    encodeXid(op, number, into, 0);
    return into;
  };
  const remove = Buffer.from([1]);

  it('returns open items to the head in their old order', () => {
    const journal = Buffer.concat([
      ...['a', 'b', 'c', 'd'].map(add),
      xid(9, 1),
      xid(9, 2),
      xid(9, 3),
      xid(6, 2),
    ]);
    expect(replay(journal).items).toEqual(['a', 'c', 'd']);
  });

  it('understands the opens of Kestrel 1, numbered by the item or by counting', () => {
    const addXid = bytes('07 09000000 11000000 0100000000000000 0000000000000000 78');
    const open = Buffer.from([3]);
    expect(replay(Buffer.concat([addXid, add('y'), open, xid(6, 9)])).items).toEqual(['y']);
    const saved = bytes('04 64000000');
    expect(replay(Buffer.concat([saved, add('a'), add('b'), open, open, xid(6, 101)])).items).toEqual(['b']);
  });

  it('gives items without an add time that of the replay', () => {
    const it = new Replay(new Backlog(Number.POSITIVE_INFINITY));
    const record = new RecordView();
    const journal = bytes('00 05000000 00000000 61');
    readRecord(journal, 0, journal.length, journal.length, record);
    it.apply(record, journal, 7);
    expect([...it.backlog.memory()]).toEqual([item('a', 7)]);
  });

  it('passes over records that fit nothing', () => {
    expect(replay(Buffer.concat([remove, xid(9, 4), xid(6, 4), xid(5, 5), add('a')])).items).toEqual(['a']);
  });

  it('of a journal cut at any byte gives what its whole records say', () => {
    const parts = [
      add('a'),
      add('bb'),
      remove,
      xid(9, 1),
      add('ccc'),
      xid(5, 1),
      xid(9, 2),
      xid(6, 2),
      add('d'),
    ];
    const journal = Buffer.concat(parts);
    const ends = parts.map((_, i) => Buffer.concat(parts.slice(0, i + 1)).length);
    for (let cut = 0; cut <= journal.length; cut += 1) {
      const whole = ends.filter((end) => end <= cut).at(-1) ?? 0;
      expect(replay(journal.subarray(0, cut))).toEqual({
        items: replay(journal.subarray(0, whole)).items,
        good: whole,
      });
    }
  });
});
