import type {
  SchedulerCallAcknowledge,
  SchedulerCallKill,
  SchedulerCallMessage,
  SchedulerCallShutdown,
  TaskState,
  TaskStatus,
} from '@murmur/engine';
import type { AgentMessage } from '../protocol.js';
import { drainStep } from './drain-core.js';
import { removeExecutor } from './executors-core.js';
import { isUuid } from '../uuid-core.js';
import { killOn } from './kills-core.js';
import { reconcile } from './reconcile-core.js';
import type { Agent, Framework } from './state.js';
import { isTerminal } from '../task-state-core.js';
import { forward, removeTask, updateTask } from './statuses-core.js';
import { count, log, sendEvent, sendMessage, type Turn } from './turn-core.js';

/** KILL: an unknown task is answered as if reconciled; one on an agent that is disconnected is killed when it returns. */
export function kill(turn: Turn, framework: Framework, call: SchedulerCallKill): void {
  count(turn.state.counters, 'master/messages_kill_task');
  const taskId = call.task_id.value;
  const task = framework.tasks.get(taskId);
  if (task === undefined) {
    const asked = {
      task_id: call.task_id,
      ...(call.agent_id === undefined ? {} : { agent_id: call.agent_id }),
    };
    reconcile(turn, framework, { tasks: [asked] });
    return;
  }
  const agentId = task.agent_id.value;
  if (call.agent_id !== undefined && call.agent_id.value !== agentId) {
    log(
      turn,
      'warn',
      { framework: framework.id, task: taskId, agent: agentId },
      'KILL for another agent ignored',
    );
    return;
  }
  const agent = turn.state.agents.get(agentId);
  if (agent !== undefined) killOn(turn, framework.id, agent, taskId, { policy: call.kill_policy ?? null });
}

/** SHUTDOWN of an executor: passed on, never remembered. */
export function shutdownExecutor(turn: Turn, framework: Framework, call: SchedulerCallShutdown): void {
  const agent = turn.state.agents.get(call.agent_id.value);
  if (agent === undefined) {
    log(turn, 'warn', { framework: framework.id, agent: call.agent_id.value }, 'SHUTDOWN: agent unknown');
    return;
  }
  sendMessage(turn, agent, {
    type: 'SHUTDOWN_EXECUTOR',
    framework_id: { value: framework.id },
    executor_id: call.executor_id,
  });
}

/** ACKNOWLEDGE: passed on to an agent that is there; the terminal status' own acknowledgement ends the task's time here. */
export function acknowledge(turn: Turn, framework: Framework, call: SchedulerCallAcknowledge): void {
  const { counters } = turn.state;
  count(counters, 'master/messages_status_update_acknowledgement');
  const agent = turn.state.agents.get(call.agent_id.value);
  const task = agent?.tasks.get(framework.id)?.get(call.task_id.value);
  const notOurs = task !== undefined && task.status_update_uuid === undefined;
  if (agent?.connected !== true || notOurs) {
    count(counters, 'master/invalid_status_update_acknowledgements');
    return;
  }
  if (
    task?.status_update_state !== undefined &&
    isTerminal(task.status_update_state) &&
    sameBytes(task.status_update_uuid ?? '', call.uuid)
  ) {
    removeTask(turn, task);
  }
  sendAcknowledge(turn, agent, framework.id, call.task_id.value, call.uuid);
  count(counters, 'master/valid_status_update_acknowledgements');
  drainStep(turn, agent);
}

function sendAcknowledge(turn: Turn, agent: Agent, frameworkId: string, taskId: string, uuid: string): void {
  sendMessage(turn, agent, {
    type: 'ACKNOWLEDGE',
    framework_id: { value: frameworkId },
    task_id: { value: taskId },
    uuid,
  });
}

function sameBytes(a: string, b: string): boolean {
  return a === b || Buffer.from(a, 'base64').equals(Buffer.from(b, 'base64'));
}

