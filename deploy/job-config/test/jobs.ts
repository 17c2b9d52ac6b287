import { formatError, parseJob, parseTask } from '@murmur/job-config';
import type { Job, ParseOptions, Result, Task } from '@murmur/job-config';

/** Builders shared by the tests: JSON as a user writes it, and the short way to a value or to the messages. */
export const MB = 1024 * 1024;
export type Json = Record<string, unknown>;

export function processJson(name: string, more: Json = {}): Json {
  return { name, cmdline: `run ${name}`, ...more };
}

export function taskJson(more: Json = {}): Json {
  return { processes: [processJson('web')], resources: { cpu: 1, ram: MB, disk: MB }, ...more };
}

export function jobJson(more: Json = {}): Json {
  return { role: 'www', cluster: 'local', environment: 'prod', task: taskJson(), ...more };
}

export function accepted<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.errors.map(formatError).join('\n'));
  return result.value;
}

export function messages(result: Result<unknown>): readonly string[] {
  return result.ok ? [] : result.errors.map(formatError);
}

export const job = (more: Json = {}, options: ParseOptions = {}): Job =>
  accepted(parseJob(jobJson(more), options));
export const jobErrors = (more: Json, options: ParseOptions = {}): readonly string[] =>
  messages(parseJob(jobJson(more), options));
export const task = (more: Json = {}): Task => accepted(parseTask(taskJson(more)));
export const taskErrors = (more: Json): readonly string[] => messages(parseTask(taskJson(more)));
