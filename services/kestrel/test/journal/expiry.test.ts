/** An expired item leaves its queue for good only when the other queue's journal has it, whichever disk fails, and when. */
import { silentLog } from '@murmur/service';
import { ConfigBook } from '../../src/config/book-core.js';
import { parseConfig, type QueueConfig } from '../../src/config/schema.js';
import { FilePool } from '../../src/journal/file-pool.js';
import { QueueFiles } from '../../src/journal/queue-files.js';
import { recover } from '../../src/journal/recovery.js';
import { Turn } from '../../src/journal/turn.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { QueueCore } from '../../src/queue/queue-core.js';
import { Registry } from '../../src/queue/registry-core.js';
import { MemoryDisk } from './memory-disk.js';
import { restarted, SMALL, spoolOf } from './rig.js';

const NOW = 1000;
const LATER = NOW + 100;
const IN_MEMORY: QueueConfig = { ...SMALL, maxMemorySize: 1e5, defaultJournalSize: 1e9, maxJournalSize: 1e9 };
const NO_FILE: QueueConfig = { ...IN_MEMORY, keepJournal: false };
const worlds: World[] = [];

/** Two queues, `from` and `to`, each on a disk of its own; what expires in the first goes to the second. */
class World {
  readonly disks = { from: new MemoryDisk(), to: new MemoryDisk() };
  readonly turn = new Turn();
  readonly registry: Registry;
  readonly from: QueueCore;
  readonly to: QueueCore;

  constructor(from: QueueConfig, to: QueueConfig) {
    const configs = { from: { ...from, expireToQueue: 'to' }, to };
    this.registry = new Registry(new ConfigBook(parseConfig({}), IN_MEMORY), {
      create: (name) => (name === 'from' || name === 'to' ? this.#make(name, configs[name]) : null),
      erase: () => undefined,
    });
    this.from = this.#obtain('from');
    this.to = this.#obtain('to');
    worlds.push(this);
  }

  /** So many items that expire, in their own turn. */
  fill(count: number): string[] {
    const items = Array.from({ length: count }, (_, i) => `item ${i}`.padEnd(20, '.'));
    for (const item of items) {
      this.from.add(Buffer.from(item), NOW + 10, NOW);
      this.turn.end();
    }
    return items;
  }

  /** The other disk has room for so many bytes more. */
  leave(bytes: number): void {
    const used = [...this.disks.to.files.values()].reduce((sum, { data }) => sum + data.length, 0);
    this.disks.to.capacity = used + bytes;
  }

  /** There is room again, and all that comes with time has come. */
  async recover(): Promise<void> {
    this.disks.to.capacity = Number.POSITIVE_INFINITY;
    this.disks.to.syncFails = false;
    for (const { journal } of [this.from, this.to])
      if (journal instanceof JournalWriter) journal.tryAgain(LATER);
    this.turn.end();
    this.registry.expire(LATER + 1000);
    this.turn.end();
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 3; i += 1) {
      await this.disks.to.settle();
      await this.disks.from.settle();
      this.turn.end();
    }
  }

  /** What a server finds that is started now, on both sides. */
  restarted(): string[] {
    return [...restarted(this.disks.from), ...restarted(this.disks.to)];
  }

  #obtain(name: string): QueueCore {
    const family = this.registry.obtain(name, NOW);
    if (family === null) throw new Error(`${name} could not be made`);
    return family.queue;
  }

  #make(name: 'from' | 'to', config: QueueConfig): QueueCore {
    if (!config.keepJournal) return new QueueCore(name, config, NOW);
    const disk = this.disks[name];
    const recovered = recover(disk, 'q', spoolOf(disk), config.maxMemorySize, NOW, silentLog());
    const files = new QueueFiles(recovered.segments, disk, new FilePool(disk), silentLog());
    files.open();
    const queue = new QueueCore(name, config, NOW, recovered.restored);
    const journal = new JournalWriter(queue, files, recovered.reader, this.turn, silentLog());
    recovered.attach(journal);
    queue.journal = journal;
    return queue;
  }
}

function drain(queue: QueueCore): string[] {
  const items: string[] = [];
  for (let item = queue.take(LATER); item !== null; item = queue.take(LATER))
    items.push(item.data.toString());
  return items;
}

afterEach(() => {
  for (const { from, to } of worlds.splice(0))
    for (const { journal } of [from, to]) if (journal instanceof JournalWriter) journal.erase();
});

const sides: readonly (readonly [string, QueueConfig, QueueConfig])[] = [
  ['both in memory', IN_MEMORY, IN_MEMORY],
  ['the source behind memory', SMALL, IN_MEMORY],
  ['the destination behind memory', IN_MEMORY, SMALL],
  ['both behind memory', SMALL, SMALL],
  ['a source without a journal', NO_FILE, IN_MEMORY],
  ['fsyncs', { ...IN_MEMORY, syncJournal: 0 }, { ...IN_MEMORY, syncJournal: 0 }],
];

