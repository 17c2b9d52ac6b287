/** Journals of Kestrel as they may lie in a folder, whole and cut at every byte. */
import type { Log } from '@murmur/service';
import * as by from './bytes.js';
import { MemoryDisk } from './memory-disk.js';
import { Rig, SMALL } from './rig.js';

/** Every opcode, and what the queue holds after each record: open items first, then queued ones. */
const STEPS: readonly (readonly [record: Buffer, holds: readonly string[]])[] = [
  [by.oldAdd('a'), ['a']],
  [by.addx('b'), ['a', 'b']],
  [by.saveXid(40), ['a', 'b']],
  [by.oldOpen, ['a', 'b']],
  [by.addXid(70, 'c'), ['a', 'b', 'c']],
  [by.oldOpen, ['a', 'b', 'c']],
  [by.oldOpen, ['a', 'b', 'c']],
  [by.confirm(42), ['a', 'c']],
  [by.unremove(41), ['c', 'a']],
  [by.continueWith(70, 'd'), ['a', 'd']],
  [by.open(9), ['a', 'd']],
  [by.addx('e'), ['a', 'd', 'e']],
  [by.confirm(9), ['d', 'e']],
  [by.remove, ['e']],
  [by.addx('f'.repeat(300)), ['e', 'f'.repeat(300)]],
  [by.open(10), ['e', 'f'.repeat(300)]],
  [by.open(11), ['e', 'f'.repeat(300)]],
];

function diskWith(files: Readonly<Record<string, Buffer>>): MemoryDisk {
  return new MemoryDisk(new Map(Object.entries(files).map(([path, data]) => [path, { data }])));
}

interface Loss {
  readonly path: string;
  readonly at: number;
  readonly lost: number;
}

function recovered(disk: MemoryDisk, memory = 100_000): { items: string[]; losses: Loss[]; rig: Rig } {
  const losses: Loss[] = [];
  const nothing = (): void => undefined;
  const warn = (fields: object): void => void losses.push(fields as Loss);
  const log: Log = { debug: nothing, info: nothing, error: nothing, warn, child: () => log };
  const rig = new Rig(disk, { ...SMALL, maxMemorySize: memory }, log);
  return { items: rig.drain(), losses, rig };
}

const names = (disk: MemoryDisk): string[] => [...disk.files.keys()].sort();

describe('a journal with every record there is', () => {
  const whole = Buffer.concat(STEPS.map(([record]) => record));

  it('brings back the queue after each of them', () => {
    for (const [i, [, holds]] of STEPS.entries()) {
      const journal = Buffer.concat(STEPS.slice(0, i + 1).map(([record]) => record));
      expect(recovered(diskWith({ q: journal })).items).toEqual(holds);
    }
  });

  it.each([
    ['all in memory', 100_000],
    ['most of it behind memory', 1],
  ])(
    'cut at any byte brings back what its whole records say, and goes on from there: %s',
    (_name, memory) => {
      for (const file of ['q', 'q.100']) {
        for (let cut = 0, step = 0, good = 0; cut <= whole.length; cut += 1) {
          for (; good + (STEPS[step]?.[0].length ?? Infinity) <= cut; step += 1)
            good += STEPS[step]?.[0].length ?? 0;
          const disk = diskWith({ [file]: whole.subarray(0, cut) });
          const first = new Rig(disk.copy(), { ...SMALL, maxMemorySize: memory });
          first.add('new');
          first.endTurn();
          const holds = STEPS[step - 1]?.[1] ?? [];
          const { items, losses } = recovered(disk, memory);
          expect(items).toEqual(holds);
          expect(losses).toEqual(
            cut === good ? [] : [expect.objectContaining({ path: file, at: good, lost: cut - good })],
          );
          expect(recovered(first.disk, memory)).toMatchObject({ items: [...holds, 'new'], losses: [] });
        }
      }
    },
  );
});

