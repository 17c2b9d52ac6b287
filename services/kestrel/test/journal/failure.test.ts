/** The disk fails at any moment: what was answered is kept, what cannot be kept is refused, and it goes on when there is room. */
import { jest } from '@jest/globals';
import fc from 'fast-check';
import type { Ticket } from '../../src/queue/registry-core.js';
import { MemoryDisk } from './memory-disk.js';
import { restarted, Rig, SMALL } from './rig.js';

jest.setTimeout(120_000);

/** Histories of a disk that is full again and again; more by the environment. */
const RUNS = Number(process.env['KESTREL_RUNS'] ?? 150);
const AT_ONCE = 1024 * 1024;
const IN_MEMORY = { ...SMALL, maxMemorySize: 100_000, defaultJournalSize: 100_000, maxJournalSize: 1e9 };
const rigs: Rig[] = [];

function makeRig(config = SMALL): Rig {
  const rig = new Rig(new MemoryDisk(), config, undefined, AT_ONCE);
  rigs.push(rig);
  return rig;
}

afterEach(() => {
  for (const { journal } of rigs.splice(0)) journal.erase();
});

const used = (disk: MemoryDisk): number =>
  [...disk.files.values()].reduce((sum, { data }) => sum + data.length, 0);
/** Room for so many bytes more. */
function leave(disk: MemoryDisk, bytes: number): void {
  disk.capacity = used(disk) + bytes;
}
const numbers = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `item ${from + i}`);

describe('a write that fails', () => {
  it('refuses the items of that write, and keeps the ones before it', () => {
    const rig = makeRig(IN_MEMORY);
    const first = rig.set('a');
    rig.endTurn();
    leave(rig.disk, 30);
    const [second, third] = [rig.set('b'), rig.set('c')];
    rig.endTurn();
    expect([first, second, third].map(({ failed, pending }) => [failed, pending])).toEqual([
      [false, 0],
      [true, 0],
      [true, 0],
    ]);
    expect(rig.set('d').failed).toBe(true);
    // The half of a record that did fit is gone.
    expect(restarted(rig.disk)).toEqual(['a']);
    expect(rig.drain()).toEqual(['a']);
  });

  it('does not refuse what an earlier write of the same turn has stored', () => {
    const rig = makeRig(IN_MEMORY);
    const large = 'x'.repeat(4 * 1024 * 1024);
    leave(rig.disk, large.length + 100);
    const stored = rig.set(large);
    const refused = rig.set('y');
    // The first was written when the second came.
    rig.disk.capacity = used(rig.disk);
    rig.endTurn();
    expect([stored.failed, refused.failed]).toEqual([false, true]);
    expect(restarted(rig.disk)).toEqual([large]);
  });

  it('is made up for by the records that are missing, when there is room', () => {
    const rig = makeRig(IN_MEMORY);
    for (const item of numbers(0, 10)) rig.set(item);
    rig.endTurn();
    leave(rig.disk, 0);
    const xids = [rig.open(), rig.open(), rig.open()];
    rig.take();
    rig.endTurn();
    expect(rig.journal.writable).toBe(false);
    rig.queue.abort(xids[1] ?? 0, rig.now);
    rig.queue.confirm(xids[0] ?? 0);
    rig.endTurn();
    leave(rig.disk, 100);
    rig.journal.tryAgain(rig.now);
    expect(rig.journal.writable).toBe(true);
    expect(rig.journal.rewrites).toBe(0);
    expect(restarted(rig.disk)).toEqual(['item 2', 'item 1', ...numbers(4, 10)]);
  });

  it('is made up for by a rewrite where an item came and went in the turn that failed', () => {
    const rig = makeRig(IN_MEMORY);
    leave(rig.disk, 0);
    rig.set('a');
    const xid = rig.open();
    rig.endTurn();
    rig.queue.abort(xid ?? 0, rig.now);
    rig.disk.capacity = 1000;
    rig.journal.tryAgain(rig.now);
    expect(restarted(rig.disk)).toEqual(['a']);
    expect(rig.journal.rewrites).toBe(1);
  });

  it('lets items behind memory be read all the same', () => {
    const rig = makeRig();
    for (const item of numbers(0, 40)) {
      rig.set(item);
      rig.endTurn();
    }
    expect(rig.queue.backlog.behindItems).toBeGreaterThan(20);
    leave(rig.disk, 0);
    rig.set('lost');
    rig.endTurn();
    expect(rig.journal.writable).toBe(false);
    for (const item of numbers(0, 30)) expect(rig.take()).toBe(item);
    rig.endTurn();
    expect(restarted(rig.disk)).toEqual(numbers(0, 40));
    leave(rig.disk, 100);
    rig.journal.tryAgain(rig.now);
    expect(restarted(rig.disk)).toEqual(numbers(30, 40));
    rig.disk.capacity = Number.POSITIVE_INFINITY;
    expect(rig.set('last').failed).toBe(false);
    rig.endTurn();
    expect(rig.drain()).toEqual([...numbers(30, 40), 'last']);
  });
});

