/** Whole answers of the unversioned GET endpoints, as values for JSON. */
import { renderTask, seconds, type Json } from '../../legacy/render-core.js';
import type { MasterState, TaskRecord } from '../state.js';
import {
  renderFramework,
  renderFrameworkSummary,
  renderRecoveredSlave,
  renderSlave,
  renderSlaveFull,
} from './legacy-core.js';
import { summaries, summaryFields, tasksOf } from './summary-core.js';
import { usageOf } from './usage-core.js';

/** What the answers need beyond the state. */
export interface Facts {
  /** `/version` */
  readonly version: Readonly<Record<string, string | number>>;
  /** By Mesos's names, values as text. */
  readonly flags: Readonly<Record<string, string>>;
  /** `--cluster`, or null. */
  readonly cluster: string | null;
}

export function renderState(state: MasterState, facts: Facts): Json {
  const usage = usageOf(state);
  const { info } = state;
  const { id, pid, port, hostname } = info;
  const agents = [...state.agents.values()];
  return {
    ...facts.version,
    start_time: seconds(state.startedAt),
    elected_time: seconds(state.electedAt),
    id,
    pid,
    hostname,
    capabilities: (info.capabilities ?? []).map((capability) => capability.type ?? 'UNKNOWN'),
    activated_slaves: agents.filter((agent) => agent.active).length,
    deactivated_slaves: agents.filter((agent) => !agent.active).length,
    unreachable_slaves: state.unreachableAgents.size,
    leader: pid,
    leader_info: { id, pid, port, hostname },
    ...(facts.cluster === null ? {} : { cluster: facts.cluster }),
    flags: facts.flags,
    slaves: agents.map((agent) => renderSlave(agent, usage)),
    recovered_slaves: [...state.recoveredAgents.values()].map(renderRecoveredSlave),
    frameworks: [...state.frameworks.values()].map((each) => renderFramework(each, usage, state.offers)),
    completed_frameworks: [...state.completedFrameworks.values()].map((each) =>
      renderFramework(each, usage, state.offers),
    ),
    orphan_tasks: [],
    unregistered_frameworks: [],
  };
}

export function renderStateSummary(state: MasterState, facts: Facts): Json {
  const usage = usageOf(state);
  const counted = summaries(state);
  return {
    hostname: state.info.hostname,
    ...(facts.cluster === null ? {} : { cluster: facts.cluster }),
    slaves: [...state.agents.values()].map((agent) => ({
      ...renderSlave(agent, usage),
      ...summaryFields(counted.agent(agent.id)),
      framework_ids: [...counted.agent(agent.id).others],
    })),
    frameworks: [...state.frameworks.values()].map((framework) => ({
      ...renderFrameworkSummary(framework, usage),
      ...summaryFields(counted.framework(framework.id)),
      slave_ids: [...counted.framework(framework.id).others],
    })),
  };
}

/** `?slave_id=` picks one. */
export function renderSlaves(state: MasterState, query: URLSearchParams): Json {
  const usage = usageOf(state);
  const wanted = query.get('slave_id');
  const fits = (id: string): boolean => wanted === null || id === wanted;
  return {
    slaves: [...state.agents.values()]
      .filter((agent) => fits(agent.id))
      .map((agent) => renderSlaveFull(agent, usage)),
    recovered_slaves: [...state.recoveredAgents]
      .filter(([id]) => fits(id))
      .map(([, agent]) => renderRecoveredSlave(agent)),
  };
}

/** `?framework_id=` picks one. */
export function renderFrameworks(state: MasterState, query: URLSearchParams): Json {
  const usage = usageOf(state);
  const wanted = query.get('framework_id');
  const list = (frameworks: MasterState['frameworks']): Json[] =>
    [...frameworks.values()]
      .filter((framework) => wanted === null || framework.id === wanted)
      .map((framework) => renderFramework(framework, usage, state.offers));
  return {
    frameworks: list(state.frameworks),
    completed_frameworks: list(state.completedFrameworks),
    unregistered_frameworks: [],
  };
}

/** Tasks of `/tasks` when no `limit` is given. */
export const TASKS_LIMIT = 100;

/**
 * `framework_id`, `task_id` pick; `order=asc` is oldest first, else newest first, by the first status; `offset`, `limit` cut; a
 * limit below 0 is none. What is no number counts as not given, as in Mesos.
 */
export function renderTasks(state: MasterState, query: URLSearchParams): Json {
  const offset = Math.max(0, whole(query.get('offset')) ?? 0);
  const limit = whole(query.get('limit')) ?? TASKS_LIMIT;
  const direction = query.get('order') === 'asc' ? 1 : -1;
  const frameworkId = query.get('framework_id');
  const taskId = query.get('task_id');
  const tasks = [...state.frameworks.values(), ...state.completedFrameworks.values()]
    .filter((framework) => frameworkId === null || framework.id === frameworkId)
    .flatMap((framework) => [...tasksOf(framework)])
    .filter((task) => taskId === null || task.task_id.value === taskId)
    .sort((a, b) => direction * (since(a) - since(b)));
  return { tasks: tasks.slice(offset, limit < 0 ? undefined : offset + limit).map(renderTask) };
}

function since(task: TaskRecord): number {
  return task.statuses[0]?.timestamp ?? 0;
}

function whole(text: string | null): number | null {
  return text !== null && /^-?\d+$/.test(text) ? Number(text) : null;
}
