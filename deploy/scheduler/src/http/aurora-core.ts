import { instanceText, TIERS } from '@murmur/job-config';
import type { HeldOffer, WaitingGroup } from '../backend.js';
import type { AgentMode } from '../model/agent.js';
import { isActive, type Task } from '../model/task.js';
import type { StateView } from '../state/port.js';
import { pendingText } from './why-core.js';

/** The JSON of Aurora's own endpoints (aurora.md section 7), where its tools expect these names. */

/** Names of ports that `/mname` goes to, the first that a task has. */
export const MNAME_PORTS = ['health', 'http', 'HTTP', 'web', 'admin'] as const;

export function offersJson(offers: readonly HeldOffer[], frameworkId: string | null) {
  return offers.flatMap(({ offers: parts }) =>
    parts.map((offer) => ({
      id: offer.id,
      framework_id: frameworkId,
      agent_id: offer.agentId,
      hostname: offer.hostname,
      resources: [
        { name: 'cpus', type: 'SCALAR', scalar: offer.resources.cpus },
        { name: 'mem', type: 'SCALAR', scalar: offer.resources.memMb },
        { name: 'disk', type: 'SCALAR', scalar: offer.resources.diskMb },
        { name: 'gpus', type: 'SCALAR', scalar: offer.resources.gpus },
        {
          name: 'ports',
          type: 'RANGES',
          ranges: offer.resources.ports.map(({ first, last }) => `${first}-${last}`),
        },
      ],
      attributes: [...offer.attributes].map(([name, values]) => ({ name, values: [...values] })),
    })),
  );
}

export function pendingJson(groups: readonly WaitingGroup[], now: number) {
  return groups.map((group) => ({
    penaltyMs: group.penaltyMs,
    taskIds: [...group.taskIds],
    name: group.job,
    reason: pendingText(group, now),
  }));
}

/** Configs that active instances run, with their instances. */
export function taskConfigsJson(state: StateView) {
  return state.jobs().flatMap((job) => {
    const byConfig = new Map<string, Task[]>();
    for (const task of state.activeOfJob(job))
      byConfig.set(task.configId, [...(byConfig.get(task.configId) ?? []), task]);
    return [...byConfig].map(([configId, tasks]) => ({
      job,
      instances: instanceText(tasks.map(({ instance }) => instance)),
      config: state.config(configId)?.job ?? null,
    }));
  });
}

export function tiersJson() {
  return {
    default: 'preemptible',
    tiers: Object.entries(TIERS).map(([name, { preemptible, revocable }]) => ({
      name,
      settings: { preemptible: String(preemptible), revocable: String(revocable) },
    })),
  };
}

/** Hosts by mode; of those that drain, what still runs there. */
export function maintenanceJson(state: StateView) {
  const agents = [...state.agents()];
  const hosts = (mode: AgentMode): string[] =>
    agents.flatMap((agent) => (agent.mode === mode ? [agent.host] : [])).sort();
  const draining = agents.filter(({ mode }) => mode === 'DRAINING');
  return {
    DRAINED: hosts('DRAINED'),
    SCHEDULED: hosts('SCHEDULED'),
    DRAINING: Object.fromEntries(
      draining.map(({ id, host }) => [host, state.tasksOnAgent(id).map((task) => task.id)]),
    ),
  };
}

/** `http://host:port` of the task's own page; null when it has none, or is not running. */
export function mnameOrigin(task: Task | undefined): string | null {
  if (task === undefined || !isActive(task) || task.placement === null) return null;
  const { host, ports } = task.placement;
  const name = MNAME_PORTS.find((port) => Object.hasOwn(ports, port));
  const port = name === undefined ? undefined : ports[name];
  return port === undefined ? null : `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** `name value`, by name. */
export function varsText(vars: Readonly<Record<string, number | string>>): string {
  return Object.entries(vars)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');
}
