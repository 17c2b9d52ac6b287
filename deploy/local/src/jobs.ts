import { setTimeout as sleep } from 'node:timers/promises';
import { createSchedulerClient, type JobSummary, type SchedulerClient } from '@murmur/scheduler-api';
import type { Log } from '@murmur/service';
import { ENVIRONMENT, JOBS, ROLE } from './specs.js';

/** What `GET /status` says of a job. */
export interface JobStatus {
  /** Without role and environment, where those are Murmur's own. */
  readonly name: string;
  readonly running: number;
  readonly wanted: number;
  /** Why it is not all running; null when it is, or when nothing is known. */
  readonly reason: string | null;
}

export interface Jobs {
  /** Active jobs; null while the scheduler gives no answer. */
  status(): Promise<readonly JobStatus[] | null>;
  /** Ends every job: what takes requests first, what everybody needs last. Resolves false when something was still there in the end. */
  killAll(): Promise<boolean>;
}

const ASK_MS = 3_000;
const POLL_MS = 100;
const PAGE = 1_000;
const ENDED: ReadonlySet<string> = new Set(['FINISHED', 'FAILED', 'KILLED', 'LOST']);
/** For one turn to have ended: the lifecycle's requests, SIGTERM's grace, and what an agent needs. */
const TURN_MS = 30_000;

export function createJobs(url: string, token: string, log: Log): Jobs {
  const client = createSchedulerClient({
    urls: [url],
    credentials: { token },
    triesMax: 1,
    timeoutMs: ASK_MS,
  });
  return {
    status: () => statusOf(client).catch(() => null),
    killAll: () => killAll(client, log),
  };
}

async function activeJobs(client: SchedulerClient): Promise<readonly JobSummary[]> {
  return (await client.call('jobs', { query: { active: 'true', limit: PAGE } })).items;
}

async function statusOf(client: SchedulerClient): Promise<JobStatus[]> {
  const [jobs, pending] = await Promise.all([activeJobs(client), client.call('pending')]);
  const reasons = new Map(pending.items.map(({ job, reason }) => [keyOf(job), reason]));
  return jobs.map((summary) => {
    const running = summary.running;
    const reason = running === summary.active ? null : (reasons.get(keyOf(summary.job)) ?? statesOf(summary));
    return { name: nameOf(summary.job), running, wanted: summary.active, reason };
  });
}

/** `1 STARTING, 1 RUNNING`: of the instances that there are, not of those that ended. */
function statesOf({ states }: JobSummary): string {
  return Object.entries(states)
    .filter(([state]) => !ENDED.has(state))
    .map(([state, count]) => `${count} ${state}`)
    .join(', ');
}

const keyOf = ({ role, environment, name }: JobSummary['job']): string => `${role}/${environment}/${name}`;

function nameOf(job: JobSummary['job']): string {
  return job.role === ROLE && job.environment === ENVIRONMENT ? job.name : keyOf(job);
}

/** In turns: the edge; services and whatever people have added; queues and caches. */
function turnOf(name: string): number {
  if (name === 'edge') return 0;
  return name === 'kestrel' || name.startsWith('memcached') ? 2 : 1;
}

async function killAll(client: SchedulerClient, log: Log): Promise<boolean> {
  for (const turn of [0, 1, 2]) {
    const mine = async (): Promise<JobSummary['job'][]> =>
      (await activeJobs(client)).map(({ job }) => job).filter((job) => turnOf(nameOf(job)) === turn);
    const deadline = Date.now() + TURN_MS;
    try {
      for (const { role, environment, name } of await mine())
        await client.call('kill', {
          params: { role, environment, name },
          body: { reason: 'the suite is stopped' },
        });
      while ((await mine()).length > 0) {
        if (Date.now() > deadline) return false;
        await sleep(POLL_MS);
      }
    } catch (error) {
      log.warn({ err: error, turn }, 'jobs: the scheduler could not end them');
      return false;
    }
  }
  return true;
}

/** Whether every job of the suite is there, and runs as many instances as it should. */
export function allRun(jobs: readonly JobStatus[] | null): boolean {
  if (jobs === null) return false;
  const running = new Map(jobs.map((job) => [job.name, job]));
  return JOBS.every((name) => {
    const job = running.get(name);
    return job !== undefined && job.wanted > 0 && job.running === job.wanted;
  });
}
