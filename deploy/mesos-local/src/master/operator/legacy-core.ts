/** The entities of the unversioned endpoints: ids are plain text, agents are slaves, resources are objects of sums. */
import {
  CommandInfo,
  encode,
  Resource,
  type ExecutorInfo,
  type Message,
  type TaskStatus,
} from '@murmur/engine';
import {
  bundleOf,
  EMPTY,
  legacyAttributes,
  legacyResources,
  reservedByRole,
  toResources,
  unreservedOf,
  type Bundle,
} from '../../resources/index.js';
import type { Agent, Framework, OfferRecord, RecoveredAgent, TaskRecord } from '../state.js';
import { executorsOf, type Usage } from './usage-core.js';

type Json = Record<string, unknown>;

const MS_PER_SECOND = 1_000;

/** Mesos's times are seconds with a fraction; 0 = never. */
export function seconds(ms: number | null): number {
  return ms === null ? 0 : ms / MS_PER_SECOND;
}

/** A message as the JSON value of its wire form. */
export function plain<T>(type: Message<T>, value: T): unknown {
  return JSON.parse(encode(type, value)) as unknown;
}

export function renderSlave(agent: Agent, usage: Usage): Json {
  const { total } = agent;
  const reserved = [...reservedByRole(total)].map(([role, bundle]) => [role, legacyResources(bundle)]);
  return {
    id: agent.id,
    hostname: agent.info.hostname,
    port: agent.info.port ?? 0,
    attributes: legacyAttributes(agent.info.attributes ?? []),
    ...(agent.info.domain === undefined ? {} : { domain: agent.info.domain }),
    pid: agent.pid,
    registered_time: seconds(agent.registeredAt),
    ...(agent.reregisteredAt === null ? {} : { reregistered_time: seconds(agent.reregisteredAt) }),
    resources: legacyResources(total),
    used_resources: legacyResources(usage.used.byAgent.of(agent.id)),
    offered_resources: legacyResources(usage.offered.byAgent.of(agent.id)),
    reserved_resources: Object.fromEntries(reserved),
    unreserved_resources: legacyResources(unreservedOf(total)),
    active: agent.active,
    deactivated: agent.deactivated,
    version: agent.version,
    capabilities: agent.capabilities.map((capability) => capability.type ?? 'UNKNOWN'),
    ...(agent.drain === null ? {} : { drain_info: agent.drain }),
  };
}

/** What `/slaves` shows in addition. */
export function renderSlaveFull(agent: Agent, usage: Usage): Json {
  const { total } = agent;
  const reserved = [...reservedByRole(total)].map(([role, bundle]) => [role, resourceList(bundle)]);
  return {
    ...renderSlave(agent, usage),
    reserved_resources_full: Object.fromEntries(reserved),
    unreserved_resources_full: resourceList(unreservedOf(total)),
    used_resources_full: resourceList(usage.used.byAgent.of(agent.id)),
    offered_resources_full: resourceList(usage.offered.byAgent.of(agent.id)),
  };
}

export function renderRecoveredSlave({ info }: RecoveredAgent): Json {
  return {
    id: info.id?.value ?? '',
    hostname: info.hostname,
    port: info.port ?? 0,
    attributes: legacyAttributes(info.attributes ?? []),
    resources: legacyResources(bundleOf(info.resources)),
  };
}

/** Resources as operators get them: with `reservations`, and `role` where that says all. */
export function resourceList(bundle: Bundle): unknown[] {
  return toResources(bundle, 'endpoint').map((resource) => plain(Resource, resource));
}

/** The fields of a framework that `/state-summary` shows too. */
export function renderFrameworkSummary(framework: Framework, usage: Usage): Json {
  const { info } = framework;
  return {
    id: framework.id,
    name: info.name,
    used_resources: legacyResources(usage.used.byFramework.of(framework.id)),
    offered_resources: legacyResources(usage.offered.byFramework.of(framework.id)),
    capabilities: (info.capabilities ?? []).map((capability) => capability.type ?? 'UNKNOWN'),
    hostname: info.hostname ?? '',
    webui_url: info.webui_url ?? '',
    active: framework.active,
    connected: framework.connected,
    recovered: framework.recovered,
  };
}

