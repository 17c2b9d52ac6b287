import { isGlob, globMatches } from '../glob.js';
import type { Context, Verb } from '../context.js';
import { CliError, EXIT } from '../exit-core.js';
import { jobOf, ofJob, pathOf } from '../jobs.js';
import { formatKey, keyGlob, taskKey, type KeyGlob } from '../keys-core.js';
import { allPages, type Session } from '../session.js';
import { jobColumns, jobRow, taskColumns, taskRows } from '../views.js';
import type { JobShape, JobSummary } from '@murmur/scheduler-api';

/** Ended runs that are shown; `--write-json` has all. */
const ENDED_SHOWN_MAX = 5;

interface Found {
  readonly session: Session;
  readonly summary: JobSummary;
}

/** `job list`: one key a line. */
export const list: Verb = async (context) => {
  const { out, options } = context;
  const found = await matching(context, keyGlob(context.arg(0)));
  const now = Date.now();
  if (options.flag('--write-json')) out.json(found.map(({ summary }) => summary));
  else if (options.flag('--verbose'))
    out.table(
      jobColumns,
      found.map(({ summary }) => jobRow(summary, now)),
    );
  else for (const { summary } of found) out.line(formatKey(summary.job));
  return EXIT.OK;
};

/** `job status`: nothing found is 6, and 0 where a program asks. */
export const status: Verb = async (context) => {
  const { out, options } = context;
  const asked = context.arg(0);
  const glob = keyGlob(asked);
  const json = options.flag('--write-json');
  const found = await matching(context, glob);
  const jobs = await Promise.all(
    found.map(({ session, summary }) => jobOf(session, { ...summary.job, cluster: session.cluster.name })),
  );
  if (jobs.length === 0 && json) out.json({ jobspec: formatKey(glob), error: 'No matching jobs found' });
  else if (jobs.length === 0) return notFound(context, glob);
  else if (json) out.json(jobs.map(statusJson));
  else for (const [index, job] of jobs.entries()) showJob(context, job, index > 0);
  return EXIT.OK;
};

function statusJson(job: JobShape): object {
  return {
    job: formatKey(job.job),
    active: job.tasks.filter(({ active }) => active),
    inactive: job.tasks.filter(({ active }) => !active),
  };
}

async function notFound({ out, session }: Context, glob: KeyGlob): Promise<number> {
  const parts = [glob.cluster, glob.role, glob.environment, glob.name];
  if (!parts.some(isGlob)) await jobOf(await session(glob.cluster), glob);
  out.note(`aurora: no job matches ${formatKey(glob)}`);
  return EXIT.INVALID_PARAMETER;
}

function showJob({ out, options }: Context, job: JobShape, apart: boolean): void {
  const { colours } = out;
  const now = Date.now();
  const active = job.tasks.filter((task) => task.active);
  const ended = job.tasks.filter((task) => !task.active);
  if (apart) out.line();
  out.line(
    `${colours.bold(formatKey(job.job))}  ${job.kind}, tier ${job.tier}, ${job.running} of ${job.active} running`,
  );
  const verbose = options.flag('--verbose');
  if (active.length > 0) out.table(taskColumns(colours), taskRows(colours, active, now, verbose));
  if (ended.length === 0) return;
  const shown = verbose ? ended : ended.slice(0, ENDED_SHOWN_MAX);
  const rest = ended.length - shown.length;
  out.line(colours.dim(`Ended: ${ended.length}${rest > 0 ? `, the last ${shown.length} of them` : ''}`));
  out.table(taskColumns(colours), taskRows(colours, shown, now, verbose));
}

/** `job why`: one sentence. */
export const why: Verb = async (context) => {
  const { out, options } = context;
  const { key, instance } = taskKey(context.arg(0));
  const session = await context.session(key.cluster);
  const answer = await ofJob(session, key, () =>
    session.call('why', { params: { ...pathOf(key), instance } }),
  );
  if (options.flag('--write-json')) out.json(answer);
  else if (answer.state === null) throw new CliError('INVALID_PARAMETER', answer.sentence);
  else out.line(answer.sentence);
  return EXIT.OK;
};

/** Jobs of all clusters that match; one that is named and not known is an error. */
async function matching(context: Context, glob: KeyGlob): Promise<readonly Found[]> {
  const clusters = await context.clusters();
  const names = isGlob(glob.cluster)
    ? [...clusters.all.keys()].filter((name) => globMatches(glob.cluster, name))
    : [clusters.find(glob.cluster).name];
  const found = await Promise.all(
    names.map(async (name) => {
      const session = await context.session(name);
      const { role, environment, name: job } = glob;
      const query = { role, environment, name: job };
      const jobs = await allPages((page) => session.call('jobs', { query: { ...query, ...page } }));
      return jobs.map((summary) => ({ session, summary }));
    }),
  );
  return found.flat();
}
