import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '@murmur/service';
import type { LaunchPlan } from '../executor/launch-core.js';
import {
  afterCheck,
  NEW_HEALTH,
  policyOf,
  provenHealth,
  type CheckResult,
  type Health,
} from './health-core.js';
import { checkHttp } from './http-check.js';
import { checkShell } from './shell-check.js';

/** While this file is in the sandbox every check passes unasked: for a debugger, or a process that is being looked at. */
export const SNOOZE_FILE = '.healthchecksnooze';

export interface HealthOptions {
  readonly plan: NonNullable<LaunchPlan['health']>;
  readonly sandbox: string;
  /** Null: who the executor is. */
  readonly user: string | null;
  /** The task was healthy before this executor began. */
  readonly proven: boolean;
  readonly onHealthy: (health: Health) => void;
  readonly onUnhealthy: (reason: string) => void;
  readonly log: Log;
}

export interface HealthChecker {
  /** Ends it, with the check that is under way; nothing is called after that. */
  stop(): void;
}

/** Checks at once and then again and again, `interval_secs` from the end of one check to the start of the next. */
export function startHealthChecker(options: HealthOptions): HealthChecker {
  const { plan, log } = options;
  const policy = policyOf(plan.config);
  const over = new AbortController();
  let health = options.proven ? provenHealth(policy) : NEW_HEALTH;
  let timer: NodeJS.Timeout | undefined;

  const round = async (): Promise<void> => {
    const snoozed = await isSnoozed(options.sandbox);
    const result: CheckResult = snoozed ? { ok: true } : await check(options, policy.timeoutMs, over.signal);
    if (over.signal.aborted) return;
    const before = health.state;
    health = afterCheck(policy, health, result);
    if (!result.ok) log.warn({ reason: result.reason, failures: health.failures }, 'health check failed');
    if (health.state === 'unhealthy') {
      over.abort();
      options.onUnhealthy(health.reason);
      return;
    }
    if (before === 'warming' && health.state === 'healthy') options.onHealthy(health);
    timer = setTimeout(() => void round(), policy.intervalMs);
  };
  void round();
  return {
    stop: () => {
      over.abort();
      clearTimeout(timer);
    },
  };
}

function check(
  { plan, sandbox, user }: HealthOptions,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { probe } = plan;
  return probe.kind === 'http'
    ? checkHttp(probe.port, probe.http, timeoutMs, signal)
    : checkShell({ command: probe.command, sandbox, user, timeoutMs, signal });
}

async function isSnoozed(sandbox: string): Promise<boolean> {
  return lstat(join(sandbox, SNOOZE_FILE)).then(
    (stat) => stat.isFile(),
    () => false,
  );
}
