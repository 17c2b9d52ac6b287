/** The entities of the unversioned endpoints: ids are plain text, agents are slaves, resources are objects of sums. */
import { CommandInfo, type ExecutorInfo } from '@murmur/engine';
import {
  bundleOf,
  EMPTY,
  legacyAttributes,
  legacyResources,
  reservedByRole,
  unreservedOf,
} from '../../resources/index.js';
import type { Agent, Framework, OfferRecord, RecoveredAgent } from '../state.js';
import { plain, renderTask, resourceList, seconds, type Json } from '../../legacy/render-core.js';
import { executorsOf, type Usage } from './usage-core.js';

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
