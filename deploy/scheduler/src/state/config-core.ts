import {
  DEDICATED,
  parseConstraint,
  requestedPorts,
  resolvePortmap,
  TIERS,
  wholeMegabytes,
} from '@murmur/job-config';
import type { Job, Tier } from '@murmur/job-config';
import type { AttributeConstraint, ConfigJob, StoredConfig, TaskConfig } from '../model/config.js';

/** SHA-256 of a text in UTF-8, hexadecimal. */
export type Hash = (text: string) => string;

/** Of a job that names no tier. */
const DEFAULT_TIER = 'preemptible';
const SECOND_MS = 1000;
/** Of the job, not of its instances. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['instances', 'update_config']);

/** The record of a job's config: what all its instances share. */
export function storedConfigOf(job: Job, hash: Hash): StoredConfig {
  const entries = Object.entries(job).filter(([field]) => !OWN_FIELDS.has(field));
  const shared = Object.fromEntries(entries) as unknown as ConfigJob;
  return { id: hash(JSON.stringify(shared)), job: shared };
}

/** Reads a config's record as the scheduler needs it; everything follows from the job. */
export function configOf({ id, job }: StoredConfig): TaskConfig {
  const { cpu, ram, disk, gpu } = job.task.resources;
  const ports = requestedPorts(job);
  return {
    id,
    job,
    jobKey: jobKeyOf(job),
    role: job.role,
    demand: {
      cpus: cpu,
      memMb: wholeMegabytes(ram),
      diskMb: wholeMegabytes(disk),
      gpus: gpu,
      ports,
    },
    constraints: constraintsOf(job),
    dedicated: job.constraints?.[DEDICATED] ?? null,
    tier: tierOf(job),
    priority: job.priority,
    service: job.service,
    maxTaskFailures: job.max_task_failures,
    partition: {
      reschedule: job.partition_policy?.reschedule ?? true,
      delayMs: (job.partition_policy?.delay_secs ?? 0) * SECOND_MS,
    },
    killGraceMs: killGraceMs(job, ports),
  };
}

/** `role/environment/name`. */
export function jobKeyOf(job: Pick<Job, 'role' | 'environment' | 'name'>): string {
  return `${job.role}/${job.environment}/${job.name}`;
}

/** The name of the tier that a job is in. */
export function tierNameOf(job: Pick<Job, 'tier'>): string {
  return job.tier ?? DEFAULT_TIER;
}

function tierOf(job: ConfigJob): Tier {
  const name = tierNameOf(job);
  return (Object.hasOwn(TIERS, name) ? TIERS[name] : undefined) ?? { preemptible: true, revocable: false };
}

/** By attribute, values before limits: a limit is the dearer to evaluate. */
function constraintsOf(job: ConfigJob): readonly AttributeConstraint[] {
  return Object.entries(job.constraints ?? {})
    .flatMap(([attribute, text]) => {
      const constraint = attribute === DEDICATED ? undefined : parseConstraint(text);
      return constraint === undefined ? [] : [{ attribute, constraint }];
    })
    .sort((a, b) => rank(a) - rank(b) || (a.attribute < b.attribute ? -1 : 1));
}

function rank({ constraint }: AttributeConstraint): number {
  return constraint.kind === 'value' ? 0 : 1;
}

/** What a task may take to stop: both waits of the HTTP teardown, if its port exists, and the finalization. */
function killGraceMs(job: ConfigJob, ports: readonly string[]): number {
  const http = job.lifecycle.http;
  const waits =
    http !== undefined && hasPort(job, ports, http.port)
      ? http.graceful_shutdown_wait_secs + http.shutdown_wait_secs
      : 0;
  return (job.task.finalization_wait + waits) * SECOND_MS;
}

function hasPort(job: ConfigJob, ports: readonly string[], name: string): boolean {
  const portmap = resolvePortmap(job.announce?.portmap ?? {});
  return ports.includes(name) || (portmap.ok && portmap.ports.has(name));
}
