import type { SchedulerCallReconcile, SchedulerCallReconcileOperations, TaskStatus } from '@murmur/engine';
import type { Framework, TaskRecord } from './state.js';
import { latestDetails, masterStatus, stateFor } from './statuses-core.js';
import { count, sendEvent, type Turn } from './turn-core.js';

/**
 * What the master knows of the asked tasks, or, with none asked, of all of the framework's, as updates without uuid. It
 * keeps silent about tasks of agents that may still come back after a failover: the framework asks again.
 */
export function reconcile(turn: Turn, framework: Framework, call: SchedulerCallReconcile): void {
  count(turn.state.counters, 'master/messages_reconcile_tasks');
  const asked = call.tasks ?? [];
  const statuses =
    asked.length === 0
      ? [...framework.tasks.values()].map((task) => knownStatus(turn, task))
      : asked.map((task) => answer(turn, framework, task.task_id.value, task.agent_id?.value ?? null));
  for (const status of statuses) {
    if (status !== null) sendEvent(turn, framework, { type: 'UPDATE', update: { status } });
  }
}

function knownStatus(turn: Turn, task: TaskRecord): TaskStatus {
  return masterStatus(turn, {
    taskId: task.task_id.value,
    agentId: task.agent_id.value,
    executorId: task.executor_id?.value,
    state: task.status_update_state ?? task.state,
    reason: 'REASON_RECONCILIATION',
    message: 'Reconciliation: Latest task state',
    ...latestDetails(task),
  });
}

/** mesos.md 1.10, row by row; null = no answer yet. */
function answer(turn: Turn, framework: Framework, taskId: string, agentId: string | null): TaskStatus | null {
  const { state } = turn;
  const task = framework.tasks.get(taskId);
  if (task !== undefined) return knownStatus(turn, task);
  if (agentId === null ? state.recoveredAgents.size > 0 : state.recoveredAgents.has(agentId)) return null;
  const base = { taskId, agentId, reason: 'REASON_RECONCILIATION' } as const;
  if (agentId !== null && state.agents.has(agentId)) {
    return masterStatus(turn, {
      ...base,
      state: stateFor(framework, 'TASK_GONE'),
      message: 'Reconciliation: Task is unknown to the agent',
    });
  }
  const unreachable = agentId === null ? undefined : state.unreachableAgents.get(agentId);
  if (unreachable !== undefined) {
    return masterStatus(turn, {
      ...base,
      state: stateFor(framework, 'TASK_UNREACHABLE'),
      message: 'Reconciliation: Task is unreachable',
      unreachableAt: unreachable.at,
    });
  }
  const gone = agentId !== null && state.goneAgents.has(agentId);
  return masterStatus(turn, {
    ...base,
    state: stateFor(framework, gone ? 'TASK_GONE_BY_OPERATOR' : 'TASK_UNKNOWN'),
    message: gone ? 'Reconciliation: Task is gone' : 'Reconciliation: Task is unknown',
  });
}

/**
 * No operation outlives its ACCEPT here: what was applied is in the agent's resources, what was refused was answered. So every
 * operation asked for is unknown, gone, unreachable, or not yet known again.
 */
export function reconcileOperations(
  turn: Turn,
  framework: Framework,
  call: SchedulerCallReconcileOperations,
): void {
  count(turn.state.counters, 'master/messages_reconcile_operations');
  const { state } = turn;
  for (const { operation_id, agent_id } of call.operations ?? []) {
    const agentId = agent_id?.value;
    const known = agentId !== undefined;
    const [operationState, message] =
      known && state.recoveredAgents.has(agentId)
        ? (['OPERATION_RECOVERING', 'Reconciliation: Agent is recovered but has not re-registered'] as const)
        : known && state.unreachableAgents.has(agentId)
          ? (['OPERATION_UNREACHABLE', 'Reconciliation: Agent is unreachable'] as const)
          : known && state.goneAgents.has(agentId)
            ? (['OPERATION_GONE_BY_OPERATOR', 'Reconciliation: Agent marked gone by operator'] as const)
            : (['OPERATION_UNKNOWN', 'Reconciliation: Operation is unknown'] as const);
    sendEvent(turn, framework, {
      type: 'UPDATE_OPERATION_STATUS',
      update_operation_status: {
        status: {
          operation_id,
          state: operationState,
          message,
          ...(agent_id === undefined ? {} : { agent_id }),
        },
      },
    });
  }
}