describe('a read that fails', () => {
  it('finds nothing, and everything once it works again', () => {
    const rig = makeRig();
    for (const item of numbers(0, 20)) rig.set(item);
    rig.endTurn();
    rig.disk.readFails = true;
    const got = rig.drain();
    expect(got.length).toBeLessThan(20);
    expect(rig.queue.length).toBe(20 - got.length);
    rig.disk.readFails = false;
    expect([...got, ...rig.drain()]).toEqual(numbers(0, 20));
  });
});

describe('a rotation or a rewrite that fails', () => {
  it('changes nothing, and is tried again later', () => {
    const rig = makeRig();
    rig.disk.renameFails = true;
    for (const item of numbers(0, 100)) {
      expect(rig.set(item).failed).toBe(false);
      rig.endTurn();
    }
    expect(rig.journal.rotations).toBe(0);
    expect(restarted(rig.disk)).toEqual(numbers(0, 100));
    rig.disk.renameFails = false;
    rig.now += 10_000;
    rig.set('last');
    rig.endTurn();
    expect(rig.journal.rotations).toBe(1);
    expect(restarted(rig.disk)).toEqual([...numbers(0, 100), 'last']);
  });
});

describe('a journal that is synced before each reply', () => {
  const synced = { ...IN_MEMORY, syncJournal: 0 };

  it('answers after the fsync; sets that come meanwhile share the next one', async () => {
    const rig = makeRig(synced);
    const before = rig.disk.syncs;
    const first = rig.set('a');
    rig.endTurn();
    const later: Ticket[] = [];
    for (const item of numbers(0, 10)) {
      later.push(rig.set(item));
      rig.endTurn();
    }
    expect([first, ...later].every(({ pending }) => pending === 1)).toBe(true);
    expect(rig.disk.waiting).toBe(1);
    await rig.disk.step();
    expect(first.pending).toBe(0);
    expect(later.every(({ pending }) => pending === 1)).toBe(true);
    await rig.disk.step();
    expect(later.every(({ pending, failed }) => pending === 0 && !failed)).toBe(true);
    expect(rig.disk.syncs - before).toBe(2);
  });

  it('refuses what an fsync did not make safe, and writes all anew', async () => {
    const rig = makeRig(synced);
    rig.disk.syncFails = true;
    const ticket = rig.set('a');
    rig.endTurn();
    await rig.disk.step();
    expect(ticket).toMatchObject({ pending: 0, failed: true });
    expect(rig.journal.writable).toBe(false);
    rig.disk.syncFails = false;
    rig.journal.tryAgain(rig.now);
    expect(rig.journal.rewrites).toBe(1);
    expect(rig.set('b').failed).toBe(false);
  });

  it('is synced before it is rotated, and those who wait are answered', async () => {
    const rig = makeRig({ ...SMALL, defaultJournalSize: 1e9, syncJournal: 0 });
    const tickets = numbers(0, 60).map((item) => {
      const ticket = rig.set(item);
      rig.endTurn();
      return ticket;
    });
    expect(rig.journal.rotations).toBeGreaterThan(0);
    await rig.disk.settle();
    expect(tickets.every(({ pending, failed }) => pending === 0 && !failed)).toBe(true);
    expect(rig.pool.size).toBe(1);
    expect(rig.disk.openFiles).toBe(1);
  });
});

type Op = 'set' | 'take' | 'open' | 'confirm' | 'abort' | 'turn' | 'full' | 'room' | 'step';
const op = fc.constantFrom<Op>(
  ...Array<Op>(8).fill('set'),
  ...Array<Op>(4).fill('turn'),
  ...Array<Op>(3).fill('take'),
  ...Array<Op>(3).fill('open'),
  ...(['confirm', 'confirm', 'abort', 'abort', 'full', 'room', 'room', 'step', 'step'] as const),
);

