import type { CapacityShape } from '@murmur/scheduler-api';
import type { Context, Verb } from '../context.js';
import { CliError, EXIT } from '../exit-core.js';
import { ofJob, pathOf } from '../jobs.js';
import { formatKey, keyInCluster } from '../keys-core.js';
import { mebibytes } from '../options-core.js';
import type { Session } from '../session.js';
import { numberText } from '../text-core.js';

/** The sizes that are asked for when none is given. */
const SIZES = [
  { cpus: 0.1, memMb: 64, diskMb: 64 },
  { cpus: 0.25, memMb: 128, diskMb: 128 },
  { cpus: 0.5, memMb: 256, diskMb: 256 },
  { cpus: 1, memMb: 512, diskMb: 512 },
  { cpus: 2, memMb: 1024, diskMb: 1024 },
] as const;
/** What is not given beside `--cpus`, `--ram` or `--disk`. */
const SMALLEST = { cpus: 0.01, memMb: 1, diskMb: 1 };

const COLUMNS = [
  { head: 'CPUS', right: true },
  { head: 'RAM MB', right: true },
  { head: 'DISK MB', right: true },
  { head: 'FIT', right: true },
  { head: 'WHAT STOPS THE NEXT' },
];

/** `capacity`: of a job, of a size, or of a few sizes. */
export const capacity: Verb = async (context) => {
  const { out, options } = context;
  const cluster = context.arg(0);
  const session = await context.session(cluster);
  const answers = await ask(context, session, cluster);
  if (options.flag('--write-json')) out.json(answers.length === 1 ? answers[0] : answers);
  else {
    out.table(COLUMNS, answers.map(row));
    out.note('Sizes are of one instance and its executor.');
  }
  return EXIT.OK;
};

async function ask(
  { args, options }: Context,
  session: Session,
  cluster: string,
): Promise<readonly CapacityShape[]> {
  const max = options.integer('--max');
  const size = sizeOf(options.number('--cpus'), options.text('--ram'), options.text('--disk'));
  const [, asked] = args;
  if (asked !== undefined) {
    if (size !== null) throw new CliError('USAGE', 'capacity: a job, or --cpus, --ram and --disk; not both');
    const key = keyInCluster(cluster, asked);
    const answer = await ofJob(session, key, () =>
      session.call('jobCapacity', { params: pathOf(key), query: { max } }),
    );
    return [{ ...answer, job: { ...(answer.job ?? key), cluster } }];
  }
  const sizes = size === null ? SIZES : [size];
  return Promise.all(sizes.map((resources) => session.call('capacity', { body: { resources, max } })));
}

function sizeOf(cpus?: number, ram?: string, disk?: string): typeof SMALLEST | null {
  if (cpus === undefined && ram === undefined && disk === undefined) return null;
  return {
    cpus: cpus ?? SMALLEST.cpus,
    memMb: ram === undefined ? SMALLEST.memMb : mebibytes('--ram', ram),
    diskMb: disk === undefined ? SMALLEST.diskMb : mebibytes('--disk', disk),
  };
}

function row({ job, needs, count, max, stoppedBy }: CapacityShape): readonly string[] {
  const fit = count >= max ? `${count} or more` : String(count);
  const { cpus, memMb, diskMb } = needs;
  const why = stoppedBy ?? '';
  return [...[cpus, memMb, diskMb].map(numberText), fit, job === null ? why : `${formatKey(job)}: ${why}`];
}
