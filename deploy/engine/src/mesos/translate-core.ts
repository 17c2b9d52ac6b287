import type {
  Absence,
  Amounts,
  EngineInverseOffer,
  EngineOffer,
  EngineTaskState,
  Launch,
  PortRange,
  Reason,
  TaskUpdate,
} from '../port.js';
import type { CommandInfo } from '../wire/messages/container.js';
import type { InverseOffer, Offer } from '../wire/messages/offers.js';
import type { Resource } from '../wire/messages/resources.js';
import type { TaskState, TaskStatus } from '../wire/messages/status.js';
import type { ExecutorInfo, TaskInfo } from '../wire/messages/task.js';
import type { Attribute, Unavailability } from '../wire/messages/values.js';

/** Between the engine port and Mesos's messages. Nothing here decides; what a port cannot say is left out. */

const NS_PER_MS = 1_000_000;

const NOTHING: Amounts = { cpus: 0, memMb: 0, diskMb: 0, gpus: 0, ports: [] };
const SCALARS = { cpus: 'cpus', mem: 'memMb', disk: 'diskMb', gpus: 'gpus' } as const;

/** Sums a bundle, whatever the reservations: what is offered to a role, the role may use. */
export function toAmounts(resources: readonly Resource[]): Amounts {
  const sums = { ...NOTHING, ports: [] as PortRange[] };
  for (const { name, scalar, ranges } of resources) {
    if (name in SCALARS) {
      const key = SCALARS[name as keyof typeof SCALARS];
      sums[key] = Math.round((sums[key] + (scalar?.value ?? 0)) * 1_000) / 1_000;
    }
    if (name === 'ports')
      sums.ports.push(...(ranges?.range ?? []).map(({ begin, end }) => ({ first: begin, last: end })));
  }
  sums.ports.sort((a, b) => a.first - b.first);
  return sums;
}

/** What a task asks for. The role is left out: the master fills in the one that the offer was made to. */
export function fromAmounts(amounts: Omit<Amounts, 'ports'> & Partial<Amounts>): Resource[] {
  const scalars = Object.entries(SCALARS).flatMap(([name, key]): Resource[] => {
    const value = amounts[key];
    return value > 0 ? [{ name, type: 'SCALAR', scalar: { value } }] : [];
  });
  const ports = (amounts.ports ?? []).map(({ first, last }) => ({ begin: first, end: last }));
  return ports.length === 0
    ? scalars
    : [...scalars, { name: 'ports', type: 'RANGES', ranges: { range: ports } }];
}

function toAbsence({ start, duration }: Unavailability): Absence {
  return {
    startAt: start.nanoseconds / NS_PER_MS,
    durationMs: duration === undefined ? null : duration.nanoseconds / NS_PER_MS,
  };
}

/** Ranges as `31000-31010`, several values of a name side by side. */
export function toAttributes(attributes: readonly Attribute[]): Map<string, string[]> {
  const result = new Map<string, string[]>();
  for (const { name, text, scalar, ranges, set } of attributes) {
    const values = result.get(name) ?? [];
    if (text !== undefined) values.push(text.value);
    if (scalar !== undefined) values.push(String(scalar.value));
    for (const { begin, end } of ranges?.range ?? []) values.push(`${begin}-${end}`);
    values.push(...(set?.item ?? []));
    result.set(name, values);
  }
  return result;
}

export function toOffer(offer: Offer): EngineOffer {
  const resources = offer.resources ?? [];
  const address = offer.url?.address;
  return {
    id: offer.id.value,
    agentId: offer.agent_id.value,
    hostname: offer.hostname,
    agentUrl:
      address === undefined
        ? null
        : `http://${address.ip ?? address.hostname ?? offer.hostname}:${address.port}`,
    resources: toAmounts(resources.filter((resource) => resource.revocable === undefined)),
    revocable: toAmounts(resources.filter((resource) => resource.revocable !== undefined)),
    attributes: toAttributes(offer.attributes ?? []),
    absence: offer.unavailability === undefined ? null : toAbsence(offer.unavailability),
  };
}

