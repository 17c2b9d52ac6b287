import type { JobKey } from '@murmur/job-config';
import { jobPage, openBrowser } from '../browser.js';
import { loadJob } from '../configs.js';
import type { Context, Verb } from '../context.js';
import { CliError, EXIT } from '../exit-core.js';
import { jobOf, pathOf, refuseAbsent } from '../jobs.js';
import { formatKey, instanceKey, instanceText, jobKey, instancesOf } from '../keys-core.js';
import { reasonOf } from '../reason.js';
import type { Session } from '../session.js';
import { chosen } from '../tasks-core.js';
import { waitFor } from '../wait.js';

/** `job kill`: instances must be named. */
export const kill: Verb = async (context) => {
  const named = instanceKey(context.arg(0));
  const instances = instancesOf(named);
  if (instances === undefined)
    throw new CliError(
      'INVALID_PARAMETER',
      `job kill: name the instances, as in ${formatKey(named.key)}/0-2; job killall kills all`,
    );
  return killChosen(context, named.key, instances);
};

export const killall: Verb = (context) => killChosen(context, jobKey(context.arg(0)), undefined);

async function killChosen(
  context: Context,
  key: JobKey,
  wanted: readonly number[] | undefined,
): Promise<number> {
  const { out, options } = context;
  const config = options.text('--config');
  if (config !== undefined) await loadJob(context, key, config);
  const session = await context.session(key.cluster);
  const { tasks } = await jobOf(session, key);
  const { instances, absent } = chosen(tasks, wanted);
  refuseAbsent(key, absent, options.flag('--strict'));
  if (instances.length === 0) {
    out.note(`${formatKey(key)}: no instance to kill is active`);
    return EXIT.OK;
  }
  if (options.flag('--no-batching')) await killBatch(context, session, key, instances);
  else await killInBatches(context, session, key, instances);
  if (options.flag('--open-browser')) openBrowser(context.io, jobPage(session, key));
  out.line(`${formatKey(key)}: killed ${instanceText(instances)}`);
  return EXIT.OK;
}

/** A batch that is not gone in time counts as a failure; so many may be borne, but the end tells of them. */
async function killInBatches(
  context: Context,
  session: Session,
  key: JobKey,
  instances: readonly number[],
): Promise<void> {
  const size = context.options.integer('--batch-size');
  const allowed = Math.max(0, context.options.integer('--max-total-failures'));
  const late: number[] = [];
  let failures = 0;
  for (let at = 0; at < instances.length; at += size) {
    const batch = instances.slice(at, at + size);
    try {
      await killBatch(context, session, key, batch);
    } catch (error) {
      if (!(error instanceof CliError && error.exit === 'TIMEOUT')) throw error;
      context.out.note(error.message);
      failures += 1;
      late.push(...batch);
      if (failures > allowed) break;
    }
  }
  if (failures > 0)
    throw new CliError(
      'COMMAND_FAILURE',
      `${formatKey(key)}: instances ${instanceText(late)} were not killed in time`,
    );
}

async function killBatch(
  context: Context,
  session: Session,
  key: JobKey,
  batch: readonly number[],
): Promise<void> {
  const { options } = context;
  const body = { instances: instanceText(batch), ...reasonOf(options) };
  const outcome = await session.call('kill', { params: pathOf(key), body });
  context.out.detail(outcome.text);
  await waitFor(context, session, key, 'GONE', batch, options.integer('--timeout') * 1000);
}
