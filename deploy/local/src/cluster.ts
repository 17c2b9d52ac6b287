import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EXECUTOR_FILE, HOUSE } from './package/catalogue.js';
import { httpProbe } from './probes.js';
import {
  AGENTS,
  agentTask,
  CLUSTER,
  portOf,
  ROLE,
  type AgentPlan,
  type Plan,
  type TaskSpec,
} from './specs.js';

/** A member of an executor that died is dropped this soon. ZooKeeper may be away for longer: its clock stands still with it. */
const EXECUTOR_SESSION_MS = 15_000;
/** An executor whose task has ended, and which has told so, has nothing to stay for. */
const EXECUTOR_IDLE_MS = 500;
/**
 * A run that ends by itself within the threshold waits before it is started again. What ends here is mostly killed on purpose, by who
 * waits for it to come back; what cannot start is held back soon enough.
 */
const FLAP = { 'flap-threshold-ms': 20_000, 'flap-penalty-ms': 500, 'flap-penalty-max-ms': 15_000 };

export function masterSpec(plan: Plan): TaskSpec {
  const port = portOf(plan, 'master');
  const flags = {
    'work-dir': plan.layout.of('master'),
    port,
    cluster: CLUSTER,
    'cluster-key-file': keyFile(plan),
    'log-level': plan.options.logLevel,
  };
  return {
    ...ours('deploy/mesos-local/bin/murmur-mesos', ['master'], flags),
    name: 'master',
    port,
    probe: httpProbe(port),
    needs: [],
    turn: 2,
  };
}

export function agentSpecs(plan: Plan): TaskSpec[] {
  return AGENTS.map((agent) => {
    const name = agentTask(agent);
    const port = portOf(plan, name);
    return {
      ...ours('deploy/mesos-local/bin/murmur-mesos', ['agent'], agentFlags(plan, agent)),
      name,
      port,
      probe: httpProbe(port),
      needs: ['master'],
      turn: 1,
    };
  });
}

/** Names of a machine that there are three of; RFC 6761 has them lead to this one. */
const hostOf = (agent: AgentPlan): string => `${agent.name}.localhost`;

export function agentFlags(plan: Plan, agent: AgentPlan): Record<string, string | number> {
  const ports = plan.agentPorts.get(agent.name);
  if (ports === undefined) throw new Error(`no ports were set aside for the agent ${agent.name}`);
  const { cpus, memMb, diskMb, rack, dedicated } = agent;
  return {
    master: `127.0.0.1:${portOf(plan, 'master')}`,
    'work-dir': workDirOf(plan, agent),
    port: portOf(plan, agentTask(agent)),
    hostname: hostOf(agent),
    resources: `cpus:${cpus};mem:${memMb};disk:${diskMb};ports:[${ports.first}-${ports.last}]`,
    attributes: `rack:${rack}${dedicated === null ? '' : `;dedicated:${dedicated}`}`,
    // Jobs run as whoever runs the launcher: a machine need not have a user for each role.
    'switch-user': 'false',
    'executor-reregistration-timeout': '15secs',
    'gc-delay': '1days',
    'cluster-key-file': keyFile(plan),
    'log-level': plan.options.logLevel,
  };
}

export function workDirOf(plan: Pick<Plan, 'layout'>, agent: AgentPlan): string {
  return join(plan.layout.of('agents'), agent.name);
}

/** An executor's flags: what is announced is the address that services listen on, whatever the agent is called. */
function executorFlags(plan: Plan): string {
  return [
    `--announcer-ensemble 127.0.0.1:${portOf(plan, 'zookeeper')}`,
    '--announcer-hostname 127.0.0.1',
    `--session-timeout-ms ${EXECUTOR_SESSION_MS}`,
    `--idle-exit-ms ${EXECUTOR_IDLE_MS}`,
    '--switch-user false',
    `--log-level ${plan.options.logLevel}`,
  ].join(' ');
}

export function schedulerSpec(plan: Plan): TaskSpec {
  const port = portOf(plan, 'scheduler');
  const executor = join(plan.options.packages, EXECUTOR_FILE);
  const flags = {
    port,
    'cluster-name': CLUSTER,
    data: plan.layout.of('scheduler'),
    master: `127.0.0.1:${portOf(plan, 'master')}`,
    'auth-file': authFile(plan),
    'thermos-executor-path': executor,
    'thermos-executor-flags': executorFlags(plan),
    'node-path': process.execPath,
    'requeue-delay-ms': 200,
    ...FLAP,
    'log-level': plan.options.logLevel,
  };
  return {
    ...ours('deploy/scheduler/bin/murmur-scheduler', [], flags),
    name: 'scheduler',
    port,
    probe: httpProbe(port),
    needs: ['master'],
    turn: 0,
    beforeStart: async () => {
      if (!existsSync(executor)) throw new Error(`${executor} is absent: run scripts/package first`);
      await mkdir(plan.layout.of('scheduler'), { recursive: true, mode: 0o700 });
      await writeFile(authFile(plan), authText(plan), { mode: 0o600 });
    },
  };
}

const keyFile = (plan: Plan): string => plan.layout.of('cluster-key');
const authFile = (plan: Plan): string => plan.layout.of('scheduler-auth.json');

/** Who has the token may do everything; anyone on this machine may read. */
function authText(plan: Plan): string {
  const token = createHash('sha256').update(plan.schedulerToken).digest('hex');
  const user = { name: ROLE, token_sha256: token, rights: [{ role: '*', allow: ['admin'] }] };
  return `${JSON.stringify({ users: [user], anonymous: ['read'] }, null, 2)}\n`;
}

function ours(
  bin: string,
  words: readonly string[],
  flags: Readonly<Record<string, string | number>>,
): Pick<TaskSpec, 'command' | 'args' | 'env'> {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return {
    command: process.execPath,
    args: [join(HOUSE, bin), ...words, ...args],
    env: { NODE_ENV: 'production' },
  };
}

/** The command that ends whatever still runs in an agent's containers, and then itself. */
export function cleanUpCommand(plan: Plan, agent: AgentPlan): Pick<TaskSpec, 'command' | 'args' | 'env'> {
  const flags = { ...agentFlags(plan, agent), port: 0, recover: 'cleanup' };
  return ours('deploy/mesos-local/bin/murmur-mesos', ['agent'], flags);
}
