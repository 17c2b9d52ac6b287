/** The process dies after each single change of the file system: at rotations, rewrites, packs, deletes and recoveries. */
import { jest } from '@jest/globals';
import { MemoryDisk } from './memory-disk.js';
import { restarted, Rig, SMALL } from './rig.js';

jest.setTimeout(120_000);

const AT_ONCE = 1024 * 1024;

/** The queue as clients know it: open items, then queued ones. */
type State = readonly string[];

interface Life {
  readonly disk: MemoryDisk;
  /** After the last turn that was written, and after the one that was not. */
  before: State;
  after: State;
}

/** Everything a journal does: it grows behind memory, is drained with reads left open, packed, emptied, flushed. */
async function live(life: Life, atOnceBytes: number): Promise<void> {
  const { disk } = life;
  const rig = new Rig(disk, SMALL, undefined, atOnceBytes);
  const open: { readonly xid: number; readonly item: string }[] = [];
  let queue: string[] = [];
  let next = 0;
  const turn = async (change: () => void): Promise<void> => {
    change();
    life.after = [...open.map(({ item }) => item), ...queue];
    rig.endTurn();
    if (!rig.journal.writable) throw new Error('dead');
    life.before = life.after;
    await disk.step();
    if (disk.changes >= disk.stopAfter) throw new Error('dead');
  };
  const add = (count: number): Promise<void> =>
    repeat(count, () =>
      turn(() => {
        const item = `item ${next}`.padEnd(30, '.');
        next += 1;
        rig.add(item);
        queue.push(item);
      }),
    );
  const take = (count: number): Promise<void> =>
    repeat(count, () =>
      turn(() => {
        rig.take();
        queue.shift();
      }),
    );
  const read = (): Promise<void> =>
    turn(() => {
      open.push({ xid: rig.open() ?? 0, item: queue.shift() ?? '' });
    });
  try {
    await add(40);
    await read();
    await take(5);
    await read();
    await add(30);
    await take(20);
    await turn(() => {
      const [first] = open.splice(0, 1);
      if (first !== undefined && rig.queue.abort(first.xid, rig.now)) queue.unshift(first.item);
    });
    await take(30);
    await add(20);
    await take(queue.length);
    await add(30);
    await turn(() => {
      rig.queue.flush();
      queue = [];
    });
    await add(20);
    await take(17);
    await disk.settle();
    await turn(() => undefined);
    await rig.journal.close();
  } finally {
    disk.stopAfter = 0;
    rig.journal.erase();
    await disk.settle();
  }
}

async function repeat(count: number, action: () => Promise<void>): Promise<void> {
  for (let i = 0; i < count; i += 1) await action();
}

async function lifeUntil(stopAfter: number, atOnceBytes: number): Promise<Life> {
  const disk = new MemoryDisk();
  disk.stopAfter = stopAfter;
  const life: Life = { disk, before: [], after: [] };
  await live(life, atOnceBytes).catch((error: unknown) => {
    if (!(error instanceof Error) || !['dead', 'EIO'].includes(error.message)) throw error;
  });
  return life;
}

describe('a process that dies at any change of the file system', () => {
  it.each([
    ['in the background', 0],
    ['at once', AT_ONCE],
  ])('is followed by one that finds the queue as it was, with rewrites %s', async (_name, atOnceBytes) => {
    const { disk: whole } = await lifeUntil(Number.POSITIVE_INFINITY, atOnceBytes);
    expect(whole.changes).toBeGreaterThan(200);
    for (let stopAfter = 1; stopAfter <= whole.changes; stopAfter += 1) {
      const { disk, before, after } = await lifeUntil(stopAfter, atOnceBytes);
      const found = restarted(disk);
      expect([before, after]).toContainEqual(found);
    }
  });

  it('and again at any change of the recovery finds the same', async () => {
    const { disk: whole } = await lifeUntil(Number.POSITIVE_INFINITY, 0);
    for (let stopAfter = 1; stopAfter <= whole.changes; stopAfter += 3) {
      const { disk, before, after } = await lifeUntil(stopAfter, 0);
      for (let second = 0; ; second += 1) {
        const again = disk.copy();
        again.stopAfter = second;
        let isDead = false;
        try {
          isDead = !new Rig(again).journal.writable;
        } catch {
          isDead = true;
        }
        again.stopAfter = Number.POSITIVE_INFINITY;
        expect([before, after]).toContainEqual(restarted(again));
        if (!isDead) break;
      }
    }
  });
});
