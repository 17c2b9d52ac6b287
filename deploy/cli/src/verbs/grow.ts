import { jobPage, openBrowser } from '../browser.js';
import type { Context, Verb } from '../context.js';
import { CliError, EXIT } from '../exit-core.js';
import { jobOf, ofJob, pathOf } from '../jobs.js';
import { formatKey, instanceNumbers, jobKey, taskKey } from '../keys-core.js';
import { count, waitGoal } from '../options-core.js';
import { reasonOf } from '../reason.js';
import type { Session } from '../session.js';
import { activeInstances } from '../tasks-core.js';
import { waitFor, waitUntil } from '../wait.js';

/** `job add`: clones an instance's config. */
export const add: Verb = async (context) => {
  const { out, options } = context;
  const { key, instance } = taskKey(context.arg(0));
  const more = count(context.arg(1));
  const session = await context.session(key.cluster);
  const { tasks } = await jobOf(session, key);
  if (!activeInstances(tasks).includes(instance))
    throw new CliError('INVALID_PARAMETER', `${formatKey(key)}: instance ${instance} is not active`);
  const body = { instance, count: more, ...reasonOf(options) };
  const outcome = await session.call('add', { params: pathOf(key), body });
  out.line(outcome.text);
  await waitUntil(context, session, key, waitGoal(options), instanceNumbers(outcome.instances));
  page(context, session, key);
  return EXIT.OK;
};

/** `job scale`: with a goal, new instances are waited for until they are there, surplus ones until they are gone. */
export const scale: Verb = async (context) => {
  const { out, options } = context;
  const key = jobKey(context.arg(0));
  const instances = count(context.arg(1));
  const session = await context.session(key.cluster);
  const { tasks } = await jobOf(session, key);
  const before = activeInstances(tasks).length;
  const body = { instances, ...reasonOf(options) };
  const outcome = await ofJob(session, key, () => session.call('scale', { params: pathOf(key), body }));
  out.line(outcome.text);
  const touched = instanceNumbers(outcome.instances);
  const goal = waitGoal(options);
  if (instances >= before) await waitUntil(context, session, key, goal, touched);
  else if (goal !== 'PENDING')
    await waitFor(context, session, key, 'GONE', touched, options.integer('--timeout') * 1000);
  page(context, session, key);
  return EXIT.OK;
};

function page(context: Context, session: Session, key: Parameters<typeof jobPage>[1]): void {
  if (context.options.flag('--open-browser')) openBrowser(context.io, jobPage(session, key));
}
