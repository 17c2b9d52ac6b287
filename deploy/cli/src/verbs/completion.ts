import { complete, keyCandidates, SCRIPTS } from '../completion-core.js';
import type { Context, Verb } from '../context.js';
import { CliError, EXIT } from '../exit-core.js';
import { formatKey } from '../keys-core.js';
import { openSession } from '../session.js';

/** A shell waits for this: rather no answer than a late one, ms. */
const ASK_MS = 1_500;
/** Of one list. */
const KEYS_MAX = 1_000;

/** `completion bash|zsh` */
export const completion: Verb = (context) => {
  const shell = context.arg(0);
  const script = SCRIPTS[shell];
  if (script === undefined)
    throw new CliError(
      'USAGE',
      `completion: the shell is "${shell}", allowed are ${Object.keys(SCRIPTS).join(', ')}`,
    );
  context.io.stdout.write(script);
  return Promise.resolve(EXIT.OK);
};

/** `__complete words...`: what the scripts call; a candidate a line, `:file` for files. It never fails. */
export const completeWords: Verb = async (context) => {
  const { words, also } = complete(context.args);
  const last = context.args.at(-1) ?? '';
  const more = also === null || also === 'file' ? [] : await keys(context, also, last).catch(() => []);
  for (const word of [...words, ...more, ...(also === 'file' ? [':file'] : [])]) context.out.line(word);
  return EXIT.OK;
};

async function keys(
  context: Context,
  what: 'key' | 'instance' | 'cluster',
  last: string,
): Promise<readonly string[]> {
  const { all } = await context.clusters();
  const [name = '', ...rest] = last.split('/');
  if (what === 'cluster') return [...all.keys()].filter((cluster) => cluster.startsWith(last));
  if (rest.length === 0)
    return [...all.keys()].filter((each) => each.startsWith(name)).map((each) => `${each}/`);
  const cluster = all.get(name);
  if (cluster === undefined) return [];
  const session = await openSession(context.io, cluster, { triesMax: 1, timeoutMs: ASK_MS });
  const [role, environment, job, instance] = rest;
  if (role !== undefined && environment !== undefined && job !== undefined && instance !== undefined) {
    const { tasks } = await session.call('job', { params: { role, environment, name: job } });
    const active = tasks
      .filter((task) => task.active)
      .map((task) => `${name}/${role}/${environment}/${job}/${task.instance}`);
    return what === 'instance' ? keyCandidates(active, last) : [];
  }
  const { items } = await session.call('jobs', { query: { limit: KEYS_MAX } });
  return keyCandidates(
    items.map((each) => formatKey({ ...each.job, cluster: name })),
    last,
  );
}
