import fc from 'fast-check';
import {
  decodeRecord,
  encodeAdd,
  encodeRemove,
  encodeXid,
  type JournalRecord,
} from '../../src/journal/codec-core.js';
import type { Item } from '../../src/queue/item.js';
import { Replay } from '../../src/journal/replay-core.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const item = (data: string, addTime = 0, expiry = 0, xid = 0): Item => ({
  data: Buffer.from(data),
  addTime,
  expiry,
  xid,
});

/** One record of each kind, as Kestrel writes or wrote it. */
const RECORDS: readonly (readonly [name: string, bytes: Buffer, record: JournalRecord])[] = [
  ['ADD', bytes('00 07000000 10000000 616263'), { op: 'add', item: item('abc', 0, 16_000) }],
  ['REMOVE', bytes('01'), { op: 'remove' }],
  [
    'ADDX',
    bytes('02 12000000 0068e5cf8b010000 e86be5cf8b010000 6869'),
    { op: 'add', item: item('hi', 1_700_000_000_000, 1_700_000_001_000) },
  ],
  ['REMOVE_TENTATIVE', bytes('03'), { op: 'open', xid: null }],
  ['SAVE_XID', bytes('04 02010000'), { op: 'saveXid', xid: 258 }],
  ['UNREMOVE', bytes('05 05000000'), { op: 'unremove', xid: 5 }],
  ['CONFIRM_REMOVE', bytes('06 05000000'), { op: 'confirm', xid: 5 }],
  [
    'ADD_XID',
    bytes('07 09000000 11000000 0100000000000000 0000000000000000 78'),
    { op: 'add', item: item('x', 1, 0, 9) },
  ],
  [
    'CONTINUE',
    bytes('08 09000000 11000000 0100000000000000 0000000000000000 78'),
    { op: 'continue', xid: 9, item: item('x', 1) },
  ],
  ['REMOVE_TENTATIVE with xid', bytes('09 ffffff7f'), { op: 'open', xid: 2 ** 31 - 1 }],
];

function replay(journal: Buffer): { readonly items: string[]; readonly good: number } {
  const it = new Replay();
  let at = 0;
  while (at < journal.length) {
    const decoded = decodeRecord(journal, at, journal.length - at);
    if (typeof decoded === 'string') break;
    it.apply(decoded.record, 7);
    at = decoded.next;
  }
  it.returnOpen();
  return { items: [...it.backlog.memory()].map(({ data }) => data.toString()), good: at };
}

describe('a journal record', () => {
  it.each(RECORDS)('%s is read as Kestrel means it', (_name, journal, record) => {
    expect(decodeRecord(journal, 0, journal.length)).toEqual({ record, next: journal.length });
  });

  it.each(RECORDS)('%s cut at any byte is not whole', (_name, journal) => {
    for (let end = 0; end < journal.length; end += 1) {
      expect(decodeRecord(journal.subarray(0, end), 0, journal.length)).toBe('more');
    }
  });

  it.each([
    ['an unknown opcode', '0a'],
    ['another', 'ff'],
    ['a size that is less than its own fields', '02 0f000000 00'],
    ['a negative size', '02 ffffffff 00'],
    ['a size past the end of the file', '02 00010000 00'],
  ])('%s is no record', (_name, hex) => {
    expect(decodeRecord(bytes(hex), 0, 40)).toBe('bad');
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
        expect(decodeRecord(into, 3, into.length)).toEqual({ record: { op: 'add', item: one }, next });
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
    const it = new Replay();
    it.apply({ op: 'add', item: item('a') }, 7);
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