describe('an item that expires into another queue', () => {
  it.each([...sides, ['a destination without a journal', IN_MEMORY, NO_FILE] as const])(
    'arrives once: %s',
    async (_name, from, to) => {
      const world = new World(from, to);
      const items = world.fill(40);
      world.registry.sweep(LATER);
      world.turn.end();
      await world.settle();
      expect([world.from.length, world.from.openReads]).toEqual([0, 0]);
      if (from.keepJournal) expect(restarted(world.disks.from)).toEqual([]);
      if (to.keepJournal) expect(restarted(world.disks.to)).toEqual(items);
      expect(drain(world.to)).toEqual(items);
    },
  );

  it.each(
    sides.flatMap(([name, from, to]) =>
      (['source', 'destination'] as const).map((first) => [name, first, from, to] as const),
    ),
  )(
    'is kept while the disk of its destination is full: %s, the %s has records first',
    async (_name, first, from, to) => {
      const world = new World(from, to);
      const items = world.fill(40);
      world.leave(0);
      if (first === 'destination') world.to.add(Buffer.from('refused'), 0, LATER);
      world.registry.sweep(LATER);
      world.turn.end();
      await world.settle();
      expect([world.to.length, world.to.journal.writable]).toEqual([0, false]);
      expect(world.from.openReads).toBe(40);
      if (from.keepJournal) expect(world.restarted()).toEqual(items);
      await world.recover();
      expect(world.from.openReads).toBe(0);
      expect(restarted(world.disks.to)).toEqual(items);
      expect(drain(world.to)).toEqual(items);
    },
  );

  it.each(sides.filter(([, { keepJournal }]) => keepJournal))(
    'is in one of the two journals wherever the disk of its destination is full: %s',
    async (_name, from, to) => {
      for (let room = 0; room < 300; room += 7) {
        const world = new World(from, to);
        const items = world.fill(6);
        world.leave(room);
        for (let i = 0; i < items.length; i += 1) {
          world.from.sweep(LATER);
          world.turn.end();
          await world.settle();
          expect([...new Set(world.restarted())].sort()).toEqual(items);
        }
        await world.recover();
        expect(drain(world.to)).toEqual(items);
      }
    },
  );

  it('stays in its queue until the fsync of the other', async () => {
    const synced = { ...IN_MEMORY, syncJournal: 0 };
    const world = new World(IN_MEMORY, synced);
    const items = world.fill(3);
    world.registry.sweep(LATER);
    world.turn.end();
    expect(restarted(world.disks.from)).toEqual(items);
    world.disks.to.syncFails = true;
    await world.settle();
    expect(restarted(world.disks.from)).toEqual(items);
    await world.recover();
    expect([restarted(world.disks.from), world.from.openReads]).toEqual([[], 0]);
    expect(new Set(drain(world.to))).toEqual(new Set(items));
  });

  it('does not keep others from being read, while it waits', () => {
    const world = new World(IN_MEMORY, IN_MEMORY);
    world.fill(3);
    world.from.add(Buffer.from('alive'), 0, NOW);
    world.leave(0);
    world.to.add(Buffer.from('refused'), 0, NOW);
    world.turn.end();
    expect(drain(world.from)).toEqual(['alive']);
    expect(world.from.openReads).toBe(3);
  });

  it('stays at the head of its queue where too many wait already', async () => {
    const world = new World({ ...IN_MEMORY, maxMemorySize: 1e9 }, { ...IN_MEMORY, maxMemorySize: 1e9 });
    const large = Buffer.alloc(6 * 1024 * 1024);
    for (let i = 0; i < 5; i += 1) world.from.add(large, NOW + 10, NOW);
    world.turn.end();
    world.leave(0);
    world.to.add(Buffer.from('refused'), 0, NOW);
    world.turn.end();
    world.registry.sweep(LATER);
    expect([world.from.openReads, world.from.length]).toEqual([3, 2]);
    expect(world.from.take(LATER)).toBeNull();
    await world.recover();
    world.registry.expire(LATER + 2000);
    world.turn.end();
    await world.settle();
    expect([world.from.openReads, world.from.length, world.to.length]).toEqual([0, 0, 5]);
  });

  it('goes with its queue when that is deleted', () => {
    const world = new World(NO_FILE, IN_MEMORY);
    world.fill(3);
    world.leave(0);
    world.registry.sweep(LATER);
    world.turn.end();
    world.registry.delete('from', LATER);
    world.registry.expire(LATER + 1000);
    expect(world.to.length).toBe(0);
  });
});
