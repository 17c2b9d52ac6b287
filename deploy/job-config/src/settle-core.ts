import type { Job } from './job-schema-core.js';
import type { Announcer } from './service-schema-core.js';
import type { Task } from './thermos-schema-core.js';

/**
 * Values that depend on other fields: the schema's three defaults that are templates, and the tier that `production` stands for.
 * Each step leaves a settled value as it is, so that settling twice changes nothing. A value may lack fields that were refused.
 */

/** The tiers Aurora ships. A cluster may have others; of those, nothing is known here. */
export const TIERS: Readonly<Record<string, Tier>> = {
  preferred: { preemptible: false, revocable: false },
  preemptible: { preemptible: true, revocable: false },
  revocable: { preemptible: true, revocable: true },
};
export interface Tier {
  readonly preemptible: boolean;
  readonly revocable: boolean;
}
/** The tier of `production: true` without a tier. */
const PRODUCTION_TIER = 'preferred';

export function settleTask(task: Task): Task {
  const { name, processes } = task as Partial<Task>;
  const first = processes?.[0]?.name;
  if (name === undefined || first === undefined) return task;
  return { ...task, name: bind(name, 'processes[0].name', first) };
}

/** Settles what a job and a task instance share: the task's name, their own, the aliases of the primary port. */
export function settleNames<T extends { name?: string; task?: Task; announce?: Announcer }>(value: T): T {
  const task = value.task === undefined ? undefined : settleTask(value.task);
  const { name, announce } = value;
  const taskName = (task as Partial<Task> | undefined)?.name;
  return {
    ...value,
    ...(task === undefined ? {} : { task }),
    ...(name === undefined || taskName === undefined ? {} : { name: bind(name, 'task.name', taskName) }),
    ...(announce === undefined ? {} : { announce: settlePorts(announce) }),
  };
}

/** `production` and `tier` say the same in old and new words: the one that is missing is filled in. */
export function settleTier(job: Partial<Job>): Partial<Job> {
  if (job.tier === undefined) return job.production === true ? { ...job, tier: PRODUCTION_TIER } : job;
  return isProduction(job.tier) === true ? { ...job, production: true } : job;
}

/** Whether instances of this tier count against quota and are never preempted; undefined for a tier of the cluster's own. */
export function isProduction(tier: string): boolean | undefined {
  if (!Object.hasOwn(TIERS, tier)) return undefined;
  const { preemptible, revocable } = TIERS[tier] ?? { preemptible: true, revocable: true };
  return !preemptible && !revocable;
}

function settlePorts(announce: Announcer): Announcer {
  const { primary_port: primary, portmap } = announce as Partial<Announcer>;
  if (primary === undefined || portmap === undefined) return announce;
  const entries = Object.entries(portmap).map(([name, port]) => [name, bind(port, 'primary_port', primary)]);
  return { ...announce, portmap: Object.fromEntries(entries) as Readonly<Record<string, string>> };
}

/** Function as replacement: a `$` in a name is a dollar. */
function bind(text: string, address: string, value: string): string {
  return text.replaceAll(`{{${address}}}`, () => value);
}
