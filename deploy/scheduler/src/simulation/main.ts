/** scripts/bench/packing: how many machines the placement needs, beside other rules and the lower bound, and how fast it is. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname } from 'node:path';
import { defineOptions, EXIT, OptionError, optionsOrExit, type OptionValues } from '@murmur/service';
import { compact, PENDING_SHARE, type Compacted } from './compaction-core.js';
import { bestFit, dotProduct, firstFit } from './peers-core.js';
import { murmur, type PolicyMaker } from './policies-core.js';
import {
  GOALS,
  packingGoal,
  panel,
  percent,
  POLICIES,
  table,
  type ClassResults,
  type Goal,
  type PolicyName,
} from './report-core.js';
import { measureSpeed } from './speed.js';
import { jobsOf, murmurJobs, SPREAD } from './spread-core.js';
import { plot } from './svg-core.js';
import { CLASSES, createWorkload, type ClassName } from './workloads-core.js';

const packingOptions = defineOptions({
  seeds: { type: 'integer', default: 11, min: 1, max: 100, help: 'cells and task lists of each class' },
  class: {
    type: 'string',
    default: 'all',
    help: `one class of workload: ${CLASSES.join(', ')}; or all`,
  },
  svg: { type: 'string', default: '.murmur/bench/packing.svg', help: 'file for the plot' },
  quick: { type: 'boolean', default: false, help: 'a tenth of the Google-like cell, and 3 seeds at most' },
  strict: { type: 'boolean', default: false, help: 'no task may stay pending (otherwise 0.2 %)' },
});
const program = {
  name: 'scripts/bench/packing',
  summary: 'Machines that a workload needs, by rule of placement, and placements per second.',
};
/** Of the Google-like cell; the others are small already. */
const QUICK_SCALE = 0.1;
const QUICK_SEEDS = 3;

const MAKERS: Readonly<Record<PolicyName, PolicyMaker>> = {
  murmur,
  'best fit': bestFit,
  'first fit': firstFit,
  'dot product': dotProduct,
};
/** How exactly the smallest cell is sought, a share of the bound: ours is close to it, the others are not. */
const RESOLUTION: Readonly<Record<PolicyName, number>> = {
  murmur: 0.0005,
  'best fit': 0.002,
  'first fit': 0.005,
  'dot product': 0.005,
};
/** Where the search begins with the first seed; later ones begin where the one before ended. */
const FIRST_GUESS: Readonly<Record<PolicyName, Readonly<Record<ClassName, number>>>> = {
  murmur: { google: 0.006, azure: 0.01, alibaba: 0.04 },
  'best fit': { google: 0.12, azure: 0.01, alibaba: 0.04 },
  'first fit': { google: 0.08, azure: 0.01, alibaba: 0.04 },
  'dot product': { google: 0.25, azure: 0.08, alibaba: 0.25 },
};

type Options = OptionValues<typeof packingOptions>;

function checked(values: Options): Options {
  if (values.class === 'all' || isClass(values.class)) return values;
  throw new OptionError(
    `--class: ${JSON.stringify(values.class)} is not allowed; allowed are all, ${CLASSES.join(', ')}`,
  );
}

function isClass(name: string): name is ClassName {
  return (CLASSES as readonly string[]).includes(name);
}

const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};
const options = optionsOrExit({ ...program, options: packingOptions }, checked);
const seeds = options.quick ? Math.min(options.seeds, QUICK_SEEDS) : options.seeds;
const share = options.strict ? 0 : PENDING_SHARE;
const scaleOf = (name: ClassName): number => (options.quick && name === 'google' ? QUICK_SCALE : 1);
const errors = { overfull: 0, lost: 0, overshot: 0 };
const count = ({ errors: its }: Compacted): void => {
  errors.overfull += its.overfull;
  errors.lost += its.lost;
};

