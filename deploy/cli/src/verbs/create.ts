import { loadJob } from '../configs.js';
import { jobPage, openBrowser } from '../browser.js';
import type { Verb } from '../context.js';
import { CliError, EXIT } from '../exit-core.js';
import { formatKey, instanceNumbers, jobKey } from '../keys-core.js';
import { waitGoal } from '../options-core.js';
import { reasonOf } from '../reason.js';
import { refusedAs } from '../session.js';
import { waitUntil } from '../wait.js';

/** `job create`: a config that does not load is 3, a creation that is refused 4. */
export const create: Verb = async (context) => {
  const { out, options } = context;
  const key = jobKey(context.arg(0));
  (await context.clusters()).find(key.cluster);
  const { job, json } = await loadJob(context, key, context.arg(1));
  if (job.cron_schedule !== undefined)
    throw new CliError('COMMAND_FAILURE', `${formatKey(key)} is a cron job: those are not there yet`);
  const session = await context.session(key.cluster);
  const outcome = await refusedAs('COMMAND_FAILURE', () =>
    session.call('createJob', { body: { job: json, ...reasonOf(options) } }),
  );
  out.line(outcome.text);
  await waitUntil(context, session, key, waitGoal(options), instanceNumbers(outcome.instances));
  const url = jobPage(session, key);
  out.detail(`job url=${url}`);
  if (options.flag('--open-browser')) openBrowser(context.io, url);
  return EXIT.OK;
};
