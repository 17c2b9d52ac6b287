import type { ExecutorInfo, Resource } from '@murmur/engine';
import { bundleOf, equals, scalar, validateResources } from '../resources/index.js';

type Check = () => string | null;

/** The first thing wrong, or null. */
export function firstError(checks: readonly Check[]): string | null {
  for (const check of checks) {
    const error = check();
    if (error !== null) return error;
  }
  return null;
}

export function prefixed(prefix: string, error: string | null): string | null {
  return error === null ? null : prefix + error;
}

/** What must hold of the resources of one task, or of one executor. */
export function validateOwnResources(
  resources: readonly Resource[] | undefined,
  owner: 'Task' | 'Executor',
  what: string,
): string | null {
  if (owner === 'Task' && (resources ?? []).length === 0) return 'Task uses no resources';
  return firstError([
    () =>
      prefixed(`${owner} uses invalid resources: Invalid resources: `, validateResources(resources ?? [])),
    () => prefixed(`${owner} uses invalid resources: Invalid 'gpus' resource: `, validateGpus(resources)),
    () => prefixed(`Invalid ${what} resources: `, validateOneRole(resources)),
    () => prefixed(`${owner} mixes revocable and non-revocable resources: `, validateRevocable(resources)),
  ]);
}

function validateGpus(resources: readonly Resource[] | undefined): string | null {
  const gpus = scalar(bundleOf(resources), 'gpus');
  return Number.isInteger(gpus) ? null : "The 'gpus' resource must be an unsigned integer";
}

function validateOneRole(resources: readonly Resource[] | undefined): string | null {
  let role: string | undefined;
  for (const { allocation_info } of resources ?? []) {
    if (allocation_info?.role === undefined) return 'The resources are not allocated to a role';
    role ??= allocation_info.role;
    if (allocation_info.role !== role) {
      return (
        `The resources have multiple allocation roles ('${allocation_info.role}' and '${role}') but only one ` +
        `allocation role is allowed`
      );
    }
  }
  return null;
}

function validateRevocable(resources: readonly Resource[] | undefined): string | null {
  const firm = new Set<string>();
  const revocable = new Set<string>();
  for (const resource of resources ?? []) {
    (resource.revocable === undefined ? firm : revocable).add(resource.name);
  }
  for (const name of firm) {
    if (revocable.has(name)) {
      return `Cannot use both revocable and non-revocable '${name}' at the same time`;
    }
  }
  return null;
}

/** Order of resources aside, the same executor. */
export function same(a: ExecutorInfo, b: ExecutorInfo): boolean {
  const plain = (info: ExecutorInfo): string => JSON.stringify(sorted({ ...info, resources: null }));
  return plain(a) === plain(b) && equals(bundleOf(a.resources), bundleOf(b.resources));
}

/** The same value with the keys of every object in order: messages come in the order of their senders. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
