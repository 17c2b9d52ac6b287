import type { JobKey } from '@murmur/job-config';
import { jobPage, openBrowser } from '../browser.js';
import { loadJob } from '../configs.js';
import { sleep, type Context, type Verb } from '../context.js';
import { CliError, EXIT } from '../exit-core.js';
import { jobOf, pathOf, refuseAbsent } from '../jobs.js';
import { formatKey, instanceKey, instanceText, instancesOf } from '../keys-core.js';
import type { Options } from '../options-core.js';
import { reasonOf } from '../reason.js';
import {
  beginRestart,
  nextStep,
  observed,
  restarted,
  type RestartSettings,
  type RestartState,
} from '../restart-core.js';
import type { Session } from '../session.js';
import { chosen } from '../tasks-core.js';
import { readJob } from '../wait.js';

/** `job restart`: driven from here, so ctrl-C stops it between two batches. */
export const restart: Verb = async (context) => {
  const { out, options } = context;
  const named = instanceKey(context.arg(0));
  const settings = settingsOf(options);
  const { key } = named;
  const config = options.text('--config');
  if (config !== undefined) await loadJob(context, key, config);
  const session = await context.session(key.cluster);
  const { tasks } = await jobOf(session, key);
  const { instances, absent } = chosen(tasks, instancesOf(named));
  refuseAbsent(key, absent, options.flag('--strict'));
  if (instances.length === 0)
    throw new CliError('INVALID_PARAMETER', `${formatKey(key)}: no instance to restart is active`);
  const end = await roll(context, session, key, instances, settings);
  out.line(`${formatKey(key)}: restarted ${instanceText(end.done)}`);
  if (end.failed.length > 0) out.note(`${formatKey(key)}: failed, and borne: ${instanceText(end.failed)}`);
  if (options.flag('--open-browser')) openBrowser(context.io, jobPage(session, key));
  return EXIT.OK;
};

function settingsOf(options: Options): RestartSettings {
  const maxTotalFailures = options.integer('--max-total-failures');
  if (maxTotalFailures < 0)
    throw new CliError(
      'INVALID_PARAMETER',
      `--max-total-failures is ${maxTotalFailures}, allowed is an integer of at least 0`,
    );
  return {
    batchSize: options.integer('--batch-size'),
    watchMs: options.integer('--watch-secs') * 1000,
    maxPerInstanceFailures: options.integer('--max-per-instance-failures'),
    maxTotalFailures,
    startMs: options.integer('--timeout') * 1000,
  };
}

async function roll(
  context: Context,
  session: Session,
  key: JobKey,
  instances: readonly number[],
  settings: RestartSettings,
): Promise<RestartState> {
  const { io, out, options } = context;
  let state = beginRestart(instances);
  for (;;) {
    const step = nextStep(state, settings);
    switch (step.kind) {
      case 'restart': {
        const { tasks } = await readJob(session, key);
        const body = { instances: instanceText(step.instances), ...reasonOf(options) };
        const outcome = await session.call('restart', { params: pathOf(key), body });
        out.detail(outcome.text);
        state = restarted(state, step.instances, tasks, Date.now());
        break;
      }
      case 'watch':
        await sleep(io, pauseOf(settings, options));
        state = await lookAgain(session, key, state, settings);
        break;
      case 'succeeded':
        out.endProgress();
        return state;
      case 'failed':
        throw failed(key, state, instances);
    }
    out.progress(`${formatKey(key)}: ${progressText(state, instances.length)}`);
  }
}

/** Often enough that a short watch is not stretched by it. */
function pauseOf({ watchMs }: RestartSettings, options: Options): number {
  const interval = options.integer('--healthcheck-interval-seconds') * 1000;
  return Math.min(interval, Math.max(PAUSE_MIN_MS, watchMs / 2));
}

const PAUSE_MIN_MS = 250;

/** A scheduler that does not answer says nothing about the instances: they are looked at again later. */
async function lookAgain(
  session: Session,
  key: JobKey,
  state: RestartState,
  settings: RestartSettings,
): Promise<RestartState> {
  try {
    const { tasks } = await readJob(session, key);
    return observed(state, tasks, Date.now(), settings);
  } catch (error) {
    const away = error instanceof CliError && error.exit === 'NETWORK_ERROR';
    const waited = Math.min(...state.batch.map(({ since }) => since));
    if (away && Date.now() - waited < settings.startMs + settings.watchMs) return state;
    throw error;
  }
}

function progressText({ done, batch, failed }: RestartState, total: number): string {
  const parts = [`${done.length}/${total} restarted`];
  if (batch.length > 0) parts.push(`now ${instanceText(batch.map(({ instance }) => instance))}`);
  if (failed.length > 0) parts.push(`failed ${instanceText(failed)}`);
  return parts.join(', ');
}

function failed(key: JobKey, state: RestartState, instances: readonly number[]): CliError {
  const settled = new Set([...state.done, ...state.failed]);
  const rest = instances.filter((instance) => !settled.has(instance));
  const untouched = rest.length === 0 ? '' : `; not finished: ${instanceText(rest)}`;
  const done = state.done.length === 0 ? 'none' : instanceText(state.done);
  return new CliError(
    'COMMAND_FAILURE',
    `${formatKey(key)}: instances ${instanceText(state.failed)} failed after their restart; restarted: ${done}${untouched}`,
  );
}
