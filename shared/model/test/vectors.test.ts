import fc from 'fast-check';
import {
  cursorOf,
  decodeIdVector,
  decodeTimelineVector,
  encodeEntry,
  encodeIdVector,
  encodeTimelineVector,
  firstIdOf,
  formatCursor,
  mergeEntries,
  packIds,
  parseCursor,
  trimTimeline,
  unpackIds,
  CURSOR_IDS_MAX,
  CURSOR_OVERLAP_MS,
} from '@murmur/model';

const id = fc.bigInt({ min: 1n << 56n, max: (1n << 62n) - 1n });
const entry = fc.record({ id, authorId: id });
const newestFirst = fc.array(entry, { maxLength: 40 }).map((list) => mergeEntries(list));
const header = fc.record({
  settleAtMs: fc.integer({ min: 0, max: 2 ** 47 }),
  floor: fc.oneof(fc.constant(0n), id),
});

describe('a timeline vector', () => {
  it('comes back as it was written, with and without a header', () => {
    fc.assert(
      fc.property(fc.option(header), newestFirst, (h, entries) => {
        const read = decodeTimelineVector(encodeTimelineVector(h, entries));
        expect(read).toEqual({ header: h, entries, storedEntries: entries.length });
      }),
    );
  });

  it('takes appends after it, in any order and more than once, and shows each status once, newest first', () => {
    fc.assert(
      fc.property(header, newestFirst, fc.array(entry, { maxLength: 20 }), (h, entries, appended) => {
        const bytes = Buffer.concat([
          encodeTimelineVector(h, entries),
          ...appended.map((e) => encodeEntry(e.id, e.authorId)),
        ]);
        const read = decodeTimelineVector(bytes);
        expect(read.header).toEqual(h);
        expect(read.storedEntries).toBe(entries.length + appended.length);
        expect(read.entries.map((e) => e.id)).toEqual(mergeEntries(entries, appended).map((e) => e.id));
      }),
    );
  });

  it('without a header is partial, even when empty', () => {
    expect(decodeTimelineVector(Buffer.alloc(0))).toEqual({ header: null, entries: [], storedEntries: 0 });
  });

  it('ignores a torn last entry', () => {
    const bytes = encodeTimelineVector(null, [{ id: 1n << 57n, authorId: 1n << 57n }]);
    expect(decodeTimelineVector(Buffer.concat([bytes, Buffer.alloc(9)])).entries).toHaveLength(1);
  });

  it('trimmed keeps the newest and says from where down MySQL has to be asked', () => {
    fc.assert(
      fc.property(newestFirst, fc.integer({ min: 1, max: 30 }), (entries, max) => {
        const cut = trimTimeline({ settleAtMs: 0, floor: 0n }, entries, max);
        expect(cut.entries).toEqual(entries.slice(0, max));
        expect(cut.header.floor).toBe(entries.length > max ? entries[max - 1]?.id : 0n);
      }),
    );
  });
});

describe('an id vector', () => {
  it('comes back complete, with later appends, each id once', () => {
    fc.assert(
      fc.property(fc.uniqueArray(id), fc.array(id), (ids, appended) => {
        const bytes = Buffer.concat([encodeIdVector(ids), packIds(appended)]);
        expect(decodeIdVector(bytes)).toEqual({ complete: true, ids: [...new Set([...ids, ...appended])] });
        expect(decodeIdVector(packIds(appended)).complete).toBe(false);
      }),
    );
  });

  it('packs and unpacks', () => {
    fc.assert(fc.property(fc.array(id), (ids) => expect(unpackIds(packIds(ids))).toEqual(ids)));
  });
});

describe('a cursor', () => {
  const ids = fc.array(fc.bigInt({ min: firstIdOf(1_000_000), max: firstIdOf(1_020_000) }), {
    maxLength: 200,
  });

  it('is read back as it was written', () => {
    fc.assert(
      fc.property(ids, (recent) => {
        const cursor = cursorOf(recent);
        expect(parseCursor(formatCursor(cursor))).toEqual(cursor);
      }),
    );
  });

  it('names every recent id either as seen or as below its floor, and none that was not delivered', () => {
    fc.assert(
      fc.property(ids, ids, (recent, others) => {
        const { floor, seen } = cursorOf(recent);
        expect(seen.length).toBeLessThanOrEqual(CURSOR_IDS_MAX);
        for (const one of recent) expect(one <= floor || seen.includes(one)).toBe(true);
        for (const other of others) if (!recent.includes(other)) expect(seen).not.toContain(other);
      }),
    );
  });

  it('leaves room for stragglers below the newest id', () => {
    const newest = firstIdOf(2_000_000);
    expect(cursorOf([newest])).toEqual({ floor: firstIdOf(2_000_000 - CURSOR_OVERLAP_MS), seen: [newest] });
  });

  it('never goes below the floor it began with', () => {
    const begin = firstIdOf(1_999_999);
    expect(cursorOf([], begin)).toEqual({ floor: begin, seen: [] });
    expect(cursorOf([firstIdOf(2_000_000)], begin).floor).toBe(begin);
  });

  it('takes a plain status id, and refuses everything else', () => {
    expect(parseCursor('117656366284800000')).toEqual({ floor: 117656366284800000n, seen: [] });
    for (const bad of ['', 'abc', '1,', ',1', '1,,2', '1;2', '-1', `1${',1'.repeat(65)}`])
      expect(parseCursor(bad)).toBeNull();
  });
});
