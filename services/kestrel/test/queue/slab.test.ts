import fc from 'fast-check';
import { Backlog } from '../../src/queue/backlog-core.js';
import { makeHub } from '../hub.js';
import { Slab, SLAB_ITEM_BYTES_MAX, SLAB_ITEMS } from '../../src/queue/slab-core.js';

const KIB = 1024;

/** Bytes of the pieces of memory that these are in. */
function memoryOf(rooms: readonly Buffer[]): number {
  return [...new Set(rooms.map(({ buffer }) => buffer))].reduce((sum, { byteLength }) => sum + byteLength, 0);
}

const fill = (slab: Slab, items: number, bytes = KIB): Buffer[] =>
  Array.from({ length: items }, () => slab.room(bytes));

describe('a slab', () => {
  it('gives each item bytes of its own', () => {
    const slab = new Slab();
    const sizes = fc.array(fc.integer({ min: 0, max: SLAB_ITEM_BYTES_MAX + 1 }), { maxLength: 100 });
    fc.assert(
      fc.property(sizes, (given) => {
        const rooms = given.map((bytes, i) => slab.room(bytes).fill(i));
        rooms.forEach((room, i) => {
          expect(room).toHaveLength(given[i] ?? -1);
          expect(room.every((byte) => byte === i)).toBe(true);
        });
      }),
    );
  });

  it('takes no more than twice the bytes of items that are alike, and three times those of any', () => {
    for (let items = 1; items < 100; items += 1) {
      const most = Math.min(2 * items, items + SLAB_ITEMS) * KIB;
      expect(memoryOf(fill(new Slab(), items))).toBeLessThanOrEqual(most);
    }
    const sizes = fc.array(fc.integer({ min: 1, max: SLAB_ITEM_BYTES_MAX + 1 }), { maxLength: 200 });
    fc.assert(
      fc.property(sizes, (given) => {
        const slab = new Slab();
        const memory = memoryOf(given.map((bytes) => slab.room(bytes)));
        expect(memory).toBeLessThanOrEqual(3 * given.reduce((sum, bytes) => sum + bytes, 0));
      }),
    );
  });

  it('lets an item keep at most fifteen others that are like it', () => {
    const rooms = fill(new Slab(), 1000);
    expect(Math.max(...rooms.map(({ buffer }) => buffer.byteLength))).toBe(SLAB_ITEMS * KIB);
  });

  it('is for many small items: large ones have memory of their own', () => {
    const slab = new Slab();
    fill(slab, 100);
    expect(slab.room(SLAB_ITEM_BYTES_MAX + 1).buffer.byteLength).toBe(SLAB_ITEM_BYTES_MAX + 1);
    expect(slab.room(1).buffer.byteLength).toBeGreaterThan(1);
  });
});

describe('the room for an item of a queue', () => {
  const item = (data: Buffer) => ({ data, addTime: 0, expiry: 0, xid: 0 });
  const push = (backlog: Backlog, items: number): Buffer[] =>
    Array.from({ length: items }, () => {
      const data = backlog.room(KIB);
      backlog.push(item(data));
      return data;
    });

  it('is in slabs while others are there, and its own where it is alone', () => {
    const backlog = new Backlog(Infinity);
    const rooms = push(backlog, 100);
    expect(rooms[0]?.buffer.byteLength).toBe(KIB);
    expect(rooms[99]?.buffer.byteLength).toBe(SLAB_ITEMS * KIB);
    while (backlog.shift() !== undefined);
    // The queue was empty, so slabs begin small again.
    expect(push(backlog, 4).map(({ buffer }) => buffer.byteLength)).toEqual([KIB, KIB, KIB, 2 * KIB]);
    backlog.empty();
    expect(push(backlog, 2).map(({ buffer }) => buffer.byteLength)).toEqual([KIB, KIB]);
    push(backlog, 100);
    backlog.forget(new Set(backlog.memory()), 0, 0);
    expect(push(backlog, 2).map(({ buffer }) => buffer.byteLength)).toEqual([KIB, KIB]);
  });

  it('is its own where the item does not stay in memory', () => {
    const backlog = new Backlog(10 * KIB, { begin: () => undefined, read: () => [] });
    const rooms = push(backlog, 30);
    expect(backlog.behindItems).toBeGreaterThan(10);
    expect(rooms.slice(-10).map(({ buffer }) => buffer.byteLength)).toEqual(
      Array.from({ length: 10 }, () => KIB),
    );
  });
});

describe('the room for an item that is set on a name', () => {
  const roomsOf = (config: unknown, name: string, sets: number): number[] => {
    const { registry } = makeHub(config);
    return Array.from({ length: sets }, () => {
      const route = registry.route(name, 0);
      const data = registry.room(name, KIB);
      if (route !== null) registry.put(route, data, 0, 0);
      return data.buffer.byteLength;
    });
  };

  it('is in a slab of the one queue that takes it', () => {
    expect(Math.max(...roomsOf({}, 'q', 100))).toBe(SLAB_ITEMS * KIB);
  });

  it('is its own where the queue is full, so that no slab is left with one item', () => {
    const rooms = roomsOf({ default: { maxItems: 5 } }, 'q', 100);
    expect(rooms.slice(5)).toEqual(Array.from({ length: 95 }, () => KIB));
  });

  it('is its own where several queues have it, or none', () => {
    const config = { queues: [{ name: 'q', children: ['a'] }] };
    expect(Math.max(...roomsOf(config, 'q', 100))).toBe(KIB);
    expect(makeHub({}).registry.room('nobody', KIB).buffer.byteLength).toBe(KIB);
  });
});
