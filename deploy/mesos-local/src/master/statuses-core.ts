import type {
  CheckStatusInfo,
  ContainerStatus,
  TaskState,
  TaskStatus,
  TaskStatusReason,
} from '@murmur/engine';
import { bundleOf } from '../resources/index.js';
import { COMPLETED_TASKS_MAX, STATUSES_MAX, type Agent, type Framework, type TaskRecord } from './state.js';
import { isTerminal } from '../task-state-core.js';
import { recover } from './allocation-core.js';
import { TASK_STEPS, phaseOf } from './states-core.js';
import {
  count,
  deleteInner,
  getOrMake,
  nanoseconds,
  sendEvent,
  tellOperator,
  type Turn,
} from './turn-core.js';

export interface MasterStatus {
  readonly taskId: string;
  readonly agentId: string | null;
  readonly executorId?: string | undefined;
  readonly state: TaskState;
  readonly reason: TaskStatusReason;
  readonly message: string;
  /** ms. */
  readonly unreachableAt?: number;
  readonly healthy?: boolean | undefined;
  readonly checkStatus?: CheckStatusInfo | undefined;
  readonly containerStatus?: ContainerStatus | undefined;
}

/** A status that the master makes itself: SOURCE_MASTER and no uuid, so nobody acknowledges it. */
export function masterStatus(turn: Turn, given: MasterStatus): TaskStatus {
  return {
    task_id: { value: given.taskId },
    state: given.state,
    message: given.message,
    source: 'SOURCE_MASTER',
    reason: given.reason,
    ...(given.agentId === null ? {} : { agent_id: { value: given.agentId } }),
    ...(given.executorId === undefined ? {} : { executor_id: { value: given.executorId } }),
    timestamp: turn.now / 1000,
    ...(given.healthy === undefined ? {} : { healthy: given.healthy }),
    ...(given.checkStatus === undefined ? {} : { check_status: given.checkStatus }),
    ...(given.containerStatus === undefined ? {} : { container_status: given.containerStatus }),
    ...(given.unreachableAt === undefined
      ? {}
      : { unreachable_time: { nanoseconds: nanoseconds(given.unreachableAt) } }),
  };
}

/** Sends a status to its framework, if connected. One from an agent is remembered: only its acknowledgement counts. */
export function forward(turn: Turn, framework: Framework, status: TaskStatus): void {
  const task = framework.tasks.get(status.task_id.value);
  if (task !== undefined && status.uuid !== undefined) {
    task.status_update_state = status.state;
    task.status_update_uuid = status.uuid;
  }
  sendEvent(turn, framework, { type: 'UPDATE', update: { status } });
}

/** PARTITION_AWARE frameworks hear exact states, the others TASK_LOST. */
export function stateFor(framework: Framework, exact: TaskState): TaskState {
  return framework.capabilities.has('PARTITION_AWARE') ? exact : 'TASK_LOST';
}

/** Answers a launch that never became a task; nothing of it is remembered. */
export function refuseTask(
  turn: Turn,
  framework: Framework,
  given: Omit<MasterStatus, 'executorId' | 'unreachableAt'>,
): void {
  const status = masterStatus(turn, given);
  countState(turn, status);
  forward(turn, framework, status);
}

/**
 * Takes over a status: state by the table (what is over stays over), the list of statuses (of equal states in a row only the
 * last), resources, counters, operators. `latest` is the state the agent knows when older updates are still queued there.
 */
export function updateTask(
  turn: Turn,
  task: TaskRecord,
  status: TaskStatus,
  latest: TaskState = status.state,
): void {
  const step = TASK_STEPS[phaseOf(task.state)][phaseOf(latest)];
  if (step.taken) task.state = latest;
  const last = task.statuses.at(-1);
  const repeated = last?.state === status.state;
  if (repeated) task.statuses.pop();
  const kept: { -readonly [K in keyof TaskStatus]: TaskStatus[K] } = { ...status };
  delete kept.data;
  task.statuses.push(kept);
  if (task.statuses.length > STATUSES_MAX) task.statuses.shift();
  if (!repeated || CHECK_REASONS.has(status.reason ?? '')) {
    tellOperator(turn, {
      type: 'TASK_UPDATED',
      frameworkId: task.framework_id.value,
      status: kept,
      state: task.state,
    });
  }
  if (step.taken && step.resources === 'release') {
    recover(turn, task.framework_id.value, task.agent_id.value, bundleOf(task.resources));
    countState(turn, status);
  }
}

const CHECK_REASONS: ReadonlySet<string> = new Set([
  'REASON_TASK_CHECK_STATUS_UPDATED',
  'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED',
]);

/** Mesos counts terminal states, and those with source and reason; agents are slaves in these names. */
function countState(turn: Turn, status: TaskStatus): void {
  const state = status.state.toLowerCase().replace('task_', '');
  if (isTerminal(status.state)) count(turn.state.counters, `master/tasks_${state}`);
  if (status.reason === undefined || status.source === undefined) return;
  const source = status.source.toLowerCase().replace('agent', 'slave');
  const reason = status.reason.toLowerCase().replace('agent', 'slave');
  count(turn.state.counters, `master/task_${state}/${source}/${reason}`);
}

/** Adds to framework and agent. */
export function addTask(turn: Turn, framework: Framework, agent: Agent, task: TaskRecord): void {
  framework.tasks.set(task.task_id.value, task);
  getOrMake(agent.tasks, framework.id, () => new Map<string, TaskRecord>()).set(task.task_id.value, task);
  tellOperator(turn, { type: 'TASK_ADDED', task });
}

/** Forgets a task, or keeps it aside as unreachable. One that still lives gives its resources back. */
export function removeTask(turn: Turn, task: TaskRecord, unreachable = false): void {
  const frameworkId = task.framework_id.value;
  const taskId = task.task_id.value;
  const agentId = task.agent_id.value;
  if (phaseOf(task.state) === 'LIVE') {
    recover(turn, frameworkId, agentId, bundleOf(task.resources));
  }
  const agent = turn.state.agents.get(agentId);
  if (agent !== undefined) {
    deleteInner(agent.tasks, frameworkId, taskId);
    deleteInner(agent.pendingKills, frameworkId, taskId);
  }
  const framework = turn.state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  framework.tasks.delete(taskId);
  if (unreachable) framework.unreachableTasks.set(taskId, task);
  else complete(framework, task);
}

export function complete(framework: Framework, task: TaskRecord): void {
  framework.completedTasks.push(task);
  if (framework.completedTasks.length > COMPLETED_TASKS_MAX) framework.completedTasks.shift();
}

/** Health, check and container as the last status that has them says. */
export function latestDetails(
  task: TaskRecord,
): Pick<MasterStatus, 'healthy' | 'checkStatus' | 'containerStatus'> {
  const last = task.statuses.at(-1);
  return {
    healthy: last?.healthy,
    checkStatus: last?.check_status,
    containerStatus: last?.container_status,
  };
}
