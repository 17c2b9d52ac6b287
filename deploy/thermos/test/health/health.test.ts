import fc from 'fast-check';
import {
  afterCheck,
  attemptsMax,
  NEW_HEALTH,
  policyOf,
  provenHealth,
  type CheckResult,
  type Health,
  type HealthPolicy,
} from '../../src/health/health-core.js';

const good: CheckResult = { ok: true };
const bad: CheckResult = { ok: false, reason: 'no' };
const policy = (more: Partial<HealthPolicy> = {}): HealthPolicy => ({
  forgiven: 2,
  maxFailures: 1,
  minSuccesses: 2,
  intervalMs: 10_000,
  timeoutMs: 1_000,
  ...more,
});

/** `+` a success, `-` a failure. */
function run(of: HealthPolicy, checks: string, from: Health = NEW_HEALTH): Health {
  return Array.from(checks).reduce((health, sign) => afterCheck(of, health, sign === '+' ? good : bad), from);
}

const DEFAULTS = {
  health_checker: {},
  initial_interval_secs: 15,
  interval_secs: 10,
  max_consecutive_failures: 0,
  min_consecutive_successes: 1,
  timeout_secs: 1,
};

describe('the health of a task', () => {
  it.each([
    ['', 'warming'],
    ['+', 'warming'],
    ['++', 'healthy'],
    ['-+-+', 'warming'],
    ['--', 'warming'],
    ['---', 'warming'],
    ['---++', 'healthy'],
    // 2 forgiven, 1 allowed, 2 in a row: five attempts.
    ['----', 'unhealthy'],
    ['+-+-', 'unhealthy'],
    ['++-', 'healthy'],
    ['++---', 'unhealthy'],
    ['++-+-+-+-', 'healthy'],
  ])('after %s is %s', (checks, state) => {
    expect(run(policy(), checks).state).toBe(state);
  });

  it('forgives failures of the initial interval even after it was healthy, as Aurora does', () => {
    const of = policy({ forgiven: 4, maxFailures: 0, minSuccesses: 1 });
    expect(run(of, '+---').state).toBe('healthy');
    expect(run(of, '+----').state).toBe('unhealthy');
  });

  it('of a task that was healthy before its executor began anew has nothing forgiven', () => {
    const of = policy({ maxFailures: 0 });
    expect(run(of, '', provenHealth(of)).state).toBe('healthy');
    expect(run(of, '-', provenHealth(of)).state).toBe('unhealthy');
  });

  it('says how often it failed, what is allowed, and why', () => {
    expect(run(policy(), '++--').reason).toBe(
      '2 failed health checks in a row (allowed: 1). The last one: no',
    );
    expect(run(policy(), '+-+-').reason).toBe(
      'It never got healthy: 2 in a row of the first 5 health checks must succeed; the last one: no',
    );
  });

  it('is decided after its attempts at the latest, whatever they find', () => {
    const policies = fc.record({
      forgiven: fc.nat(5),
      maxFailures: fc.nat(5),
      minSuccesses: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(policies, fc.array(fc.boolean(), { minLength: 15, maxLength: 15 }), (few, found) => {
        const of = policy(few);
        const checks = found.map((ok) => (ok ? '+' : '-')).join('');
        expect(run(of, checks.slice(0, attemptsMax(of))).state).not.toBe('warming');
      }),
    );
  });

  it('stays unhealthy', () => {
    expect(run(policy(), '----++++++').state).toBe('unhealthy');
  });
});

describe('the policy', () => {
  it('has Aurora\u2019s defaults: two forgiven attempts, and one more', () => {
    const of = policyOf(DEFAULTS);
    expect(of).toEqual({
      forgiven: 2,
      maxFailures: 0,
      minSuccesses: 1,
      intervalMs: 10_000,
      timeoutMs: 1_000,
    });
    expect(attemptsMax(of)).toBe(3);
  });

  it('does not check without a pause, and needs a success', () => {
    const of = policyOf({
      ...DEFAULTS,
      interval_secs: 0,
      initial_interval_secs: 1,
      min_consecutive_successes: 0,
    });
    expect(of).toMatchObject({ intervalMs: 100, forgiven: 10, minSuccesses: 1 });
  });
});
