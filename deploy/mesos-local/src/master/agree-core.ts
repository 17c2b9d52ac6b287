import type { AgentInfo, Resource, Task } from '@murmur/engine';
import { addUsed, forgetFilters, updateAgentTotal } from '../allocator/index.js';
import type { AgentHello } from '../protocol.js';
import { bundleOf, equals } from '../resources/index.js';
import { recover, tellUnavailability } from './allocation-core.js';
import { addExecutor, removeExecutor } from './executors-core.js';
import { rescindOffersOf } from './offers-core.js';
import type { Agent, Framework, TaskRecord } from './state.js';
import { isTerminal } from '../task-state-core.js';
import { phaseOf } from './states-core.js';
import {
  addTask,
  forward,
  latestDetails,
  masterStatus,
  removeTask,
  stateFor,
  updateTask,
} from './statuses-core.js';
import { count, type Turn } from './turn-core.js';
/** An agent that was only disconnected (or whose stream was replaced): both sides agree again, its word counts. */
export function reconcileAgent(turn: Turn, agent: Agent, hello: AgentHello, info: AgentInfo): void {
  const changed = JSON.stringify(agent.info.attributes ?? []) !== JSON.stringify(info.attributes ?? []);
  agent.info = info;
  agent.pid = hello.pid;
  agent.version = hello.version;
  agent.capabilities = hello.capabilities ?? [];
  agent.reregisteredAt = turn.now;
  count(turn.state.counters, 'master/slave_reregistrations');
  const total = totalOf(hello);
  if (!equals(total, agent.total)) {
    agent.total = total;
    rescindOffersOf(turn, agent);
    updateAgentTotal(turn.allocator, agent.id, total);
  }
  if (changed) forgetFilters(turn.allocator, agent.id);
  if (agent.unavailability !== null) tellUnavailability(turn, agent);
  reconcileExecutors(turn, agent, hello);
  reconcileTasks(turn, agent, hello);
}

function reconcileExecutors(turn: Turn, agent: Agent, hello: AgentHello): void {
  const alive = new Set<string>();
  for (const { framework_id, executor_info } of hello.executors ?? []) {
    const [frameworkId, executorId] = [framework_id.value, executor_info.executor_id.value];
    alive.add(`${frameworkId} ${executorId}`);
    const framework = turn.state.frameworks.get(frameworkId);
    if (framework === undefined || agent.executors.get(frameworkId)?.has(executorId) === true) continue;
    addExecutor(framework, agent, executor_info);
    addUsed(turn.allocator, agent.id, frameworkId, bundleOf(executor_info.resources));
  }
  for (const [frameworkId, executors] of [...agent.executors]) {
    for (const executorId of [...executors.keys()]) {
      if (!alive.has(`${frameworkId} ${executorId}`)) removeExecutor(turn, frameworkId, agent.id, executorId);
    }
  }
}

function reconcileTasks(turn: Turn, agent: Agent, hello: AgentHello): void {
  const alive = new Set<TaskRecord>();
  for (const task of hello.tasks ?? []) {
    const framework = turn.state.frameworks.get(task.framework_id.value);
    if (framework === undefined) continue;
    const known = agent.tasks.get(framework.id)?.get(task.task_id.value);
    if (known === undefined) {
      const record = recordOf(task, agent);
      forgetTask(framework, task.task_id.value);
      addTask(turn, framework, agent, record);
      alive.add(record);
      if (phaseOf(record.state) === 'LIVE') {
        addUsed(turn.allocator, agent.id, framework.id, bundleOf(record.resources));
      }
      tellReturned(turn, record, 'Unknown agent reregistered');
      continue;
    }
    alive.add(known);
    // The agent repeats the update itself; that it is over is known and its resources are free from now on.
    if (phaseOf(known.state) === 'LIVE' && isTerminal(task.state)) release(turn, known);
    if (!isTerminal(known.state)) known.state = task.state;
  }
  for (const tasks of [...agent.tasks.values()]) {
    for (const record of [...tasks.values()]) if (!alive.has(record)) dropTask(turn, agent, record);
  }
}

function release(turn: Turn, record: TaskRecord): void {
  recover(turn, record.framework_id.value, record.agent_id.value, bundleOf(record.resources));
}

/** The agent does not know a task that was sent to it: the launch was lost with its stream, or its terminal update is acknowledged. */
function dropTask(turn: Turn, agent: Agent, record: TaskRecord): void {
  const framework = turn.state.frameworks.get(record.framework_id.value);
  if (framework === undefined) return;
  const over = isTerminal(record.state);
  const status = masterStatus(turn, {
    taskId: record.task_id.value,
    agentId: agent.id,
    executorId: record.executor_id?.value,
    state: stateFor(framework, 'TASK_DROPPED'),
    reason: 'REASON_RECONCILIATION',
    message: 'Reconciliation: Task is unknown to the agent',
  });
  if (!over) updateTask(turn, record, status);
  removeTask(turn, record);
  if (!over) forward(turn, framework, status);
}

export function tellReturned(turn: Turn, record: TaskRecord, message: string): void {
  const framework = turn.state.frameworks.get(record.framework_id.value);
  if (framework === undefined) return;
  const status = masterStatus(turn, {
    taskId: record.task_id.value,
    agentId: record.agent_id.value,
    executorId: record.executor_id?.value,
    state: record.state,
    reason: 'REASON_AGENT_REREGISTERED',
    message,
    ...latestDetails(record),
  });
  forward(turn, framework, status);
}

export function recordOf(task: Task, agent: Agent): TaskRecord {
  return { ...task, agent_id: { value: agent.id }, statuses: [...(task.statuses ?? [])] };
}

/** Whatever was believed of it before. */
export function forgetTask(framework: Framework, taskId: string): void {
  framework.unreachableTasks.delete(taskId);
  const at = framework.completedTasks.findIndex((task) => task.task_id.value === taskId);
  if (at >= 0) framework.completedTasks.splice(at, 1);
}

/** What the agent says it has; an agent that never stored a reservation may leave it to its info. */
export function totalOf(hello: AgentHello): Agent['total'] {
  const stored: readonly Resource[] = hello.total_resources ?? [];
  return bundleOf(stored.length > 0 ? stored : (hello.agent_info.resources ?? []));
}
