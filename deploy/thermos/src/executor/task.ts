import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@murmur/service';
import { startHealthChecker } from '../health/checker.js';
import { within } from '../lifecycle/http-lifecycle.js';
import { stopTask, type Parts, type StopTime } from '../lifecycle/stop.js';
import { createRunner } from '../runner/index.js';
import type { RunnerLogger, TaskView } from '../runner/types.js';
import { LaunchError, type LaunchPlan } from './launch-core.js';
import { makeSandbox } from './sandbox.js';

/** Beside the runner's checkpoint: the ports of the task, name -> number, for the observer. */
export const PORTS_FILE = 'ports.json';
/** A sandbox on a slow or stuck disk, ms. */
export const SANDBOX_TIMEOUT_MS = 10 * 60_000;
/** A runner that does not start: a stuck disk, a user directory that does not answer, ms. */
export const RUNNER_START_TIMEOUT_MS = 60_000;

export interface TaskOptions {
  /** The agent's sandbox of this container. */
  readonly directory: string;
  readonly checkpointRoot: string;
  readonly switchUser: boolean;
  readonly preserveEnv: boolean;
  readonly loggerDefaults: RunnerLogger;
  /** Empty: tasks are not announced. */
  readonly zk: string;
  readonly sessionTimeoutMs: number;
  readonly log: Log;
}

/** One task that runs, and what watches over it. */
export interface Task {
  /** When the runner has ended, by itself or not. */
  readonly finished: Promise<TaskView>;
  /** Calls one of the two, once; `healthy` at once (and `null`) where there is no check. */
  check(
    proven: boolean,
    healthy: (message: string | null) => void,
    unhealthy: (reason: string) => void,
  ): void;
  /** Nothing where the task is not to be announced. */
  announce(): void;
  stop(time: StopTime, ask: boolean): Promise<TaskView | null>;
  /** Lets go of everything and leaves the processes alone. */
  detach(): Promise<void>;
}

/** Makes the sandbox and starts the runner, or goes on from its checkpoint. Throws LaunchError: the task cannot be run here. */
export async function prepareTask(plan: LaunchPlan, options: TaskOptions): Promise<Task> {
  const { directory, checkpointRoot, switchUser, log } = options;
  const user = switchUser ? plan.user : null;
  const sandbox = await inTime(makeSandbox(directory, user), SANDBOX_TIMEOUT_MS, 'the sandbox');
  // A ZooKeeper client is a tenth of an executor's memory: only who announces loads it.
  const announcing =
    plan.announce === null || options.zk === '' ? null : await import('../announce/announcer.js');
  const parts: Parts = { announcer: null, health: null, runner: null, lifecycle: plan.lifecycle };
  const runner = construct(() =>
    createRunner({
      task: plan.task,
      taskId: plan.taskId,
      sandbox,
      checkpointRoot,
      user,
      env: {},
      preserveEnv: options.preserveEnv,
      loggerDefaults: options.loggerDefaults,
      log,
    }),
  );
  await inTime(runner.start(), RUNNER_START_TIMEOUT_MS, 'the runner');
  parts.runner = runner;
  const ports = JSON.stringify(Object.fromEntries(plan.ports));
  await writeFile(join(checkpointRoot, plan.taskId, PORTS_FILE), ports, { mode: 0o600 });
  return {
    finished: runner.finished,
    check: (proven, healthy, unhealthy) => {
      if (plan.health === null) {
        healthy(null);
        return;
      }
      parts.health = startHealthChecker({
        plan: plan.health,
        sandbox,
        user,
        proven,
        onHealthy: ({ attempts }) => healthy(`Healthy at health check ${attempts}.`),
        onUnhealthy: unhealthy,
        log,
      });
    },
    announce: () => {
      const { zk, sessionTimeoutMs } = options;
      if (plan.announce === null) return;
      if (announcing === null)
        log.warn({ path: plan.announce.path }, 'not announced: no --announcer-ensemble');
      else
        parts.announcer = announcing.startAnnouncer(plan.announce, {
          zk,
          sessionTimeoutMs,
          sandbox,
          user,
          log,
        });
    },
    stop: (time, ask) => stopTask(parts, time, { ask, log }),
    detach: async () => {
      parts.health?.stop();
      await parts.announcer?.close();
      await runner.detach();
    },
  };
}

function construct<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw new LaunchError(
      `the task cannot be run: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function inTime<T>(work: Promise<T>, ms: number, what: string): Promise<T> {
  const settled = work.then(
    (value) => ({ value }),
    (error: unknown) => ({ reason: error instanceof Error ? error.message : String(error) }),
  );
  if (!(await within(settled, ms))) throw new LaunchError(`${what} was not there after ${ms / 1_000} s`);
  const result = await settled;
  if ('reason' in result) throw new LaunchError(`${what} cannot be had: ${result.reason}`);
  return result.value;
}
