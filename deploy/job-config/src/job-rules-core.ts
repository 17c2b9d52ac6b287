import {
  CONSTRAINT_EXPECTED,
  DEDICATED,
  dedicatedExpected,
  isDedicatedFor,
  parseConstraint,
} from './constraint-core.js';
import type { ErrorList } from './error-core.js';
import { IDENTITY, IDENTITY_EXPECTED } from './job-schema-core.js';
import type { Job } from './job-schema-core.js';
import { fixedPort, resolvePortmap } from './ports-core.js';
import { isProduction } from './settle-core.js';
import { RUN_TIME_REFS_EXPECTED, texts, unresolvable } from './template-core.js';

/** Rules between the fields of a job. `checkJob` runs those whose fields were all read without an error. */

interface Rule {
  /** The fields it reads. */
  readonly needs: readonly (keyof Job)[];
  check(job: Job, errors: ErrorList): void;
}

/** Share of a dedicated job's instances that an update must be allowed to lose: its few hosts leave no room to move. */
const DEDICATED_FAILURES_SHARE = 0.02;

const RULES: readonly Rule[] = [
  { needs: ['name', 'task'], check: checkName },
  { needs: ['cron_schedule', 'service'], check: checkCron },
  { needs: ['update_config'], check: checkStrategy },
  { needs: ['update_config', 'instances', 'constraints'], check: checkFailures },
  { needs: ['constraints', 'role'], check: checkConstraints },
  { needs: ['announce', 'constraints'], check: checkPorts },
  { needs: ['production', 'tier'], check: checkTier },
  { needs: ['sla_policy', 'instances'], check: checkSla },
];

export function checkJob(job: Partial<Job>, errors: ErrorList): void {
  const sound = (field: string): boolean => !errors.touches(field);
  const runnable = RULES.filter(({ needs }) => needs.every(sound));
  for (const rule of runnable) rule.check(job as Job, errors);
}

/** Every ref left in a value is one that the agent resolves. */
export function checkRefs(value: unknown, errors: ErrorList): void {
  for (const [path, text] of texts(value, '')) {
    const ref = unresolvable(text);
    if (ref !== undefined && !errors.touches(path)) errors.invalid(path, ref, RUN_TIME_REFS_EXPECTED);
  }
}

function checkName({ name }: Job, errors: ErrorList): void {
  if (!IDENTITY.test(name)) errors.invalid('name', name, IDENTITY_EXPECTED);
}

function checkCron({ cron_schedule: schedule = '', service }: Job, errors: ErrorList): void {
  if (schedule !== '' && service)
    errors.invalid('service', service, 'false, as a job with a cron_schedule must be');
}

function checkStrategy({ update_config: config }: Job, errors: ErrorList): void {
  if (config.update_strategy === undefined) return;
  if (config.wait_for_batch_completion) {
    errors.invalid('update_config.wait_for_batch_completion', true, 'false, as beside an update_strategy');
  }
  if (config.batch_size > 1) {
    const expected = '1, as beside an update_strategy: the size belongs into the strategy';
    errors.invalid('update_config.batch_size', config.batch_size, expected);
  }
}

function checkFailures({ update_config: config, instances, constraints }: Job, errors: ErrorList): void {
  const path = 'update_config.max_total_failures';
  const failures = config.max_total_failures;
  if (failures >= instances)
    errors.invalid(path, failures, `less than the ${instances} instances of the job`);
  if (constraints === undefined || !Object.hasOwn(constraints, DEDICATED)) return;
  const least = Math.floor(instances * DEDICATED_FAILURES_SHARE);
  if (failures < least) {
    errors.invalid(path, failures, `at least ${least}: 2 % of the ${instances} instances of a dedicated job`);
  }
}

function checkConstraints({ constraints = {}, role }: Job, errors: ErrorList): void {
  for (const [name, text] of Object.entries(constraints)) {
    const path = `constraints.${name}`;
    if (parseConstraint(text) === undefined) errors.invalid(path, text, CONSTRAINT_EXPECTED);
    else if (name === DEDICATED && !isDedicatedFor(role, text)) {
      errors.invalid(path, text, dedicatedExpected(role));
    }
  }
}

/** A fixed port is safe only where the job has the host to itself. */
function checkPorts({ announce, constraints = {} }: Job, errors: ErrorList): void {
  if (announce === undefined) return;
  checkPortmap(announce.portmap, errors);
  if (Object.hasOwn(constraints, DEDICATED)) return;
  for (const [name, port] of Object.entries(announce.portmap)) {
    if (fixedPort(port) === undefined) continue;
    errors.invalid(
      `announce.portmap.${name}`,
      port,
      'the name of a port; a number needs a dedicated constraint',
    );
  }
}

/** Aliases end somewhere, and a number they end at is a port. */
export function checkPortmap(portmap: Readonly<Record<string, string>>, errors: ErrorList): void {
  const resolved = resolvePortmap(portmap);
  if (!resolved.ok) {
    errors.invalid('announce.portmap', resolved.cycle.join(' -> '), 'free of cycles');
  }
  for (const [name, port] of Object.entries(portmap)) {
    const number = fixedPort(port);
    if (number === undefined || (number >= 1 && number <= 65_535)) continue;
    errors.invalid(`announce.portmap.${name}`, port, 'a port from 1 to 65535');
  }
}

/** A tier of the cluster's own is left to the scheduler, which knows it. */
function checkTier({ production, tier }: Job, errors: ErrorList): void {
  if (production && tier !== undefined && isProduction(tier) === false) {
    errors.invalid('production', production, `false, as in tier ${tier}`);
  }
}

/** A policy must let at least one instance go, or no host could ever be drained. */
function checkSla({ sla_policy: policy, instances }: Job, errors: ErrorList): void {
  if (policy === undefined) return;
  if ('count' in policy && instances - policy.count < 1) {
    errors.invalid('sla_policy.count', policy.count, `less than the ${instances} instances of the job`);
  }
  if ('percentage' in policy && (instances * (100 - policy.percentage)) / 100 < 1) {
    const expected = `low enough to let one of ${instances} instances go`;
    errors.invalid('sla_policy.percentage', policy.percentage, expected);
  }
}
