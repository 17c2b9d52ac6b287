/** A disk that fills up at any moment of a random history, and has room again. */
import { jest } from '@jest/globals';
import fc from 'fast-check';
import type { Ticket } from '../../src/queue/registry-core.js';
import { restarted, SMALL, type Rig } from './rig.js';
import { AT_ONCE, eraseRigs, leave, makeRig } from './rigs.js';

jest.setTimeout(120_000);

/** Histories of a disk that is full again and again; more by the environment. */
const RUNS = Number(process.env['KESTREL_RUNS'] ?? 150);

afterEach(eraseRigs);

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
  const rig = makeRig(config, ops.length % 2 === 0 ? 0 : AT_ONCE);
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
