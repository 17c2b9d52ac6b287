import { didYouMean, type JobKey } from '@murmur/job-config';
import type { JobShape } from '@murmur/scheduler-api';
import { CliError } from './exit-core.js';
import { formatKey, instanceText } from './keys-core.js';
import { allPages, Refusal, type Session } from './session.js';
import { readJob } from './wait.js';

/** The three parts of a job's path. */
export function pathOf({ role, environment, name }: JobKey): {
  readonly role: string;
  readonly environment: string;
  readonly name: string;
} {
  return { role, environment, name };
}

/** Calls something of a job's; where the job is not there, the error names the nearest that is. */
export async function ofJob<T>(session: Session, key: JobKey, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'not-found')) throw error;
    const keys = await jobKeys(session);
    if (keys.includes(formatKey(key))) throw error;
    const near = didYouMean(formatKey(key), keys);
    throw new CliError('INVALID_PARAMETER', `there is no job ${formatKey(key)}${near}`);
  }
}

export function jobOf(session: Session, key: JobKey): Promise<JobShape> {
  return ofJob(session, key, () => readJob(session, key));
}

async function jobKeys(session: Session): Promise<readonly string[]> {
  const jobs = await allPages((page) => session.call('jobs', { query: page }));
  return jobs.map(({ job }) => formatKey({ ...job, cluster: session.cluster.name }));
}

/** `--strict`: what was named must be active. */
export function refuseAbsent(key: JobKey, absent: readonly number[], strict: boolean): void {
  if (!strict || absent.length === 0) return;
  const which = instanceText(absent);
  throw new CliError('INVALID_PARAMETER', `${formatKey(key)}: instances ${which} are not active`);
}
