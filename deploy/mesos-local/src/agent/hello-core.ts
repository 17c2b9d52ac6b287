import type { Task } from '@murmur/engine';
import type { AgentHello } from '../protocol.js';
import type { AgentState, AgentTask, Run } from './model-core.js';
import { streamKey } from './status-update-core.js';

/** The version that this Mesos-compatible agent shows. */
export const AGENT_VERSION = '1.12.0';

export const AGENT_CAPABILITIES = [
  'MULTI_ROLE',
  'HIERARCHICAL_ROLE',
  'RESERVATION_REFINEMENT',
  'TASK_RESOURCE_LIMITS',
] as const;

/** Everything that lives here or is not yet acknowledged. */
export function helloOf(state: AgentState, pid: string): AgentHello {
  const runs = [...state.runs.values()].filter(
    (run) => state.frameworks.get(run.frameworkId)?.terminating === false,
  );
  const tasks = runs.flatMap((run) =>
    [...run.tasks.values()]
      .filter((task) => task.phase !== 'completed')
      .map((task) => taskOf(state, run, task)),
  );
  return {
    agent_info: state.info,
    version: AGENT_VERSION,
    pid,
    capabilities: AGENT_CAPABILITIES.map((type) => ({ type })),
    total_resources: state.resources,
    tasks,
    executors: runs
      .filter((run) => run.kind === 'custom' && run.phase !== 'TERMINATED')
      .map((run) => ({ framework_id: { value: run.frameworkId }, executor_info: run.info })),
    frameworks: [...state.frameworks.values()]
      .filter((framework) => !framework.terminating)
      .map((framework) => ({ ...framework.info, id: { value: framework.id } })),
  };
}

/** A task as masters and endpoints see it. A command task names no executor. */
export function taskOf(state: AgentState, run: Run, task: AgentTask): Task {
  const { info } = task;
  const head = state.streams.get(streamKey(run.frameworkId, info.task_id.value))?.pending[0];
  const user = info.command?.user ?? run.info.command?.user;
  return {
    name: info.name,
    task_id: info.task_id,
    framework_id: { value: run.frameworkId },
    ...(run.kind === 'custom' ? { executor_id: { value: run.executorId } } : {}),
    agent_id: info.agent_id,
    state: task.state,
    ...(info.resources === undefined ? {} : { resources: info.resources }),
    statuses: task.statuses,
    ...(head?.uuid === undefined ? {} : { status_update_state: head.state, status_update_uuid: head.uuid }),
    ...(info.labels === undefined ? {} : { labels: info.labels }),
    ...(info.discovery === undefined ? {} : { discovery: info.discovery }),
    ...(info.container === undefined ? {} : { container: info.container }),
    ...(info.health_check === undefined ? {} : { health_check: info.health_check }),
    ...(info.kill_policy === undefined ? {} : { kill_policy: info.kill_policy }),
    ...(user === undefined ? {} : { user }),
    ...(info.limits === undefined ? {} : { limits: info.limits }),
  };
}
