import { job } from './job-schema-core.js';
import type { Job, MesosTaskInstance } from './job-schema-core.js';
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
  return set(task, 'name', bind(name, 'processes[0].name', processes?.[0]?.name));
}

/** Settles what a job and a task instance share: the task's name, their own, the aliases of the primary port. */
export function settleNames<T extends Partial<Job | MesosTaskInstance>>(value: T): T {
  const { name, announce } = value;
  const task = value.task === undefined ? undefined : settleTask(value.task);
  const named = set(value, 'name', bind(name, 'task.name', task?.name));
  return set(
    set(named, 'task', task),
    'announce',
    announce === undefined ? undefined : settlePorts(announce),
  );
}

/** `production` and `tier` say the same in old and new words: the one that is missing is filled in. */
export function settleTier(value: Partial<Job>): Partial<Job> {
  if (value.tier !== undefined)
    return isProduction(value.tier) === true ? { ...value, production: true } : value;
  return value.production === true ? inOrder({ ...value, tier: PRODUCTION_TIER }) : value;
}

/** Whether instances of this tier count against quota and are never preempted; undefined for a tier of the cluster's own. */
export function isProduction(tier: string): boolean | undefined {
  if (!Object.hasOwn(TIERS, tier)) return undefined;
  const { preemptible, revocable } = TIERS[tier] ?? { preemptible: true, revocable: true };
  return !preemptible && !revocable;
}

function settlePorts(announce: Announcer): Announcer {
  const { portmap, primary_port: primary } = announce as Partial<Announcer>;
  const entries = Object.entries(portmap ?? {}).flatMap(([name, port]) => {
    const bound = bind(port, 'primary_port', primary);
    return bound === undefined ? [] : [[name, bound] as const];
  });
  return set(announce, 'portmap', Object.fromEntries(entries));
}

/**
 * The text with a ref filled in; undefined where what it refers to was refused, so that one error does not become two. (A function
 * as replacement: a `$` in a name is a dollar.)
 */
function bind(text: string | undefined, address: string, value: string | undefined): string | undefined {
  const ref = `{{${address}}}`;
  if (text?.includes(ref) !== true) return text;
  return value === undefined ? undefined : text.replaceAll(ref, () => value);
}

/** A copy with a field that the value has replaced in its place, or removed; a field it does not have stays away. */
function set<T extends object>(value: T, field: keyof T, to: unknown): T {
  const entries = Object.entries(value).map(([name, was]) => [name, name === field ? to : was] as const);
  return Object.fromEntries(entries.filter(([, is]) => is !== undefined)) as T;
}

/** The fields in the schema's order, so that equal jobs print as equal texts. */
function inOrder(value: Partial<Job>): Partial<Job> {
  const names = Object.keys(job.shape.fields) as (keyof Job)[];
  return Object.fromEntries(names.flatMap((name) => (name in value ? [[name, value[name]]] : [])));
}
