import {
  countInstances,
  formatError,
  formatKey,
  instanceText,
  listInstances,
  parseInstances,
  parseKey,
  type InstanceKey,
  type JobKey,
} from '@murmur/job-config';
import { CliError } from './exit-core.js';

/** A job key whose later parts may be left out, and whose parts may be globs. */
export interface KeyGlob {
  readonly cluster: string;
  readonly role: string;
  readonly environment: string;
  readonly name: string;
}

const GLOB_PARTS_MAX = 4;
/** More instances than this are not listed one by one. */
const INSTANCES_MAX = 100_000;

/** `cluster/role/env/name[/0-2,5]`. */
export function instanceKey(text: string): InstanceKey {
  const read = parseKey(text);
  if (read.ok) return read.value;
  const [error] = read.errors;
  const why =
    error === undefined || error.path === ''
      ? `allowed is ${error?.expected ?? 'cluster/role/environment/name'}`
      : formatError(error);
  throw new CliError('USAGE', `job key "${text}": ${why}`);
}

/** `cluster/role/env/name`, without instances. */
export function jobKey(text: string): JobKey {
  const { key, instances } = instanceKey(text);
  if (instances === undefined) return key;
  throw new CliError(
    'USAGE',
    `job key "${text}": instances are not allowed here, only cluster/role/environment/name`,
  );
}

/** `cluster/role/env/name/3`: one instance. */
export function taskKey(text: string): { readonly key: JobKey; readonly instance: number } {
  const { key, instances } = instanceKey(text);
  const [range] = instances ?? [];
  if (instances?.length === 1 && range !== undefined && range.first === range.last)
    return { key, instance: range.first };
  throw new CliError(
    'USAGE',
    `instance "${text}": allowed is one instance, cluster/role/environment/name/number`,
  );
}

/** `cluster[/role[/env[/name]]]`; what is left out is `*`. */
export function keyGlob(text: string): KeyGlob {
  const parts = text.split('/');
  if (parts.length > GLOB_PARTS_MAX || parts.includes(''))
    throw new CliError(
      'USAGE',
      `job key "${text}": allowed is cluster[/role[/environment[/name]]], where each part may be a glob`,
    );
  const [cluster = '*', role = '*', environment = '*', name = '*'] = parts;
  return { cluster, role, environment, name };
}

/** `cluster/role`. */
export function roleKey(text: string): { readonly cluster: string; readonly role: string } {
  const [cluster = '', role = '', ...rest] = text.split('/');
  if (cluster !== '' && role !== '' && rest.length === 0) return { cluster, role };
  throw new CliError('USAGE', `role "${text}": allowed is cluster/role`);
}

/** A job of a cluster, with or without the cluster in front. */
export function keyInCluster(cluster: string, text: string): JobKey {
  const key = jobKey(text.split('/').length === GLOB_PARTS_MAX - 1 ? `${cluster}/${text}` : text);
  if (key.cluster === cluster) return key;
  throw new CliError('USAGE', `job key "${text}": it is of cluster "${key.cluster}", not of "${cluster}"`);
}

/** Every number of `0-2,5`, in order. */
export function instancesOf({ instances }: InstanceKey): readonly number[] | undefined {
  if (instances === undefined) return undefined;
  const count = countInstances(instances);
  if (count > INSTANCES_MAX)
    throw new CliError('USAGE', `instances: ${count} are named, allowed are ${INSTANCES_MAX}`);
  return listInstances(instances);
}

/** Numbers of `0-2,5`; none of an empty text. */
export function instanceNumbers(text: string): readonly number[] {
  return listInstances(parseInstances(text) ?? []);
}

export { formatKey, instanceText };
