import { ERRORS_MAX, formatError } from '../error-core.js';
import type { Result } from '../error-core.js';
import { parseJob, parseTask } from '../parse-core.js';
import { nearestAround } from './json-lines-core.js';
import { LOAD_ERRORS_MAX } from './limits-core.js';
import type { Evaluated, EvaluatedEntry, EvaluatedKey, Fault, Place } from './protocol-core.js';
import { failure, shownKey } from './result-core.js';
import type { ListedJob, LoadedJob, LoadedTask, LoadError, LoadResult } from './result-core.js';
import { selectionError } from './select-core.js';
import type { JobKey } from '../key-core.js';

/** From what the prelude answered to what the loader returns: the schema's rules, with the lines of the config that broke them. */

/** The name that a file of the config has for the caller, who may have called from another folder. */
export type NameOf = (file: string) => string;

export function judge(evaluated: Evaluated, select: JobKey | null, nameOf: NameOf): LoadResult {
  const { keys = [], wanted = [], printed } = evaluated;
  if (select !== null && wanted.length !== 1) {
    return failure([selectionError(listed(keys, nameOf), wanted, select, nameOf(''))]);
  }
  const errors = (evaluated.errors ?? []).map((fault) => faultError(fault, keys, nameOf));
  const faulty = new Set((evaluated.errors ?? []).map(({ index }) => index));
  const sound = (evaluated.jobs ?? []).filter(({ index }) => !faulty.has(index));
  const jobs: LoadedJob[] = [];
  for (const { index, ...entry } of sound) {
    const key = keys[index];
    const label = key === undefined ? '' : `${shownKey(key)}: `;
    const result = parseJob(entry.json);
    if (!result.ok) errors.push(...ruleErrors(result, entry, label, nameOf));
    else jobs.push({ job: result.value, json: entry.json, ...placed(key?.place ?? null, nameOf) });
  }
  const tasks = (evaluated.tasks ?? []).flatMap((entry): LoadedTask[] => {
    if (entry.json === null) return [];
    const result = parseTask(entry.json);
    if (result.ok) return [{ task: result.value, json: entry.json }];
    errors.push(...ruleErrors(result, entry, '', nameOf));
    return [];
  });
  errors.push(...duplicates(jobs));
  return errors.length === 0
    ? { ok: true, jobs, tasks, printed }
    : { ok: false, errors: errors.slice(0, LOAD_ERRORS_MAX), printed };
}

/** The keys as the caller sees them. */
export function listed(keys: readonly EvaluatedKey[], nameOf: NameOf): readonly ListedJob[] {
  return keys.map(({ place, ...key }) => ({ ...key, ...placed(place, nameOf) }));
}

/** A fault of the prelude as an error of the load. */
export function faultError(fault: Fault, keys: readonly EvaluatedKey[], nameOf: NameOf): LoadError {
  const key = fault.index === undefined ? undefined : keys[fault.index];
  const label = key === undefined ? '' : `${shownKey(key)}: `;
  const path = fault.path === '' ? '' : `${fault.path}: `;
  const { column = null, includes = [] } = fault;
  return {
    file: nameOf(fault.file),
    line: fault.line,
    message: `${label}${path}${fault.message}`,
    ...(column === null ? {} : { column }),
    ...(fault.expected === null ? {} : { expected: fault.expected }),
    ...(includes.length === 0 ? {} : { includedFrom: includes.map(nameOf) }),
  };
}

function ruleErrors(
  result: Result<unknown>,
  { lines }: EvaluatedEntry,
  label: string,
  nameOf: NameOf,
): readonly LoadError[] {
  if (result.ok) return [];
  const places = new Map(lines.map(([path, file, line]) => [path, [file, line] as const]));
  return result.errors.slice(0, ERRORS_MAX).map((error) => ({
    ...placed(nearestAround(error.path, places) ?? null, nameOf),
    message: `${label}${formatError(error)}`,
  }));
}

function placed(place: Place, nameOf: NameOf): { readonly file: string; readonly line: number | null } {
  return { file: nameOf(place?.[0] ?? ''), line: place?.[1] ?? null };
}

function duplicates(jobs: readonly LoadedJob[]): readonly LoadError[] {
  const seen = new Map<string, LoadedJob>();
  return jobs.flatMap((entry) => {
    const key = shownKey(entry.job);
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, entry);
      return [];
    }
    const where = first.line === null ? '' : `; the other is in line ${first.line}`;
    const message = `${key}: a second job with this key${where}`;
    return [{ file: entry.file, line: entry.line, message, expected: 'keys that are unique in the config' }];
  });
}
