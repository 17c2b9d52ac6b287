import type { HealthCheckConfig } from '@murmur/job-config';

/** Counted in attempts, not in time: a slow machine costs a task no chance. */
export interface HealthPolicy {
  /** So many first attempts may fail: as many as begin within `initial_interval_secs`. */
  readonly forgiven: number;
  /** More failures in a row than this, not counting forgiven ones, make the task unhealthy. */
  readonly maxFailures: number;
  /** So many successes in a row make it healthy. */
  readonly minSuccesses: number;
  readonly intervalMs: number;
  readonly timeoutMs: number;
}

/** A check is not begun more often than this, ms. */
export const INTERVAL_MIN_MS = 100;
/** Nor later than this: what a timer can hold, ms. */
const TIMER_MAX_MS = 2_147_483_647;

export function policyOf(config: HealthCheckConfig): HealthPolicy {
  const ms = (secs: number, min: number): number => Math.min(Math.max(min, secs * 1_000), TIMER_MAX_MS);
  const intervalMs = ms(config.interval_secs, INTERVAL_MIN_MS);
  return {
    forgiven: Math.ceil((config.initial_interval_secs * 1_000) / intervalMs),
    maxFailures: config.max_consecutive_failures,
    minSuccesses: Math.max(1, config.min_consecutive_successes),
    intervalMs,
    timeoutMs: ms(config.timeout_secs, 1),
  };
}

/** In all, before the task was healthy once. */
export function attemptsMax({ forgiven, maxFailures, minSuccesses }: HealthPolicy): number {
  return forgiven + maxFailures + minSuccesses;
}

export interface Health {
  readonly attempts: number;
  /** In a row, without forgiven ones. */
  readonly failures: number;
  /** In a row. */
  readonly successes: number;
  readonly state: 'warming' | 'healthy' | 'unhealthy';
  /** Why it is unhealthy. */
  readonly reason: string;
}

export const NEW_HEALTH: Health = { attempts: 0, failures: 0, successes: 0, state: 'warming', reason: '' };

/** Of a task that was healthy before its executor began anew: nothing is forgiven any more. */
export function provenHealth(policy: HealthPolicy): Health {
  return { ...NEW_HEALTH, attempts: policy.forgiven, state: 'healthy' };
}

/** What one check found; the reason of a failure is for people. */
export type CheckResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

/** The health after one more check. Unhealthy is final. */
export function afterCheck(policy: HealthPolicy, health: Health, result: CheckResult): Health {
  if (health.state === 'unhealthy') return health;
  const attempts = health.attempts + 1;
  if (result.ok) {
    const successes = health.successes + 1;
    const isHealthy = health.state === 'healthy' || successes >= policy.minSuccesses;
    const next: Health = {
      ...health,
      attempts,
      successes,
      failures: 0,
      state: isHealthy ? 'healthy' : 'warming',
    };
    return lastChance(policy, next, 'successes and failures took turns');
  }
  const failures = attempts <= policy.forgiven ? health.failures : health.failures + 1;
  const next: Health = { ...health, attempts, successes: 0, failures };
  if (failures > policy.maxFailures) {
    const times = `${failures} failed health ${failures === 1 ? 'check' : 'checks in a row'}`;
    return unhealthy(next, `${times} (allowed: ${policy.maxFailures}). The last one: ${result.reason}`);
  }
  return lastChance(policy, next, `the last one: ${result.reason}`);
}

/** A task that has not been healthy yet fails as soon as the attempts left cannot make it so. */
function lastChance(policy: HealthPolicy, health: Health, why: string): Health {
  const left = attemptsMax(policy) - health.attempts;
  if (health.state !== 'warming' || left >= policy.minSuccesses - health.successes) return health;
  const wanted = `${policy.minSuccesses} in a row of the first ${attemptsMax(policy)} health checks`;
  return unhealthy(health, `It never got healthy: ${wanted} must succeed; ${why}`);
}

function unhealthy(health: Health, reason: string): Health {
  return { ...health, state: 'unhealthy', reason };
}
