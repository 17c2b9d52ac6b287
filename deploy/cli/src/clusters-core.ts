import { didYouMean } from '@murmur/job-config';
import { messageOf } from './errors-core.js';
import { CliError } from './exit-core.js';

export const AUTH_MECHANISMS = ['UNAUTHENTICATED', 'BASIC', 'TOKEN'] as const;
export type AuthMechanism = (typeof AUTH_MECHANISMS)[number];

/** An entry of clusters.json. Fields that are not named here are kept in the file and not looked at. */
export interface Cluster {
  readonly name: string;
  /** The file it came from. */
  readonly file: string;
  /** Where a scheduler may be, `http://host:port`; the leader is asked for in turn. */
  readonly uris: readonly string[];
  /** `host:port,host:port`; goes before `uris`. */
  readonly zk: string | null;
  readonly schedulerZkPath: string | null;
  /** What people's browsers go to; null: the scheduler itself. */
  readonly proxyUrl: string | null;
  readonly auth: AuthMechanism;
  /** From the folder of the file. */
  readonly tokenFile: string | null;
}

const DEFAULT_ZK_PORT = 2181;
const PORT_MAX = 65_535;

/** Reads the text of a clusters.json. Throws CliError INVALID_CONFIGURATION that names file, entry and field. */
export function readClusters(file: string, text: string): readonly Cluster[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw invalid(`${file}: not JSON: ${messageOf(error)}`);
  }
  return entriesOf(file, json).map(([where, entry]) => readCluster(file, where, entry));
}

/** Later files win by name. */
export function mergeClusters(lists: readonly (readonly Cluster[])[]): ReadonlyMap<string, Cluster> {
  return new Map(lists.flat().map((cluster) => [cluster.name, cluster]));
}

/** Throws CliError INVALID_CONFIGURATION with the nearest name. */
export function findCluster(
  clusters: ReadonlyMap<string, Cluster>,
  name: string,
  searched: readonly string[],
): Cluster {
  const cluster = clusters.get(name);
  if (cluster !== undefined) return cluster;
  const near = didYouMean(name, clusters.keys());
  const known =
    clusters.size === 0
      ? `no cluster is known; looked into ${searched.join(', ')}`
      : `known are ${[...clusters.keys()].join(', ')}`;
  throw invalid(`there is no cluster "${name}"${near} (${known})`);
}

type Entry = Readonly<Record<string, unknown>>;

function entriesOf(file: string, json: unknown): readonly (readonly [string, Entry])[] {
  if (Array.isArray(json))
    return json.map((entry: unknown, index) => [`[${index}]`, asEntry(file, `[${index}]`, entry)] as const);
  if (!isEntry(json)) throw invalid(`${file}: allowed is a list of clusters, or an object of them by name`);
  return Object.entries(json).map(
    ([name, entry]) => [name, { name, ...asEntry(file, name, entry) }] as const,
  );
}

function readCluster(file: string, where: string, entry: Entry): Cluster {
  const text = (field: string): string | null => {
    const value = entry[field];
    if (value === undefined || value === null) return null;
    if (typeof value === 'string' && value !== '') return value;
    throw invalid(`${file}: ${where}.${field} is ${shown(value)}, allowed is a text`);
  };
  const name = text('name');
  if (name === null) throw invalid(`${file}: ${where}.name is missing`);
  const uris = urisOf(file, where, entry['scheduler_uri']);
  const zk = text('zk');
  const port = portOf(file, where, entry['zk_port']);
  const schedulerZkPath = text('scheduler_zk_path');
  if (zk === null && uris.length === 0)
    throw invalid(`${file}: ${where} (${name}) needs scheduler_uri, or zk and scheduler_zk_path`);
  if (zk !== null && schedulerZkPath === null && uris.length === 0)
    throw invalid(`${file}: ${where}.scheduler_zk_path is missing; zk needs it`);
  if (schedulerZkPath !== null && !/^(\/[^/]+)+$/.test(schedulerZkPath))
    throw invalid(
      `${file}: ${where}.scheduler_zk_path is "${schedulerZkPath}", allowed is a path such as /a/b`,
    );
  return {
    name,
    file,
    uris,
    zk: zk === null ? null : zkServers(zk, port),
    schedulerZkPath,
    proxyUrl: text('proxy_url'),
    auth: authOf(file, where, text('auth_mechanism')),
    tokenFile: text('token_file'),
  };
}

/** A text with commas, or a list. */
function urisOf(file: string, where: string, value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  const texts: readonly unknown[] =
    typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : [value];
  return texts.map((text) => {
    const uri = typeof text === 'string' ? text.trim().replace(/\/+$/, '') : '';
    if (/^https?:\/\/[^/\s]+/.test(uri) && URL.canParse(uri)) return uri;
    throw invalid(
      `${file}: ${where}.scheduler_uri is ${shown(text)}, allowed is http://host:port, also several`,
    );
  });
}

function portOf(file: string, where: string, value: unknown): number {
  if (value === undefined || value === null) return DEFAULT_ZK_PORT;
  const port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof port === 'number' && Number.isInteger(port) && port > 0 && port <= PORT_MAX) return port;
  throw invalid(`${file}: ${where}.zk_port is ${shown(value)}, allowed is 1 to ${PORT_MAX}`);
}

function authOf(file: string, where: string, value: string | null): AuthMechanism {
  const auth = AUTH_MECHANISMS.find((mechanism) => mechanism === (value ?? 'UNAUTHENTICATED'));
  if (auth !== undefined) return auth;
  throw invalid(
    `${file}: ${where}.auth_mechanism is "${value ?? ''}", allowed are ${AUTH_MECHANISMS.join(', ')}`,
  );
}

function zkServers(zk: string, port: number): string {
  return zk
    .split(',')
    .map((server) => server.trim())
    .map((server) => (/:\d+$/.test(server) ? server : `${server}:${port}`))
    .join(',');
}

function asEntry(file: string, where: string, value: unknown): Entry {
  if (isEntry(value)) return value;
  throw invalid(`${file}: ${where} is ${shown(value)}, allowed is an object`);
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return JSON.stringify(value);
}

function invalid(message: string): CliError {
  return new CliError('INVALID_CONFIGURATION', message);
}
