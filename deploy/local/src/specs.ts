import type { Layout } from './files.js';
import type { Probe } from './probes.js';
import type { LocalOptions } from './options.js';

/** One process of the suite. */
export interface TaskSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The port that others use. */
  readonly port: number;
  readonly probe: Probe;
  /** Started once these have been healthy for the first time. */
  readonly needs: readonly string[];
  /** ServerSets that list it while it is healthy; Kestrel and the edge are in none, or see to it themselves. */
  readonly sets: readonly string[];
  readonly shard: number;
  /** Done before it is announced. */
  readonly beforeEnter?: () => Promise<void>;
  /** Done before it is started. */
  readonly beforeStart?: () => Promise<void>;
  /** Done when the launcher ends. */
  readonly close?: () => Promise<void>;
}

/** What every spec is made from. */
export interface Plan {
  readonly options: LocalOptions;
  readonly layout: Layout;
  readonly ports: ReadonlyMap<string, number>;
  readonly publicPort: number;
  readonly clusterKey: string;
  readonly dbPassword: string;
  readonly mysqlUrl: string;
}

export const SERVICES = ['ingest', 'fanout', 'timeline', 'push-gateway', 'persister'] as const;
export const CLUSTER_PATH = '/aurora/murmur/prod';
export const KESTRELS = 2;
export const MEMCACHEDS = 2;

export function portOf(plan: Plan, name: string): number {
  const port = plan.ports.get(name);
  if (port === undefined) throw new Error(`no port was set aside for ${name}`);
  return port;
}

/** `count` names: `kestrel-0`, `kestrel-1`. */
export function numbered(job: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${job}-${index}`);
}

/** Every name that needs a private port. */
export function portNames(instances: number): string[] {
  const kestrels = numbered('kestrel', KESTRELS);
  return [
    'admin',
    'zookeeper',
    'mariadb',
    'edge',
    'public',
    ...numbered('memcached', MEMCACHEDS),
    ...kestrels,
    ...kestrels.map((name) => `${name}-admin`),
    ...SERVICES.flatMap((job) => numbered(job, instances)),
  ];
}
