import type { Result } from './error-core.js';
import { IDENTITY, IDENTITY_EXPECTED } from './job-schema-core.js';

/** Which job of which cluster. */
export interface JobKey {
  readonly cluster: string;
  readonly role: string;
  readonly environment: string;
  readonly name: string;
}

/** Instances `first` to `last`, both included. */
export interface InstanceRange {
  readonly first: number;
  readonly last: number;
}

export interface InstanceKey {
  readonly key: JobKey;
  /** Sorted, apart from each other; undefined: all instances. */
  readonly instances?: readonly InstanceRange[];
}

/** Ids of instances are 32-bit integers in Aurora's API. */
export const INSTANCE_ID_MAX = 2 ** 31 - 1;

const PARTS = ['cluster', 'role', 'environment', 'name'] as const;
const KEY_EXPECTED = 'cluster/role/environment/name, or that with /instances after it';
const INSTANCES_EXPECTED = `instances as in 0-2,5,7-9, none above ${INSTANCE_ID_MAX}`;
const RANGE = /^(\d{1,10})(?:-(\d{1,10}))?$/;

/** Reads `cluster/role/env/name` or `cluster/role/env/name/0-2,5`. Errors name the part by its path, as `environment`. */
export function parseKey(text: string): Result<InstanceKey> {
  const parts = text.split('/');
  if (parts.length < 4 || parts.length > 5) return refused('', text, KEY_EXPECTED);
  const errors = PARTS.flatMap((path, index) => {
    const value = parts[index] ?? '';
    return IDENTITY.test(value)
      ? []
      : [{ issue: 'invalid' as const, path, value, expected: IDENTITY_EXPECTED }];
  });
  if (errors.length > 0) return { ok: false, errors };
  const [cluster = '', role = '', environment = '', name = '', tail] = parts;
  const key = { cluster, role, environment, name };
  if (tail === undefined) return { ok: true, value: { key } };
  const instances = parseInstances(tail);
  return instances === undefined
    ? refused('instances', tail, INSTANCES_EXPECTED)
    : { ok: true, value: { key, instances } };
}

export function formatKey({ cluster, role, environment, name }: JobKey): string {
  return [cluster, role, environment, name].join('/');
}

/** The text that `parseKey` reads as this. */
export function formatInstanceKey({ key, instances }: InstanceKey): string {
  return instances === undefined ? formatKey(key) : `${formatKey(key)}/${formatInstances(instances)}`;
}

/** Reads `0-2,5,7-9`; overlapping and adjacent ranges become one. Undefined when it is no such list. */
export function parseInstances(text: string): readonly InstanceRange[] | undefined {
  const ranges: InstanceRange[] = [];
  for (const part of text.split(',')) {
    const [, from, to = from] = RANGE.exec(part) ?? [];
    const [first, last] = [Number(from), Number(to)];
    if (!(first <= last && last <= INSTANCE_ID_MAX)) return undefined;
    ranges.push({ first, last });
  }
  return merge(ranges.sort((a, b) => a.first - b.first));
}

export function formatInstances(ranges: readonly InstanceRange[]): string {
  return ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`)).join(',');
}

/** `0-2,5` of any numbers, in any order; empty of none. */
export function instanceText(instances: Iterable<number>): string {
  const sorted = [...new Set(instances)].sort((a, b) => a - b);
  return formatInstances(merge(sorted.map((instance) => ({ first: instance, last: instance }))));
}

export function countInstances(ranges: readonly InstanceRange[]): number {
  return ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** Each number; look at `countInstances` first. */
export function listInstances(ranges: readonly InstanceRange[]): readonly number[] {
  return ranges.flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
}

/** Whether an instance is meant; no ranges mean all. */
export function hasInstance(ranges: readonly InstanceRange[] | undefined, instance: number): boolean {
  return ranges === undefined || ranges.some(({ first, last }) => first <= instance && instance <= last);
}

/**
 * Aurora's name for one run of an instance: `role-env-name-instance-uuid`, anything but letters, digits, _ and - made a `-`. So two
 * roles can give the same beginning (`a.b` and `a-b`): the uuid tells runs apart, not the names.
 */
export function taskId(
  role: string,
  environment: string,
  name: string,
  instance: number,
  uuid: string,
): string {
  return [role, environment, name, instance, uuid].join('-').replaceAll(/[^\w-]/g, '-');
}

function merge(sorted: readonly InstanceRange[]): readonly InstanceRange[] {
  const merged: InstanceRange[] = [];
  for (const range of sorted) {
    const before = merged.at(-1);
    if (before !== undefined && range.first <= before.last + 1) {
      merged[merged.length - 1] = { first: before.first, last: Math.max(before.last, range.last) };
    } else merged.push(range);
  }
  return merged;
}

function refused(path: string, value: string, expected: string): Result<InstanceKey> {
  return { ok: false, errors: [{ issue: 'invalid', path, value, expected }] };
}
