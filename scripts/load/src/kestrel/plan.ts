/** The flags of scripts/bench/kestrel, and the sizes that come of them. */
import { defineOptions, OptionError, type OptionValues } from '@murmur/service';
import { LOAD_MAX } from '../common/machine.js';

export const PARTS = ['flood', 'fsync', 'fairness', 'read-behind', 'many'] as const;
export type PartName = (typeof PARTS)[number];

/** An open file for each on either side; a process may have 20,000. */
const WAITERS_MAX = 19_000;

export const kestrelBenchOptions = defineOptions({
  only: { type: 'string', default: '', help: `parts to run, with commas: ${PARTS.join(', ')}; none: all` },
  rounds: { type: 'integer', default: 5, min: 1, max: 100, help: 'rounds, each beside the peers' },
  pairs: {
    type: 'integer',
    default: 100_000,
    min: 100,
    max: 100_000_000,
    help: 'set+get pairs of a round of flood, and at the backlog; small sets of a round of fairness at most',
  },
  seconds: { type: 'integer', default: 5, min: 1, max: 600, unit: 's', help: 'of sets in a round of fsync' },
  backlog: {
    type: 'integer',
    default: 4_000_000,
    min: 1_000,
    max: 100_000_000,
    help: 'items of 1 KiB that wait in read-behind',
  },
  queues: { type: 'integer', default: 10_000, min: 1, max: 16_000, help: 'queues of many' },
  waiters: {
    type: 'integer',
    default: 15_000,
    min: 1,
    max: WAITERS_MAX,
    help: 'waiting connections of many',
  },
  folder: {
    type: 'string',
    default: '',
    help: 'where journals are written, on a disk; none: a temporary one',
  },
  bin: {
    type: 'string',
    default: '',
    help: 'another murmur-kestrel to measure; none: that of this repository',
  },
  quick: {
    type: 'boolean',
    default: false,
    help: 'a look at all parts in a minute: small sizes, two rounds',
  },
  anyLoad: { type: 'boolean', default: false, help: `run on a machine with a load above ${LOAD_MAX} too` },
});

export type KestrelBenchOptions = OptionValues<typeof kestrelBenchOptions>;

/** The sizes of one run. */
export interface Plan {
  readonly parts: readonly PartName[];
  readonly rounds: number;
  readonly pairs: number;
  readonly fsyncSeconds: number;
  readonly fsyncConnections: number;
  /** A round of it ends after so long, whatever number of small sets there were. */
  readonly fairnessSeconds: number;
  readonly largeBytes: number;
  readonly backlog: number;
  readonly queues: number;
  readonly waiters: number;
  /** Between two looks at memory that should stand still. */
  readonly settleMs: number;
}

const QUICK: Omit<Plan, 'parts'> = {
  rounds: 2,
  pairs: 20_000,
  fsyncSeconds: 1,
  fsyncConnections: 200,
  fairnessSeconds: 4,
  largeBytes: 8 * 2 ** 20,
  backlog: 300_000,
  queues: 1_000,
  waiters: 1_500,
  settleMs: 500,
};

/** `--quick` bounds the sizes, smaller ones stay. Throws an OptionError when a part is not known. */
export function planOf(options: KestrelBenchOptions): Plan {
  const full: Plan = {
    parts: partsOf(options.only),
    rounds: options.rounds,
    pairs: options.pairs,
    fsyncSeconds: options.seconds,
    fsyncConnections: 200,
    fairnessSeconds: 15,
    largeBytes: 8 * 2 ** 20,
    backlog: options.backlog,
    queues: options.queues,
    waiters: options.waiters,
    settleMs: 500,
  };
  if (!options.quick) return full;
  const bounded = Object.entries(QUICK).map(([name, most]) => [
    name,
    Math.min(most, full[name as keyof typeof QUICK]),
  ]);
  return { ...full, ...(Object.fromEntries(bounded) as typeof QUICK) };
}

function partsOf(only: string): PartName[] {
  if (only === '') return [...PARTS];
  const names = only.split(',').map((name) => name.trim());
  for (const name of names)
    if (!PARTS.some((part) => part === name))
      throw new OptionError(
        `--only: ${JSON.stringify(name)} is not allowed; allowed are ${PARTS.join(', ')}`,
      );
  return PARTS.filter((part) => names.includes(part));
}
