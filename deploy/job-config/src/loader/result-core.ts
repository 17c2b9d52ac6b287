import type { Job } from '../job-schema-core.js';
import type { JobKey } from '../key-core.js';
import type { Task } from '../thermos-schema-core.js';

/** What to load. */
export interface LoadRequest {
  readonly file: string;
  /** `--bind`: names of refs and what they stand for; the later of two for one name wins. */
  readonly bindings?: Readonly<Record<string, string>>;
  /** All that `os.getenv` and `getpass.getuser` see. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Only this job: the others may be unfinished, for instance lack a binding. */
  readonly select?: { readonly jobKey: JobKey };
}

export interface LoadedJob {
  readonly job: Job;
  /** As the config says it after interpolation, with Pystachio's defaults and run-time refs. */
  readonly json: unknown;
  /** Where it was made. */
  readonly file: string;
  readonly line: number | null;
}

export interface LoadedTask {
  readonly task: Task;
  readonly json: unknown;
}

export type LoadResult =
  | {
      readonly ok: true;
      readonly jobs: readonly LoadedJob[];
      /** What a config for Thermos alone gave to `export()`. */
      readonly tasks: readonly LoadedTask[];
      /** What the config printed, cut at 10,000 characters. */
      readonly printed: string;
    }
  | Failure;

export interface Failure {
  readonly ok: false;
  readonly errors: readonly LoadError[];
  readonly printed?: string;
}

/** One thing that is wrong, and where. */
export interface LoadError {
  /** As it was given, or the path of an included file. */
  readonly file: string;
  /** From 1; null when no line is to blame. */
  readonly line: number | null;
  readonly column?: number;
  readonly message: string;
  /** What would be right. */
  readonly expected?: string;
  /** `file:line` of the includes that led to the file, innermost first. */
  readonly includedFrom?: readonly string[];
}

/** The keys of a config's jobs as far as it says them. */
export interface ListedJob {
  readonly cluster: string | null;
  readonly role: string | null;
  readonly environment: string | null;
  readonly name: string | null;
  readonly file: string;
  readonly line: number | null;
}

export type ListResult = { readonly ok: true; readonly jobs: readonly ListedJob[] } | Failure;
export type RawResult = { readonly ok: true; readonly jobs: readonly unknown[] } | Failure;

/** `jobs.aurora:12: Job has no field "instnces"; did you mean "instances"? (expected: one of …)`, on one line. */
export function formatLoadError({
  file,
  line,
  column,
  message,
  expected,
  includedFrom = [],
}: LoadError): string {
  const place = [file, ...(line === null ? [] : [line]), ...(column === undefined ? [] : [column])].join(':');
  // "x is not an integer" has said it.
  const more = expected === undefined || message.includes(expected) ? '' : ` (expected: ${expected})`;
  const via = includedFrom.map((from) => `, included from ${from}`).join('');
  return `${place}${via}: ${message}${more}`;
}

export function failure(errors: readonly LoadError[]): Failure {
  return { ok: false, errors };
}

/** The text for a key of which parts may be missing. */
export function shownKey({ cluster, role, environment, name }: Omit<ListedJob, 'file' | 'line'>): string {
  return [cluster, role, environment, name].map((part) => part ?? '(none)').join('/');
}
