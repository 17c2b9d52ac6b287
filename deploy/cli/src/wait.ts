import type { JobKey } from '@murmur/job-config';
import type { JobShape } from '@murmur/scheduler-api';
import { sleep, type Context } from './context.js';
import { CliError } from './exit-core.js';
import { formatKey } from './keys-core.js';
import type { Goal } from './options-core.js';
import type { Session } from './session.js';
import { judge, type WaitGoal } from './wait-core.js';

/** Between two looks at the instances, ms; an event of the job's brings the next one forward. */
export const POLL_MS = 1_000;
/** However many events come, ms. */
const POLL_MIN_MS = 100;

/** A job as the scheduler has it. Throws CliError INVALID_PARAMETER where there is none. */
export function readJob(session: Session, { role, environment, name }: JobKey): Promise<JobShape> {
  return session.call('job', { params: { role, environment, name } });
}

/**
 * Waits until the instances are where the goal wants them, and shows how far they are. Throws CliError TIMEOUT, or COMMAND_FAILURE when
 * the goal cannot be reached any more. A scheduler that does not answer meanwhile is waited for as well.
 */
export async function waitFor(
  context: Context,
  session: Session,
  key: JobKey,
  goal: WaitGoal,
  instances: readonly number[],
  timeoutMs: number,
): Promise<void> {
  const { io, out } = context;
  const until = Date.now() + timeoutMs;
  const pulse = followJob(session, key);
  try {
    for (let text = 'no answer yet'; ;) {
      try {
        const { tasks } = await readJob(session, key);
        const verdict = judge(goal, tasks, instances);
        ({ text } = verdict);
        if (verdict.kind === 'failed') throw new CliError('COMMAND_FAILURE', `${formatKey(key)}: ${text}`);
        out.progress(`${formatKey(key)}: ${text}`);
        if (verdict.kind === 'reached') return;
      } catch (error) {
        if (!(error instanceof CliError && error.exit === 'NETWORK_ERROR')) throw error;
        out.progress(`${formatKey(key)}: ${error.message}`);
      }
      const left = until - Date.now();
      if (left <= 0) throw new CliError('TIMEOUT', `${formatKey(key)}: after ${timeoutMs / 1000} s: ${text}`);
      await sleep(io, Math.min(POLL_MIN_MS, left));
      await sleep(io, Math.min(POLL_MS - POLL_MIN_MS, left), pulse.onNext);
    }
  } finally {
    pulse.stop();
    out.endProgress();
  }
}

/** `--wait-until`: PENDING is what every change has reached when it is answered. */
export async function waitUntil(
  context: Context,
  session: Session,
  key: JobKey,
  goal: Goal,
  instances: readonly number[],
): Promise<void> {
  if (goal === 'PENDING') return;
  await waitFor(context, session, key, goal, instances, context.options.integer('--timeout') * 1000);
}

interface Pulse {
  /** Calls at the next change, or at once where one came since the last call. */
  readonly onNext: (wake: () => void) => void;
  readonly stop: () => void;
}

function followJob(session: Session, { role, environment, name }: JobKey): Pulse {
  const stop = new AbortController();
  let wake: (() => void) | undefined;
  let changed = false;
  void session.follow({ role, environment, name }, stop.signal, () => {
    changed = true;
    wake?.();
  });
  return {
    onNext: (next) => {
      wake = next;
      if (changed) next();
      changed = false;
    },
    stop: () => stop.abort(),
  };
}