function compactAll(name: ClassName): ClassResults {
  const results: Record<PolicyName, Compacted[]> = {
    murmur: [],
    'best fit': [],
    'first fit': [],
    'dot product': [],
  };
  for (let seed = 1; seed <= seeds; seed++) {
    const workload = createWorkload(name, seed, scaleOf(name));
    for (const policy of POLICIES) {
      const before = results[policy].at(-1);
      const guess = before === undefined ? FIRST_GUESS[policy][name] : (before.excess ?? Infinity);
      const cell = compact(workload, MAKERS[policy], { share, guess, resolution: RESOLUTION[policy] });
      results[policy].push(cell);
      count(cell);
    }
    const parts = POLICIES.map((policy) => {
      const excess = results[policy].at(-1)?.excess ?? null;
      return `${policy} ${excess === null ? '-' : percent(excess)}`;
    });
    process.stderr.write(`${name}, seed ${seed} of ${seeds}: above the bound: ${parts.join(', ')}\n`);
  }
  return results;
}

function spreadOverRacks(): Goal {
  const workload = jobsOf(createWorkload('google', 1, scaleOf('google')));
  const check = { overshot: 0 };
  const cells = [false, true].map((spread) =>
    compact(workload, murmurJobs(spread, check), { share, guess: 0.006, resolution: RESOLUTION.murmur }),
  );
  cells.forEach(count);
  errors.overshot = check.overshot;
  const [free, bound] = cells.map(({ smallest }) => smallest?.machines ?? NaN);
  say(
    `jobs of ${SPREAD.instances} equal tasks: ${free ?? NaN} machines; at most ${SPREAD.perRack} of a job in a rack of ${SPREAD.machinesPerRack} machines: ${bound ?? NaN}`,
  );
  return {
    text: `rack limits: ${check.overshot} tasks beyond them, goal 0`,
    met: check.overshot === 0 && cells.every(({ smallest }) => smallest !== null),
  };
}

function speedGoals(): Goal[] {
  const { index, scan, times } = measureSpeed(createWorkload('google', 1, scaleOf('google')));
  const round = (value: number): string => Math.round(value).toLocaleString('en');
  say(
    `placements per second, every task another size: index ${round(index.perSecond)} (${round(index.perCpuSecond)} per CPU-second), full scan ${round(scan.perSecond)} (${round(scan.perCpuSecond)})`,
  );
  return [
    {
      text: `placements per second: ${round(index.perSecond)}, goal at least ${round(GOALS.perSecond)}`,
      met: index.perSecond >= GOALS.perSecond,
    },
    {
      text: `times the full scan, per CPU-second: ${times.toFixed(1)}, goal at least ${GOALS.timesScan}`,
      met: times >= GOALS.timesScan,
    },
  ];
}

function run(): boolean {
  const names = CLASSES.filter((name) => options.class === 'all' || options.class === name);
  say(
    `${seeds} seeds, ${percent(share)} of tasks may stay pending; Node.js ${process.version}, ${availableParallelism()} cores, load ${(loadavg()[0] ?? 0).toFixed(2)}`,
  );
  const goals: Goal[] = names.includes('google') ? speedGoals() : [];
  const panels = names.map((name) => {
    const results = compactAll(name);
    say();
    for (const line of table(name, results)) say(line);
    goals.push(packingGoal(name, results));
    return panel(name, results);
  });
  say();
  if (names.includes('google')) goals.push(spreadOverRacks());
  mkdirSync(dirname(options.svg), { recursive: true });
  writeFileSync(options.svg, plot('Cell compaction, online arrival', panels));
  goals.push({
    text: `${errors.overfull} machines overfull, ${errors.lost} tasks lost or doubled, goal 0`,
    met: errors.overfull === 0 && errors.lost === 0,
  });
  say(`plot: ${options.svg}`);
  for (const { text, met } of goals) say(`${met ? 'met   ' : 'MISSED'} ${text}`);
  return goals.every(({ met }) => met);
}

process.exitCode = run() ? EXIT.ok : EXIT.failed;
