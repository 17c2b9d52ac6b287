/** Random histories of a queue, with files that rotate and are packed at any moment; a server started on them finds the same. */
import { jest } from '@jest/globals';
import fc from 'fast-check';
import { MemoryDisk } from './memory-disk.js';
import { restarted, Rig, SMALL } from './rig.js';

jest.setTimeout(120_000);

type Op = 'add' | 'large' | 'take' | 'open' | 'confirm' | 'abort' | 'turn' | 'step' | 'flush';

const op = fc.oneof(
  { arbitrary: fc.constant<Op>('add'), weight: 60 },
  { arbitrary: fc.constant<Op>('large'), weight: 8 },
  { arbitrary: fc.constant<Op>('take'), weight: 25 },
  { arbitrary: fc.constant<Op>('open'), weight: 25 },
  { arbitrary: fc.constant<Op>('confirm'), weight: 15 },
  { arbitrary: fc.constant<Op>('abort'), weight: 15 },
  { arbitrary: fc.constant<Op>('turn'), weight: 30 },
  { arbitrary: fc.constant<Op>('step'), weight: 50 },
  { arbitrary: fc.constant<Op>('flush'), weight: 1 },
);
const history = fc.array(fc.tuple(op, fc.nat(1000)), { minLength: 20, maxLength: 400 });

/** The queue as a list, and what is open in the order in which it was opened. */
class Model {
  queue: string[] = [];
  readonly open = new Map<number, string>();

  get all(): string[] {
    return [...this.open.values(), ...this.queue];
  }
}

class Run {
  readonly model = new Model();
  readonly rig: Rig;
  #next = 0;

  constructor(config = SMALL) {
    this.rig = new Rig(new MemoryDisk(), config);
  }

  async do(op: Op, n: number): Promise<void> {
    const { rig, model } = this;
    const { queue } = rig;
    const xid = [...model.open.keys()][n % Math.max(1, model.open.size)];
    switch (op) {
      case 'add':
      case 'large': {
        const data = `${this.#next}`.padEnd(op === 'large' ? 500 : n % 40, '.');
        this.#next += 1;
        expect(rig.add(data)).toBe(true);
        model.queue.push(data);
        return;
      }
      case 'take':
        expect(rig.take()).toBe(model.queue.shift() ?? null);
        return;
      case 'open': {
        const item = queue.open(rig.now);
        expect(item?.data.toString()).toBe(model.queue[0]);
        if (item !== null) model.open.set(item.xid, model.queue.shift() ?? '');
        return;
      }
      case 'confirm':
        if (xid === undefined) return;
        queue.confirm(xid);
        model.open.delete(xid);
        return;
      case 'abort':
        if (xid === undefined) return;
        queue.abort(xid, rig.now);
        model.queue.unshift(model.open.get(xid) ?? '');
        model.open.delete(xid);
        return;
      case 'flush':
        queue.flush();
        model.queue = [];
        return;
      case 'turn':
        rig.endTurn();
        return;
      case 'step':
        await rig.disk.step();
    }
  }
}

async function check(ops: readonly (readonly [Op, number])[], config = SMALL): Promise<Run> {
  const run = new Run(config);
  for (const [index, [each, n]] of ops.entries()) {
    await run.do(each, n);
    if (each !== 'turn' && each !== 'step' && index % 7 !== 0) continue;
    // The turn ends before anybody is answered.
    run.rig.endTurn();
    expect(restarted(run.rig.disk, config)).toEqual(run.model.all);
  }
  run.rig.endTurn();
  await run.rig.disk.settle();
  expect(restarted(run.rig.disk, config)).toEqual(run.model.all);
  return run;
}

describe('a journal that rotates and is packed at any moment', () => {
  it('brings back the queue, with items behind memory and packs that end late', async () => {
    let rewrites = 0;
    let rotations = 0;
    await fc.assert(
      fc.asyncProperty(history, async (ops) => {
        const { rig } = await check(ops);
        rewrites += rig.journal.rewrites;
        rotations += rig.journal.rotations;
      }),
      { numRuns: 300 },
    );
    expect(Math.min(rewrites, rotations)).toBeGreaterThan(100);
  });

  it('brings back the queue where all of it is in memory', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (ops) => {
        await check(ops, { ...SMALL, maxMemorySize: 100_000 });
      }),
      { numRuns: 100 },
    );
  });
});