/** A framework with all that belongs to it. `offers` are those that are outstanding, by id. */
export function renderFramework(
  framework: Framework,
  usage: Usage,
  offers: ReadonlyMap<string, OfferRecord>,
): Json {
  const { info, registeredAt, reregisteredAt } = framework;
  const multiRole = framework.capabilities.has('MULTI_ROLE');
  const used = usage.used.byFramework.of(framework.id);
  const offered = usage.offered.byFramework.of(framework.id);
  return {
    ...renderFrameworkSummary(framework, usage),
    user: info.user,
    failover_timeout: info.failover_timeout ?? 0,
    checkpoint: info.checkpoint ?? false,
    registered_time: seconds(registeredAt),
    unregistered_time: seconds(framework.unregisteredAt),
    ...(info.principal === undefined ? {} : { principal: info.principal }),
    resources: legacyResources([...used, ...offered]),
    ...(reregisteredAt === null || reregisteredAt === registeredAt
      ? {}
      : { reregistered_time: seconds(reregisteredAt) }),
    ...(multiRole ? { roles: framework.roles } : { role: framework.roles[0] ?? '*' }),
    tasks: [...framework.tasks.values()].map(renderTask),
    unreachable_tasks: [...framework.unreachableTasks.values()].map(renderTask),
    completed_tasks: framework.completedTasks.map(renderTask),
    offers: [...framework.offers].flatMap((id) => {
      const record = offers.get(id);
      return record === undefined ? [] : [renderOffer(record)];
    }),
    executors: executorsOf(framework).map(({ agentId, executor }) => ({
      ...renderExecutor(executor, framework.id),
      slave_id: agentId,
    })),
    ...(info.labels === undefined ? {} : { labels: info.labels.labels ?? [] }),
    offer_constraints: {},
  };
}

export function renderTask(task: TaskRecord): Json {
  return {
    id: task.task_id.value,
    name: task.name,
    framework_id: task.framework_id.value,
    executor_id: task.executor_id?.value ?? '',
    slave_id: task.agent_id.value,
    state: task.state,
    resources: legacyResources(bundleOf(task.resources)),
    ...(task.limits === undefined ? {} : { limits: limits(task.limits) }),
    role: task.resources?.[0]?.allocation_info?.role ?? '*',
    statuses: task.statuses.map(renderStatus),
    ...(task.user === undefined ? {} : { user: task.user }),
    ...(task.labels === undefined ? {} : { labels: task.labels.labels ?? [] }),
    ...(task.discovery === undefined ? {} : { discovery: task.discovery }),
    ...(task.container === undefined ? {} : { container: task.container }),
    ...(task.health_check === undefined ? {} : { health_check: task.health_check }),
  };
}

/** An infinite limit has no number in JSON. */
function limits(given: NonNullable<TaskRecord['limits']>): Json {
  return Object.fromEntries(
    Object.entries(given).map(([name, { value }]) => [name, Number.isFinite(value) ? value : 'Infinity']),
  );
}

function renderStatus(status: TaskStatus): Json {
  const { container_id, network_infos } = status.container_status ?? {};
  return {
    state: status.state,
    timestamp: status.timestamp ?? 0,
    ...(status.labels === undefined ? {} : { labels: status.labels.labels ?? [] }),
    ...(status.container_status === undefined
      ? {}
      : {
          container_status: {
            ...(container_id === undefined ? {} : { container_id }),
            ...(network_infos === undefined ? {} : { network_infos }),
          },
        }),
    ...(status.healthy === undefined ? {} : { healthy: status.healthy }),
  };
}

function renderOffer(record: OfferRecord): Json {
  return {
    id: record.offer.id.value,
    framework_id: record.frameworkId,
    allocation_info: { role: record.role },
    slave_id: record.agentId,
    resources: legacyResources(record.resources),
  };
}

function renderExecutor(executor: ExecutorInfo, frameworkId: string): Json {
  const resources = executor.resources ?? [];
  return {
    executor_id: executor.executor_id.value,
    name: executor.name ?? '',
    framework_id: executor.framework_id?.value ?? frameworkId,
    command: executor.command === undefined ? {} : plain(CommandInfo, executor.command),
    resources: legacyResources(resources.length === 0 ? EMPTY : bundleOf(resources)),
    ...(resources.length === 0 ? {} : { role: resources[0]?.allocation_info?.role ?? '*' }),
    ...(executor.labels === undefined ? {} : { labels: executor.labels.labels ?? [] }),
    ...(executor.type === undefined ? {} : { type: executor.type }),
  };
}
