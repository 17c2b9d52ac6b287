import type { Log } from '@murmur/service';
import type { Announcer } from '../announce/announcer.js';
import type { LaunchPlan } from '../executor/launch-core.js';
import type { HealthChecker } from '../health/checker.js';
import type { Runner, TaskView } from '../runner/types.js';
import { askToEnd, within } from './http-lifecycle.js';

/** An announcement that cannot be withdrawn in this time is left to the end of its session, ms. */
export const WITHDRAW_MS = 3_000;
/** A runner that has not killed everything this long after its grace never will, ms. */
export const STUCK_MS = 60_000;
/** Before a deadline this much is kept for the last update, ms. */
export const DEADLINE_MARGIN_MS = 500;

/** What of a task has to be undone; absent = it did not come to that. */
export interface Parts {
  announcer: Announcer | null;
  health: HealthChecker | null;
  runner: Runner | null;
  readonly lifecycle: LaunchPlan['lifecycle'];
}

/** How long a stop may take; it may be given less while it runs, never more. */
export interface StopTime {
  /** From SIGTERM to SIGKILL, ms. */
  graceMs: number;
  /** When all must be over, ms since 1970; Infinity = no hurry. */
  deadline: number;
  /** Aborted when it was given less. */
  readonly hurry: AbortController;
}

/**
 * Undoes a task in one order: out of the ServerSet, no more health checks, the lifecycle's endpoints, signals. Each step waits for
 * the one before, so nobody is sent to a process that was told to end. Resolves with the runner's last view, null if there was
 * no runner. Never rejects.
 */
export async function stopTask(
  parts: Parts,
  time: StopTime,
  options: { readonly ask: boolean; readonly log: Log },
): Promise<TaskView | null> {
  const { log } = options;
  const left = (): number => time.deadline - Date.now() - DEADLINE_MARGIN_MS;
  if (parts.announcer !== null) {
    const done = await within(parts.announcer.withdraw(), Math.min(WITHDRAW_MS, left() / 2));
    if (!done) log.warn({}, 'not withdrawn in time; the member goes with the session');
  }
  parts.health?.stop();
  const { runner } = parts;
  let view: TaskView | null = null;
  if (runner !== null) {
    const waitMsMax = (): number => (time.hurry.signal.aborted ? Math.min(0, left()) : left());
    if (options.ask && parts.lifecycle !== null)
      await askToEnd(parts.lifecycle, Promise.race([runner.finished, aborted(time.hurry.signal)]), {
        waitMsMax,
        log,
      });
    view = await kill(runner, time, left);
  }
  // The session goes last: whatever of the announcement is left goes with it.
  if (parts.announcer !== null) await within(parts.announcer.close(), WITHDRAW_MS);
  return view;
}

async function kill(runner: Runner, time: StopTime, left: () => number): Promise<TaskView> {
  const graceMs = (): number => Math.max(0, Math.min(time.graceMs, left()));
  // A later call may only shorten the grace.
  const hasten = (): void => void runner.kill(graceMs());
  time.hurry.signal.addEventListener('abort', hasten);
  const limit = time.graceMs + runner.view().task.finalization_wait * 1_000 + STUCK_MS;
  await within(runner.kill(graceMs()), limit);
  time.hurry.signal.removeEventListener('abort', hasten);
  return runner.view();
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
