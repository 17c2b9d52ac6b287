import { at, ErrorList } from './error-core.js';
import type { ConfigError, Result } from './error-core.js';
import { job, mesosTaskInstance } from './job-schema-core.js';
import type { Job, MesosTaskInstance } from './job-schema-core.js';
import { checkJob, checkPortmap, checkRefs } from './job-rules-core.js';
import { ENTRIES_MAX, readStruct } from './read-core.js';
import type { Unknown } from './read-core.js';
import { settleNames, settleTask, settleTier } from './settle-core.js';
import { checkTask } from './task-rules-core.js';
import { task } from './thermos-schema-core.js';
import type { Task } from './thermos-schema-core.js';

export interface ParseOptions {
  /** Fields the schema does not have: `refuse` (a client) or `ignore` (an executor). */
  readonly unknown?: Unknown;
}

/** Reads one job, as Aurora's client prints it. Unknown fields are refused unless told otherwise. */
export function parseJob(json: unknown, { unknown = 'refuse' }: ParseOptions = {}): Result<Job> {
  const errors = new ErrorList();
  const raw = readStruct(job, json, unknown, errors);
  if (raw === undefined) return { ok: false, errors: errors.errors };
  const read = settleTier(settleNames(raw));
  checkRefs(read, errors);
  checkTask(read.task, 'task', errors);
  checkJob(read, errors);
  return result(read, errors);
}

/** Reads one task, as a Thermos-only config exports it. Unknown fields are refused unless told otherwise. */
export function parseTask(json: unknown, { unknown = 'refuse' }: ParseOptions = {}): Result<Task> {
  const errors = new ErrorList();
  const raw = readStruct(task, json, unknown, errors);
  if (raw === undefined) return { ok: false, errors: errors.errors };
  const read = settleTask(raw as Task);
  checkRefs(read, errors);
  checkTask(read, '', errors);
  return result(read, errors);
}

export interface InstanceOptions extends ParseOptions {
  /** The instance's number, where the JSON has none: a job's JSON is the same for all its instances. */
  readonly instance?: number;
}

/**
 * Reads what the executor is given in `TaskInfo.data`: the JSON of a job. Unknown fields (the job's others) are ignored unless
 * told otherwise; run-time refs stay in the texts.
 */
export function parseMesosTaskInstance(
  json: unknown,
  { unknown = 'ignore', instance }: InstanceOptions = {},
): Result<MesosTaskInstance> {
  const errors = new ErrorList();
  const whole = instance === undefined || !isObject(json) ? json : { instance, ...json };
  const raw = readStruct(mesosTaskInstance, whole, unknown, errors);
  if (raw === undefined) return { ok: false, errors: errors.errors };
  const read = settleNames(raw);
  checkRefs(read, errors);
  checkTask(read.task, 'task', errors);
  if (read.announce !== undefined && !errors.touches('announce')) checkPortmap(read.announce.portmap, errors);
  return result(read, errors);
}

/** Reads `{"jobs": [..]}` or a bare job object. Errors of the list carry `jobs[i]` before their path; keys must be unique. */
export function readJobs(json: unknown, options: ParseOptions = {}): Result<readonly Job[]> {
  if (!isObject(json) || !Object.hasOwn(json, 'jobs')) {
    const one = parseJob(json, options);
    return one.ok ? { ok: true, value: [one.value] } : one;
  }
  const errors = new ErrorList();
  const entries: unknown = json['jobs'];
  if (!Array.isArray(entries) || entries.length === 0 || entries.length > ENTRIES_MAX) {
    errors.invalid('jobs', entries, `a list of 1 to ${ENTRIES_MAX} jobs`);
    return { ok: false, errors: errors.errors };
  }
  const jobs = entries.flatMap((entry: unknown, index) => {
    const one = parseJob(entry, options);
    if (one.ok) return [[index, one.value] as const];
    for (const error of one.errors) errors.add(under(at('jobs', index), error));
    return [];
  });
  checkUnique(jobs, errors);
  return result(
    jobs.map(([, parsed]) => parsed),
    errors,
  );
}

/** The JSON text of a job or task; what parses back to the same value. */
export function print(value: Job | Task | MesosTaskInstance): string {
  return JSON.stringify(value);
}

function checkUnique(jobs: readonly (readonly [number, Job])[], errors: ErrorList): void {
  const seen = new Set<string>();
  for (const [index, { cluster, role, environment, name }] of jobs) {
    const key = [cluster, role, environment, name].join('/');
    if (seen.has(key)) errors.invalid(at('jobs', index), key, 'unique in the list');
    seen.add(key);
  }
}

function under(path: string, error: ConfigError): ConfigError {
  const inner = error.path === '' || error.path.startsWith('[') ? error.path : `.${error.path}`;
  return { ...error, path: `${path}${inner}` };
}

function result<T>(value: Partial<T>, { errors }: ErrorList): Result<T> {
  return errors.length === 0 ? { ok: true, value: value as T } : { ok: false, errors };
}

function isObject(json: unknown): json is Readonly<Record<string, unknown>> {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}
