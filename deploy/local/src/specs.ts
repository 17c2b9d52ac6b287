import type { Layout, PortRange } from './files.js';
import type { LocalOptions } from './options.js';
import type { Probe } from './probes.js';

/** One process of the infrastructure: what jobs run on. Jobs themselves are the scheduler's. */
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
  /** Stopped in turns, the lowest first. */
  readonly turn: number;
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
  /** What each agent offers, by its name. */
  readonly agentPorts: ReadonlyMap<string, PortRange>;
  readonly publicPort: number;
  readonly clusterKey: string;
  readonly schedulerToken: string;
  readonly dbPassword: string;
  readonly mysqlUrl: string;
}

export interface AgentPlan {
  readonly name: string;
  readonly rack: string;
  readonly cpus: number;
  readonly memMb: number;
  readonly diskMb: number;
  /** `role/label` of the jobs that it is kept for. */
  readonly dedicated: string | null;
}

/**
 * Three agents of unlike size in two racks. Each of the first two could hold all that is not Kestrel, so that a rack may go.
 */
export const AGENTS: readonly AgentPlan[] = [
  { name: 'big', rack: 'a', cpus: 6, memMb: 5120, diskMb: 4096, dedicated: null },
  { name: 'medium', rack: 'b', cpus: 4, memMb: 3584, diskMb: 4096, dedicated: null },
  { name: 'small', rack: 'b', cpus: 1, memMb: 1024, diskMb: 2048, dedicated: 'murmur/kestrel' },
];

/** What the suite is, by the names of its jobs and of their files. */
export const JOBS = [
  'memcached-rows',
  'memcached-vectors',
  'kestrel',
  'ingest',
  'fanout',
  'timeline',
  'push-gateway',
  'persister',
  'edge',
] as const;
export const CLUSTER = 'local';
export const ROLE = 'murmur';
export const ENVIRONMENT = 'prod';

export const agentTask = (agent: AgentPlan): string => `agent-${agent.name}`;

export function portOf(plan: Pick<Plan, 'ports'>, name: string): number {
  const port = plan.ports.get(name);
  if (port === undefined) throw new Error(`no port was set aside for ${name}`);
  return port;
}

/** Every name that needs a private port. */
export const PORT_NAMES = [
  'admin',
  'zookeeper',
  'mariadb',
  'master',
  'scheduler',
  ...AGENTS.map(agentTask),
  'public',
];
