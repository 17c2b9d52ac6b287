import type { Resource } from '@murmur/engine';
import type { ContainerSpec } from './types.js';

export const MIB = 1024 * 1024;
/** Mesos gives no container less: a smaller cgroup cannot even start a shell reliably. */
export const MIN_MEMORY_BYTES = 32 * MIB;
const SHARES_PER_CPU = 1024;
const MIN_SHARES = 2;
const WEIGHT_PER_CPU = 100;
const MIN_WEIGHT = 1;
const MAX_WEIGHT = 10_000;
export const CFS_PERIOD_US = 100_000;
const MIN_QUOTA_US = 1_000;

/** What a container may have, in the kernel's units. */
export interface Limits {
  readonly cpus: number;
  /** A hard bound of CPU time, in CPUs; null = none, Infinity = explicitly none. */
  readonly cpuLimit: number | null;
  readonly memSoftBytes: number;
  /** Infinity = explicitly none. */
  readonly memHardBytes: number;
  /** Whether there is a `mem` resource at all; without one the memory cgroup is left alone. */
  readonly hasMem: boolean;
  /** Quota of the sandbox; null = none. */
  readonly diskBytes: number | null;
}

/**
 * Sums scalar resources of a container (executor and live tasks) into limits, as Mesos does: `cpus` is the request,
 * `limits.cpus` (or `enableCfs`) a hard bound; `mem` in MB is the soft limit, `limits.mem` or else the request the hard one.
 */
export function limitsOf(
  resources: readonly Resource[],
  limits: ContainerSpec['limits'],
  enableCfs: boolean,
): Limits {
  const cpus = sum(resources, 'cpus') ?? 0;
  const mem = sum(resources, 'mem');
  const disk = sum(resources, 'disk');
  const soft = Math.max(bytes(mem ?? 0), MIN_MEMORY_BYTES);
  const memLimit = limits['mem']?.value;
  return {
    cpus,
    cpuLimit: limits['cpus']?.value ?? (enableCfs ? cpus : null),
    memSoftBytes: soft,
    memHardBytes: memLimit === undefined ? soft : Math.max(bytes(memLimit), MIN_MEMORY_BYTES),
    hasMem: mem !== null || memLimit !== undefined,
    diskBytes: disk === null ? null : bytes(disk),
  };
}

/** cgroup v1 `cpu.shares`. */
export function cpuShares(cpus: number): number {
  return Math.max(MIN_SHARES, Math.floor(SHARES_PER_CPU * cpus));
}

/** cgroup v2 `cpu.weight`, within the kernel's 1 to 10000. */
export function cpuWeight(cpus: number): number {
  return Math.min(MAX_WEIGHT, Math.max(MIN_WEIGHT, Math.floor(WEIGHT_PER_CPU * cpus)));
}

/** Microseconds of each `CFS_PERIOD_US`; -1 = no bound. */
export function cfsQuota(cpuLimit: number): number {
  return cpuLimit === Infinity ? -1 : Math.max(MIN_QUOTA_US, Math.floor(CFS_PERIOD_US * cpuLimit));
}

/** The hard memory limit to write, or null to leave it: it is never lowered on a container that runs. */
export function nextHardLimit(current: number | null, wanted: number): number | null {
  return current === null || wanted > current ? wanted : null;
}

/** The sum of a scalar resource, null where there is none of that name. */
export function sum(resources: readonly Resource[], name: string): number | null {
  const found = resources.filter((resource) => resource.name === name && resource.scalar !== undefined);
  return found.length === 0
    ? null
    : found.reduce((total, resource) => total + (resource.scalar?.value ?? 0), 0);
}

function bytes(megabytes: number): number {
  return megabytes === Infinity ? Infinity : Math.floor(megabytes) * MIB;
}
