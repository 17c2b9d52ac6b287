/** Large items are written from where they are, between the records around them: in one write, all or nothing. */
import { LARGE_RECORD_BYTES } from '../../src/journal/record-buffer.js';
import type { MemoryDisk } from './memory-disk.js';
import { restarted, SMALL } from './rig.js';
import { eraseRigs, makeRig } from './rigs.js';

const ROOMY = { ...SMALL, maxMemorySize: 1e8, defaultJournalSize: 1e8, maxJournalSize: 1e9 };
const large = (name: string): string => name.repeat(LARGE_RECORD_BYTES);
const ITEMS = [large('a'), 'one', 'two', large('b'), large('c'), 'three'];

afterEach(eraseRigs);

const bytesOf = (items: readonly string[]): number => items.reduce((sum, item) => sum + 21 + item.length, 0);

describe('large items and small ones of one turn', () => {
  it.each([1, 20, 21, 22, 1000, LARGE_RECORD_BYTES, LARGE_RECORD_BYTES + 21, 1e9])(
    'are in the journal in their order, when a write takes %d bytes',
    (writeMax) => {
      const rig = makeRig(ROOMY);
      // So many writes of a byte would take their time.
      const items = writeMax < 1000 ? ITEMS.slice(2, 4) : ITEMS;
      rig.disk.writeMax = writeMax < 1000 ? Number.POSITIVE_INFINITY : writeMax;
      const tickets = items.map((item) => rig.set(item));
      if (writeMax < 1000) firstWriteTakes(rig.disk, writeMax);
      rig.endTurn();
      expect(tickets.map(({ pending, failed }) => pending > 0 || failed)).toEqual(items.map(() => false));
      expect(rig.journal.size).toBe(bytesOf(items));
      expect(restarted(rig.disk, ROOMY)).toEqual(items);
    },
  );

  it('are written with one write', () => {
    const rig = makeRig(ROOMY);
    for (const item of ITEMS) rig.set(item);
    const before = rig.disk.changes;
    rig.endTurn();
    expect(rig.disk.changes).toBe(before + 1);
  });

  it('are all refused where the disk is full at any place, and all else is made up for', () => {
    const ends = ITEMS.map((_, index) => bytesOf(ITEMS.slice(0, index)));
    const places = ends.flatMap((end) => [end, end + 1, end + 20, end + 21, end + 22]);
    for (const room of places) {
      const rig = makeRig(ROOMY);
      for (const item of ['old', 'open', 'older']) rig.set(item);
      rig.endTurn();
      rig.disk.capacity = rig.journal.size + room;
      const tickets = [...ITEMS.slice(0, 1).map((item) => rig.set(item))];
      expect(rig.take()).toBe('old');
      tickets.push(...ITEMS.slice(1, 4).map((item) => rig.set(item)));
      const xid = rig.open() ?? 0;
      tickets.push(...ITEMS.slice(4).map((item) => rig.set(item)));
      rig.queue.abort(xid, rig.now);
      rig.endTurn();
      expect([room, ...tickets.map(({ failed }) => failed)]).toEqual([room, ...ITEMS.map(() => true)]);
      // What is in the file is whole, up to the write that failed.
      expect(restarted(rig.disk, ROOMY)).toEqual(['old', 'open', 'older']);
      rig.disk.capacity = Number.POSITIVE_INFINITY;
      rig.journal.tryAgain(rig.now);
      expect(rig.journal.writable).toBe(true);
      rig.set(large('d'));
      rig.endTurn();
      expect(restarted(rig.disk, ROOMY)).toEqual(['open', 'older', large('d')]);
    }
  });

  it('that go behind memory are read back from their places', () => {
    const config = { ...ROOMY, maxMemorySize: 1000 };
    const rig = makeRig(config);
    for (const item of ITEMS) rig.set(item);
    rig.endTurn();
    for (const item of ITEMS) rig.set(item);
    expect(rig.drain()).toEqual([...ITEMS, ...ITEMS]);
  });
});

/** The next write takes no more than so many bytes, those after it all. */
function firstWriteTakes(disk: MemoryDisk, bytes: number): void {
  const write = disk.write.bind(disk);
  disk.write = (fd, from, at, length, position) => {
    disk.write = write;
    return write(fd, from, at, Math.min(length, bytes), position);
  };
}
