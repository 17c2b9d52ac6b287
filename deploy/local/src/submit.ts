import { join } from 'node:path';
import { createLoader, formatLoadError, type LoadedJob, type Loader } from '@murmur/job-config';
import { ApiError, type SchedulerClient } from '@murmur/scheduler-api';
import { HOUSE } from './package/catalogue.js';
import { JOBS } from './specs.js';

/** The configs of the suite's own jobs. */
export const CONFIGS = join(HOUSE, 'aurora-configs');

/** A config of the suite that cannot be used; a line for each error, with file and line. */
export class ConfigsError extends Error {
  override readonly name = 'ConfigsError';
}

export const configOf = (job: string): string => join(CONFIGS, `${job}.aurora`);

/** The suite's jobs as its configs say them, in the order of `JOBS`. Throws ConfigsError. */
export async function loadSuite(bindings: Readonly<Record<string, string>>): Promise<readonly LoadedJob[]> {
  const loader = createLoader();
  try {
    const jobs: LoadedJob[] = [];
    for (const name of JOBS) jobs.push(...(await loadOne(loader, configOf(name), bindings)));
    return jobs;
  } finally {
    await loader.close();
  }
}

async function loadOne(
  loader: Loader,
  file: string,
  bindings: Readonly<Record<string, string>>,
): Promise<readonly LoadedJob[]> {
  const result = await loader.load({ file, bindings });
  if (!result.ok) throw new ConfigsError(result.errors.map(formatLoadError).join('\n'));
  return result.jobs;
}

/** `created`: it was not there; `runs`: it is there with this config; `differs`: it is there with another one, and was left alone. */
export type Submitted = 'created' | 'runs' | 'differs';

const REASON = 'scripts/up';

/** Creates a job unless it is there. Another number of instances is no other config: a job that was scaled stays so. */
export async function submit(client: SchedulerClient, { job, json }: LoadedJob): Promise<Submitted> {
  const { role, environment, name } = job;
  const body = json as Record<string, unknown>;
  try {
    await client.call('createJob', { body: { job: body, reason: REASON } });
    return 'created';
  } catch (error) {
    if (!(error instanceof ApiError) || error.code !== 'job-exists') throw error;
  }
  const diff = await client.call('diff', { params: { role, environment, name }, body: { job: body } });
  return diff.update.length === 0 ? 'runs' : 'differs';
}
