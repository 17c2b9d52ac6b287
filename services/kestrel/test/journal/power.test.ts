/** The power is cut at any change of the disk: what JOURNAL.md promises is there, and nothing else. */
import { jest } from '@jest/globals';
import fc from 'fast-check';
import { PowerDisk, type Loss, type Pick } from './power-disk.js';
import { PowerRun, type Check, type Cut, type PowerOp, type State } from './power-run.js';
import { restarted, Rig, SMALL } from './rig.js';

jest.setTimeout(120_000);
// Periodic fsyncs come when the test says so.
jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'performance', 'Date'] });

/** More by the environment. */
const RUNS = Number(process.env['KESTREL_RUNS'] ?? 150);
const AT_ONCE = 1024 * 1024;
const PERIOD_MS = 100;

const weights: Readonly<Record<PowerOp, number>> = {
  set: 60,
  large: 8,
  get: 30,
  open: 20,
  confirm: 12,
  abort: 10,
  flush: 1,
  turn: 40,
  step: 40,
  time: 3,
  delete: 1,
  close: 1,
  kill: 1,
  cut: 2,
};
const op = fc.oneof(
  ...Object.entries(weights).map(([each, weight]) => ({ arbitrary: fc.constant(each as PowerOp), weight })),
);
const history = fc.array(fc.tuple(op, fc.nat(1000)), { minLength: 20, maxLength: 300 });

/** Numbers that look random; the same for the same seed. */
function picker(seed: number): Pick {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    return (state >>> 8) % below;
  };
}

const isAMomentSince = (found: State, { states }: PowerRun, { safe }: Cut): boolean => {
  const text = JSON.stringify(found);
  return states.some((state, i) => i >= safe && JSON.stringify(state) === text);
};

/** The queue as it was at some moment since the last one that is safe. */
const aMomentSince: Check = (found, run, cut) => {
  // Of a pack whose later files have gone before it an item without data may be left, where names go in any order.
  if (cut.deleting) expect(found.filter((item) => item !== '' && !run.items.has(item))).toEqual([]);
  else if (!isAMomentSince(found, run, cut))
    expect({ found, since: run.states.slice(cut.safe) }).toBe('one of these');
};

/** The same, but that the last item may be one that nobody was told of, with zeros in it. */
const aMomentSinceOrDamaged: Check = (found, run, cut) => {
  const isDamaged = found.at(-1)?.includes('\0') === true && !isAMomentSince(found, run, cut);
  aMomentSince(isDamaged ? found.slice(0, -1) : found, run, cut);
};

/** Nothing but whole items that were set, each once. */
const onlyWhatWasSet: Check = (found, { items }) => {
  expect(found.filter((item) => !items.has(item))).toEqual([]);
  expect(new Set(found).size).toBe(found.length);
};

/** The same, and they are in order. Where a file has lost its end, what was opened comes back in any. */
const inOrder: Check = (found, run, cut) => {
  onlyWhatWasSet(found, run, cut);
  expect(found).toEqual([...found].sort((a, b) => Number.parseInt(a) - Number.parseInt(b)));
};

interface Played {
  readonly looks: number;
  readonly rewrites: number;
  readonly rotations: number;
}

async function play(
  config: typeof SMALL,
  loss: Loss,
  check: Check,
  without: readonly PowerOp[] = [],
): Promise<Played> {
  const played = { looks: 0, rewrites: 0, rotations: 0 };
  await fc.assert(
    fc.asyncProperty(history, fc.nat(2 ** 31), fc.boolean(), async (ops, seed, atOnce) => {
      const run = new PowerRun(config, picker(seed), loss, atOnce ? AT_ONCE : 0, check);
      try {
        for (const [each, n] of ops) if (!without.includes(each)) await run.do(each, n);
      } finally {
        await run.end();
      }
      played.looks += run.looks;
      played.rewrites += run.rewrites;
      played.rotations += run.rotations;
    }),
    { numRuns: RUNS, interruptAfterTimeLimit: 60_000 },
  );
  return played;
}

const sizes = [
  ['items behind memory', SMALL],
  ['all items in memory', { ...SMALL, maxMemorySize: 100_000 }],
] as const;
const cases = (['first', 'any'] as const).flatMap((names) =>
  sizes.map(([title, config]) => [title, names, config] as const),
);

describe('a loss of power', () => {
  it.each(cases)(
    'leaves with syncJournal 0 the queue as it was at or after the last set that was answered: %s, %s name changes kept',
    async (_title, names, config) => {
      const played = await play({ ...config, syncJournal: 0 }, { names, zeros: false }, aMomentSince);
      expect(played.looks).toBeGreaterThan(RUNS);
      expect(Math.min(played.rewrites, config === SMALL ? played.rotations : RUNS)).toBeGreaterThan(
        RUNS / 10,
      );
    },
  );

  it.each(cases)(
    'leaves with a time the queue as it was at some moment since the last fsync: %s, %s name changes kept',
    async (_title, names, config) => {
      await play({ ...config, syncJournal: PERIOD_MS }, { names, zeros: false }, aMomentSince);
    },
  );

  it.each(sizes)(
    'leaves with syncJournal never whole items that were set, each once and in order: %s',
    async (_title, config) => {
      await play(config, { names: 'first', zeros: false }, inOrder, ['open']);
    },
  );

  it.each(sizes)(
    'leaves with syncJournal never whole items that were set, each once, where some had been opened: %s',
    async (_title, config) => {
      await play(config, { names: 'first', zeros: false }, onlyWhatWasSet);
    },
  );

  it.each(sizes)(
    'damages where the end of a file becomes zeros at most one item, which nobody was told of: %s',
    async (_title, config) => {
      await play({ ...config, syncJournal: 0 }, { names: 'first', zeros: true }, aMomentSinceOrDamaged);
    },
  );
});

describe('a folder that cannot be made durable', () => {
  it('refuses the sets that wait for an fsync: the name of their file may be lost', async () => {
    const disk = new PowerDisk();
    const rig = new Rig(disk, { ...SMALL, syncJournal: 0 });
    disk.folderSyncFails = true;
    const refused = rig.set('a');
    rig.endTurn();
    await disk.settle();
    expect(refused).toMatchObject({ pending: 0, failed: true });
    disk.folderSyncFails = false;
    rig.journal.tryAgain(rig.now);
    const stored = rig.set('b');
    rig.endTurn();
    await disk.settle();
    expect(stored).toMatchObject({ pending: 0, failed: false });
    expect(restarted(disk.cut(() => 0, { names: 'first', zeros: false })).at(-1)).toBe('b');
    rig.journal.erase();
  });

  it('leaves a rewrite as it was before, though the next one succeeds', async () => {
    const disk = new PowerDisk();
    const rig = new Rig(disk, { ...SMALL, syncJournal: 0 }, undefined, AT_ONCE);
    for (let i = 0; i < 60; i += 1) {
      rig.set(`item ${i}`.padEnd(30, '.'));
      rig.endTurn();
    }
    await disk.settle();
    expect(rig.queue.backlog.behindItems).toBeGreaterThan(0);
    disk.folderSyncFails = true;
    rig.queue.flush();
    disk.folderSyncFails = false;
    rig.journal.tryAgain(rig.now);
    rig.set('last');
    rig.endTurn();
    await disk.settle();
    expect(restarted(disk)).toEqual(['last']);
    rig.journal.erase();
  });
});