describe('a folder of Kestrel 2.4', () => {
  it('is opened as it is: archives by time, a pack in place of those before it', () => {
    const disk = diskWith({
      'q.1700000000100': by.addx('never'),
      'q.1700000000200': by.addx('never either'),
      'q.1700000000200.pack': Buffer.concat([
        by.addx('held'),
        by.open(7),
        by.addx('gone'),
        by.addx('a'),
        by.addx('b'),
      ]),
      'q.1700000000300': Buffer.concat([by.remove, by.open(8), by.addx('c')]),
      q: Buffer.concat([by.addx('d'), by.unremove(8), by.open(9), by.addx('e')]),
      'q~~1700000000400': by.addx('half a rewrite'),
      'q.bak': by.addx('strange'),
    });
    const { items, losses } = recovered(disk);
    expect(losses).toEqual([]);
    expect(items).toEqual(['held', 'a', 'b', 'c', 'd', 'e']);
    expect(names(disk)).toEqual(['q', 'q.1700000000200', 'q.1700000000300']);
  });

  it('with a pack alone, or two of them, or one without its archive, loses nothing', () => {
    expect(recovered(diskWith({ 'q.5.pack': by.addx('a') })).items).toEqual(['a']);
    const two = diskWith({
      'q.3.pack': by.addx('old'),
      'q.5.pack': by.addx('a'),
      'q.4': by.addx('old'),
      q: by.addx('b'),
    });
    expect(recovered(two).items).toEqual(['a', 'b']);
    expect(names(two)).toEqual(['q', 'q.5']);
  });

  it('loses the tail of a broken archive only, and that file is the one that is cut', () => {
    const disk = diskWith({
      'q.1': Buffer.concat([by.addx('a'), Buffer.of(99), by.addx('x')]),
      'q.2': Buffer.concat([by.addx('b'), Buffer.from('02ffffffff0102', 'hex')]),
      q: Buffer.concat([by.addx('c'), by.addx('d')]),
    });
    const { items, losses } = recovered(disk);
    expect(items).toEqual(['a', 'b', 'c', 'd']);
    const size = by.addx('a').length;
    expect(losses).toMatchObject([
      { path: 'q.1', at: size, lost: size + 1 },
      { path: 'q.2', at: size, lost: 7 },
    ]);
    expect(disk.files.get('q.1')?.data).toHaveLength(size);
  });

  it('keeps the order of opening for items that are open, over files', () => {
    const disk = diskWith({
      'q.1': Buffer.concat(
        ['a', 'b', 'c', 'd'].map((data) => by.addx(data)).concat([by.open(3), by.open(4)]),
      ),
      q: Buffer.concat([by.open(5), by.confirm(4)]),
    });
    const { items, rig } = recovered(disk);
    expect(items).toEqual(['a', 'c', 'd']);
    expect(rig.queue.openItems()).toBeDefined();
  });
});

describe('a start', () => {
  it('records that open items are back, so that the next start knows it too', () => {
    const disk = diskWith({ q: Buffer.concat([by.addx('a'), by.addx('b'), by.open(1), by.open(2)]) });
    const first = new Rig(disk);
    expect(first.take()).toBe('a');
    first.endTurn();
    expect(recovered(disk).items).toEqual(['b']);
  });

  it('numbers new reads on from the last one', () => {
    const rig = new Rig(diskWith({ q: Buffer.concat([by.addx('a'), by.open(41)]) }));
    expect(rig.open()).toBe(42);
  });

  it('keeps no file open that was there', () => {
    const disk = diskWith({ q: by.addx('a'), 'q.1': by.addx('b') });
    const rig = new Rig(disk);
    rig.journal.writeOut();
    expect(disk.openFiles).toBe(rig.pool.size);
  });

  it('fails where a file cannot be read, rather than going on without it', () => {
    const disk = diskWith({ q: by.addx('a') });
    disk.readFails = true;
    expect(() => new Rig(disk)).toThrow('EIO');
  });
});
