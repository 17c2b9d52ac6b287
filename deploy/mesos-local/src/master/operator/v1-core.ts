/**
 * The GET_* answers of `POST /api/v1`, as text: lists are joined from the codec's output, because Mesos prints the empty ones
 * here, which the codec leaves out.
 */
import {
  AgentInfo,
  encode,
  FrameworkInfo,
  MasterEvent,
  MasterResponseGetAgentsAgent,
  MasterResponseGetExecutorsExecutor,
  MasterResponseGetFrameworksFramework,
  Task,
} from '@murmur/engine';
import { toResources } from '../../resources/index.js';
import type { Agent, Framework, MasterState } from '../state.js';
import type { OperatorEvent } from '../types.js';
import { executorsOf, usageOf, type Usage } from './usage-core.js';

const NS_PER_MS = 1_000_000;

export function getAgents(state: MasterState, usage: Usage = usageOf(state)): string {
  return object({
    agents: list([...state.agents.values()].map((agent) => agentText(agent, usage))),
    recovered_agents: list([...state.recoveredAgents.values()].map(({ info }) => encode(AgentInfo, info))),
  });
}

export function getFrameworks(state: MasterState, usage: Usage = usageOf(state)): string {
  const texts = (frameworks: MasterState['frameworks']): string =>
    list([...frameworks.values()].map((each) => frameworkText(state, each, usage)));
  return object({
    frameworks: texts(state.frameworks),
    completed_frameworks: texts(state.completedFrameworks),
  });
}

export function getExecutors(state: MasterState): string {
  const executors = [...state.frameworks.values()].flatMap((framework) =>
    executorsOf(framework).map(({ agentId, executor }) =>
      encode(MasterResponseGetExecutorsExecutor, {
        executor_info: executor,
        agent_id: { value: agentId },
      }),
    ),
  );
  return object({ executors: list(executors) });
}

export function getTasks(state: MasterState): string {
  const known = [...state.frameworks.values()];
  const all = [...known, ...state.completedFrameworks.values()];
  const texts = (tasks: readonly Task[]): string => list(tasks.map((task) => encode(Task, task)));
  return object({
    tasks: texts(known.flatMap((framework) => [...framework.tasks.values()])),
    unreachable_tasks: texts(known.flatMap((framework) => [...framework.unreachableTasks.values()])),
    completed_tasks: texts(all.flatMap((framework) => framework.completedTasks)),
  });
}

export function getState(state: MasterState): string {
  const usage = usageOf(state);
  return object({
    get_tasks: getTasks(state),
    get_executors: getExecutors(state),
    get_frameworks: getFrameworks(state, usage),
    get_agents: getAgents(state, usage),
  });
}

/** First on a stream of SUBSCRIBE. */
export function subscribedEvent(state: MasterState, heartbeatSeconds: number): string {
  const subscribed = object({
    get_state: getState(state),
    heartbeat_interval_seconds: heartbeatSeconds.toFixed(1),
  });
  return object({ type: '"SUBSCRIBED"', subscribed });
}

export const HEARTBEAT_EVENT = '{"type":"HEARTBEAT"}';

/** One event of SUBSCRIBE, as it is now. */
export function operatorEvent(state: MasterState, event: OperatorEvent): string {
  switch (event.type) {
    case 'TASK_ADDED':
      return encode(MasterEvent, { type: event.type, task_added: { task: event.task } });
    case 'TASK_UPDATED':
      return encode(MasterEvent, {
        type: event.type,
        task_updated: {
          framework_id: { value: event.frameworkId },
          status: event.status,
          state: event.state,
        },
      });
    case 'AGENT_ADDED':
      return object({
        type: `"${event.type}"`,
        agent_added: object({ agent: agentText(event.agent, usageOf(state)) }),
      });
    case 'AGENT_REMOVED':
      return encode(MasterEvent, { type: event.type, agent_removed: { agent_id: { value: event.agentId } } });
    case 'FRAMEWORK_ADDED':
    case 'FRAMEWORK_UPDATED': {
      const framework = frameworkText(state, event.framework, usageOf(state));
      return object({ type: `"${event.type}"`, [event.type.toLowerCase()]: object({ framework }) });
    }
    case 'FRAMEWORK_REMOVED':
      return object({
        type: `"${event.type}"`,
        framework_removed: object({ framework_info: encode(FrameworkInfo, event.info) }),
      });
  }
}

function agentText(agent: Agent, usage: Usage): string {
  return encode(MasterResponseGetAgentsAgent, {
    agent_info: agent.info,
    active: agent.active,
    deactivated: agent.deactivated,
    version: agent.version,
    pid: agent.pid,
    registered_time: time(agent.registeredAt),
    ...(agent.reregisteredAt === null ? {} : { reregistered_time: time(agent.reregisteredAt) }),
    total_resources: toResources(agent.total, 'endpoint'),
    allocated_resources: toResources(usage.used.byAgent.of(agent.id), 'endpoint'),
    offered_resources: toResources(usage.offered.byAgent.of(agent.id), 'endpoint'),
    capabilities: agent.capabilities,
    ...(agent.drain === null ? {} : { drain_info: agent.drain }),
  });
}

function frameworkText(state: MasterState, framework: Framework, usage: Usage): string {
  const text = encode(MasterResponseGetFrameworksFramework, {
    framework_info: framework.info,
    active: framework.active,
    connected: framework.connected,
    recovered: framework.recovered,
    registered_time: time(framework.registeredAt),
    reregistered_time: time(framework.reregisteredAt ?? framework.registeredAt),
    ...(framework.unregisteredAt === null ? {} : { unregistered_time: time(framework.unregisteredAt) }),
    offers: found(framework.offers, state.offers).map(({ offer }) => offer),
    inverse_offers: found(framework.inverseOffers, state.inverseOffers).map(
      ({ inverseOffer }) => inverseOffer,
    ),
    allocated_resources: toResources(usage.used.byFramework.of(framework.id), 'endpoint'),
    offered_resources: toResources(usage.offered.byFramework.of(framework.id), 'endpoint'),
  });
  return `${text.slice(0, -1)},"offer_constraints":{}}`;
}

function found<V>(ids: Iterable<string>, records: ReadonlyMap<string, V>): V[] {
  return [...ids].flatMap((id) => records.get(id) ?? []);
}

function time(ms: number): { nanoseconds: number } {
  return { nanoseconds: Math.round(ms * NS_PER_MS) };
}

function list(texts: readonly string[]): string {
  return `[${texts.join(',')}]`;
}

/** Values are JSON texts already. */
export function object(fields: Readonly<Record<string, string>>): string {
  const parts = Object.entries(fields).map(([name, text]) => `"${name}":${text}`);
  return `{${parts.join(',')}}`;
}