/** MESSAGE to an executor: best effort. */
export function messageToExecutor(turn: Turn, framework: Framework, call: SchedulerCallMessage): void {
  const { counters } = turn.state;
  count(counters, 'master/messages_framework_to_executor');
  const agent = turn.state.agents.get(call.agent_id.value);
  if (agent?.connected !== true) {
    count(counters, 'master/invalid_framework_to_executor_messages');
    return;
  }
  sendMessage(turn, agent, {
    type: 'MESSAGE',
    framework_id: { value: framework.id },
    executor_id: call.executor_id,
    data: call.data,
  });
  count(counters, 'master/valid_framework_to_executor_messages');
}

/** One message of an agent's batch, but for PONG and UNSUBSCRIBE (agents-core.ts). */
export function takeAgentMessage(turn: Turn, agent: Agent, message: AgentMessage): void {
  const frameworkId = message.framework_id?.value;
  if (frameworkId === undefined) return;
  if (message.type === 'UPDATE') takeUpdate(turn, agent, frameworkId, message);
  else if (message.type === 'EXECUTOR_EXITED') takeExit(turn, agent, frameworkId, message);
  else if (message.type === 'MESSAGE') takeMessage(turn, agent, frameworkId, message);
}

function takeUpdate(turn: Turn, agent: Agent, frameworkId: string, message: AgentMessage): void {
  const { counters } = turn.state;
  count(counters, 'master/messages_status_update');
  const given = message.status;
  if (given?.uuid === undefined || !isUuid(given.uuid)) {
    count(counters, 'master/invalid_status_updates');
    log(
      turn,
      'warn',
      { agent: agent.id, framework: frameworkId, uuid: given?.uuid },
      'update without a valid uuid',
    );
    return;
  }
  const uuid = given.uuid;
  const framework = turn.state.frameworks.get(frameworkId);
  const status = framework === undefined ? given : asDrained(agent, framework, given);
  const task = agent.tasks.get(frameworkId)?.get(status.task_id.value);
  // A drain renames what the agent reports, latest state included.
  const latest =
    status.state === given.state ? (message.latest_state as TaskState | undefined) : status.state;
  if (framework === undefined && turn.state.completedFrameworks.has(frameworkId)) {
    // Nobody else will ever acknowledge it, and the agent would repeat it for good.
    sendAcknowledge(turn, agent, frameworkId, status.task_id.value, uuid);
  }
  const forwarded = framework?.connected === true;
  if (forwarded) forward(turn, framework, status);
  if (task !== undefined) updateTask(turn, task, status, latest);
  const valid = forwarded && task !== undefined;
  count(counters, valid ? 'master/valid_status_updates' : 'master/invalid_status_updates');
}

/** What a drain killed says so; with `mark_gone` it is as good as gone for those who know what that is. */
function asDrained(agent: Agent, framework: Framework, status: TaskStatus): TaskStatus {
  if (agent.drain?.state !== 'DRAINING' || status.state !== 'TASK_KILLED') return status;
  const gone = agent.drain.config.mark_gone === true && framework.capabilities.has('PARTITION_AWARE');
  return {
    ...status,
    state: gone ? 'TASK_GONE_BY_OPERATOR' : status.state,
    reason: 'REASON_AGENT_DRAINING',
  };
}

function takeExit(turn: Turn, agent: Agent, frameworkId: string, message: AgentMessage): void {
  count(turn.state.counters, 'master/messages_exited_executor');
  const { executor_id } = message;
  if (executor_id === undefined) return;
  if (!removeExecutor(turn, frameworkId, agent.id, executor_id.value)) return;
  const framework = turn.state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  const status = message.exit_status ?? 0;
  sendEvent(turn, framework, {
    type: 'FAILURE',
    failure: { agent_id: { value: agent.id }, executor_id, status },
  });
}

function takeMessage(turn: Turn, agent: Agent, frameworkId: string, message: AgentMessage): void {
  const { counters } = turn.state;
  count(counters, 'master/messages_executor_to_framework');
  const framework = turn.state.frameworks.get(frameworkId);
  const { executor_id, data } = message;
  if (framework?.connected !== true || executor_id === undefined || data === undefined) {
    count(counters, 'master/invalid_executor_to_framework_messages');
    return;
  }
  sendEvent(turn, framework, {
    type: 'MESSAGE',
    message: { agent_id: { value: agent.id }, executor_id, data },
  });
  count(counters, 'master/valid_executor_to_framework_messages');
}