/** What clients know. */
interface Known {
  /** In order; items of this turn too. */
  queue: string[];
  readonly open: Map<number, string>;
  /** Sets of this turn. */
  turn: { readonly item: string; readonly ticket: Ticket }[];
  /** Sets that were refused; such an item may have been read before that. */
  readonly refused: Set<string>;
}

function endTurn(rig: Rig, known: Known): void {
  rig.endTurn();
  settleTurn(known);
  expect(known.turn.every(({ ticket }) => ticket.pending === 0)).toBe(true);
  known.turn = [];
}

function checkNow(rig: Rig, known: Known, config: typeof SMALL): void {
  const expected = [...known.open.values(), ...known.queue];
  const found = restarted(rig.disk, config);
  if (!rig.journal.writable) {
    // What was read since may come again, but nothing is lost.
    const lost = expected.filter((item) => !found.includes(item) && !known.refused.has(item));
    expect(lost).toEqual([]);
    return;
  }
  const open = known.open.size;
  expect([...found.slice(0, open).sort(), ...found.slice(open)]).toEqual([
    ...expected.slice(0, open).sort(),
    ...expected.slice(open),
  ]);
}

async function run(ops: readonly (readonly [Op, number])[], config: typeof SMALL): Promise<number> {
  const rig = new Rig(new MemoryDisk(), config, undefined, ops.length % 2 === 0 ? 0 : AT_ONCE);
  rigs.push(rig);
  const known: Known = { queue: [], open: new Map(), turn: [], refused: new Set() };
  let [next, failures] = [0, 0];
  for (const [each, n] of ops) {
    const xid = [...known.open.keys()][n % Math.max(1, known.open.size)] ?? 0;
    settleTurn(known);
    if (each === 'set') {
      const item = `${next}`.padEnd(5 + (n % 60), '.');
      next += 1;
      const ticket = rig.set(item);
      if (ticket.pending > 0) {
        known.queue.push(item);
        known.turn.push({ item, ticket });
      }
    } else if (each === 'take') {
      const item = rig.take();
      if (item === null) continue;
      expect(item).toBe(known.queue.shift());
      // A write that has just failed has taken items out of the turn.
      settleTurn(known);
    } else if (each === 'open') {
      const item = rig.queue.open(rig.now);
      if (item === null) continue;
      known.open.set(item.xid, known.queue.shift() ?? '');
      expect(known.open.get(item.xid)).toBe(item.data.toString());
      settleTurn(known);
    } else if (each === 'confirm') {
      if (rig.queue.confirm(xid)) known.open.delete(xid);
    } else if (each === 'abort') {
      if (!rig.queue.abort(xid, rig.now)) continue;
      known.queue.unshift(known.open.get(xid) ?? '');
      known.open.delete(xid);
    } else if (each === 'full') leave(rig.disk, n % 50);
    else if (each === 'room') {
      rig.disk.capacity = Number.POSITIVE_INFINITY;
      rig.journal.tryAgain(rig.now);
    } else if (each === 'step') await rig.disk.step();
    else {
      endTurn(rig, known);
      if (!rig.journal.writable) failures += 1;
      checkNow(rig, known, config);
    }
  }
  rig.disk.capacity = Number.POSITIVE_INFINITY;
  endTurn(rig, known);
  rig.journal.tryAgain(rig.now);
  await rig.disk.settle();
  checkNow(rig, known, config);
  return failures;
}

/** Items whose write has failed already are not in the queue any more. */
function settleTurn(known: Known): void {
  const failed = known.turn.filter(({ ticket }) => ticket.failed).map(({ item }) => item);
  if (failed.length === 0) return;
  known.turn = known.turn.filter(({ ticket }) => !ticket.failed);
  known.queue = known.queue.filter((item) => !failed.includes(item));
  for (const item of failed) known.refused.add(item);
}

describe('a disk that is full again and again', () => {
  it.each([
    ['items behind memory', SMALL],
    ['all items in memory', { ...SMALL, maxMemorySize: 100_000 }],
  ])('loses nothing that was stored, and keeps nothing that was refused: %s', async (_name, config) => {
    let failures = 0;
    const history = fc.array(fc.tuple(op, fc.nat(1000)), { minLength: 50, maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(history, async (ops) => {
        failures += await run(ops, config);
      }),
      { numRuns: RUNS, interruptAfterTimeLimit: 60_000 },
    );
    expect(failures).toBeGreaterThan(50);
  });
});