export function toInverseOffer(offer: InverseOffer): EngineInverseOffer {
  return {
    id: offer.id.value,
    agentId: offer.agent_id?.value ?? null,
    absence: toAbsence(offer.unavailability),
  };
}

const STATES: Readonly<Record<TaskState, EngineTaskState>> = {
  TASK_STAGING: 'staging',
  TASK_STARTING: 'starting',
  TASK_RUNNING: 'running',
  TASK_KILLING: 'killing',
  TASK_FINISHED: 'finished',
  TASK_FAILED: 'failed',
  TASK_KILLED: 'killed',
  TASK_ERROR: 'error',
  TASK_LOST: 'lost',
  TASK_DROPPED: 'dropped',
  TASK_UNREACHABLE: 'unreachable',
  TASK_GONE: 'gone',
  TASK_GONE_BY_OPERATOR: 'gone',
  TASK_UNKNOWN: 'unknown',
};

const REASONS: Readonly<Partial<Record<NonNullable<TaskStatus['reason']>, Reason>>> = {
  REASON_CONTAINER_LIMITATION_MEMORY: 'memory-limit',
  REASON_CONTAINER_LIMITATION_DISK: 'disk-limit',
  REASON_CONTAINER_LAUNCH_FAILED: 'launch-failed',
  REASON_EXECUTOR_REGISTRATION_TIMEOUT: 'launch-failed',
  REASON_TASK_INVALID: 'invalid',
  REASON_TASK_UNAUTHORIZED: 'invalid',
  REASON_INVALID_OFFERS: 'offer-gone',
  REASON_AGENT_DISCONNECTED: 'agent-removed',
  REASON_AGENT_REMOVED: 'agent-removed',
  REASON_AGENT_REMOVED_BY_OPERATOR: 'agent-removed',
  REASON_AGENT_DRAINING: 'agent-draining',
  REASON_AGENT_REREGISTERED: 'agent-returned',
  REASON_EXECUTOR_TERMINATED: 'executor-ended',
  REASON_RECONCILIATION: 'reconciliation',
};

export function toUpdate(status: TaskStatus, now: number): TaskUpdate {
  return {
    taskId: status.task_id.value,
    agentId: status.agent_id?.value ?? null,
    state: STATES[status.state],
    reason: status.reason === undefined ? null : (REASONS[status.reason] ?? 'other'),
    message: status.message ?? '',
    healthy: status.healthy ?? null,
    at: status.timestamp === undefined ? now : Math.round(status.timestamp * 1_000),
    receipt: status.uuid ?? null,
  };
}

export function toTaskInfo(launch: Launch): TaskInfo {
  const labels = Object.entries(launch.labels).map(([key, value]) => ({ key, value }));
  const ports = Object.entries(launch.portNames).map(([name, number]) => ({ name, number }));
  const revocable = new Set<string>(launch.revocable);
  return {
    name: launch.name,
    task_id: { value: launch.taskId },
    agent_id: { value: launch.agentId },
    resources: fromAmounts(launch.resources).map((resource) =>
      revocable.has(resource.name) ? { ...resource, revocable: {} } : resource,
    ),
    executor: toExecutorInfo(launch.executor),
    data: Buffer.from(launch.data).toString('base64'),
    ...(labels.length === 0 ? {} : { labels: { labels } }),
    ...(ports.length === 0
      ? {}
      : { discovery: { visibility: 'CLUSTER', name: launch.name, ports: { ports } } }),
  };
}

function toExecutorInfo(executor: Launch['executor']): ExecutorInfo {
  const command: CommandInfo = {
    value: executor.command,
    shell: true,
    uris: executor.artifacts.map(({ uri, executable, extract }) => ({ value: uri, executable, extract })),
    environment: {
      variables: Object.entries(executor.environment).map(([name, value]) => ({ name, value })),
    },
    ...(executor.user === null ? {} : { user: executor.user }),
  };
  return {
    type: 'CUSTOM',
    executor_id: { value: executor.id },
    command,
    resources: fromAmounts({ ...executor.resources, gpus: 0 }),
    ...(executor.shutdownGraceMs === null
      ? {}
      : { shutdown_grace_period: { nanoseconds: executor.shutdownGraceMs * NS_PER_MS } }),
  };
}
