import type { TaskState, TaskStatusReason } from '@murmur/engine';
import { activateAgent, deactivateAgent, removeAgent as unallocate } from '../allocator/index.js';
import { removeExecutor } from './executors-core.js';
import { rescindInverseOffersOf } from './inverse-core.js';
import { machineKeyOf, rescindOffersOf } from './offers-core.js';
import { LOST_AGENTS_MAX, type Agent, type LostAgent, type MasterState } from './state.js';
import { AGENT_STEPS, type AgentInput, type AgentPhase } from './states-core.js';
import { complete, forward, masterStatus, removeTask, stateFor, updateTask } from './statuses-core.js';
import { count, log, sendEvent, sendMessage, tellOperator, type Turn } from './turn-core.js';

/** Where an agent is in its life. */
export function agentPhase(state: MasterState, agentId: string): AgentPhase {
  if (state.goneAgents.has(agentId)) return 'GONE';
  const agent = state.agents.get(agentId);
  if (agent !== undefined) return agent.connected ? 'CONNECTED' : 'DISCONNECTED';
  if (state.recoveredAgents.has(agentId)) return 'RECOVERED';
  return state.unreachableAgents.has(agentId) ? 'UNREACHABLE' : 'UNKNOWN';
}

export function agentStep(state: MasterState, agentId: string, input: AgentInput): AgentPhase | null {
  return AGENT_STEPS[agentPhase(state, agentId)][input];
}

/**
 * The stream broke: no more offers of it, and the ones that are out are rescinded. Tasks of frameworks that do not checkpoint
 * are lost at once; the others' wait until the agent is back or unreachable.
 */
export function agentStreamEnded(turn: Turn, agent: Agent, streamId: string): void {
  if (agent.streamId !== streamId || agentStep(turn.state, agent.id, 'STREAM_ENDED') === null) return;
  agent.connected = false;
  agent.streamId = null;
  setActive(turn, agent);
  log(turn, 'info', { agent: agent.id }, 'agent disconnected');
  const frameworkIds = new Set([...agent.tasks.keys(), ...agent.executors.keys()]);
  for (const frameworkId of frameworkIds) {
    const framework = turn.state.frameworks.get(frameworkId);
    if (framework === undefined || framework.info.checkpoint === true) continue;
    loseTasks(turn, agent, frameworkId, {
      exact: 'TASK_LOST',
      reason: 'REASON_AGENT_DISCONNECTED',
      message: `Agent ${agent.info.hostname} disconnected`,
      unreachable: false,
    });
    loseExecutors(turn, agent, frameworkId);
  }
}

/** Offers only of agents that are connected and that the operator has not deactivated. */
export function setActive(turn: Turn, agent: Agent): void {
  agent.active = agent.connected && !agent.deactivated;
  if (agent.active) {
    activateAgent(turn.allocator, agent.id);
    turn.effects.push({ type: 'ALLOCATE', agentId: agent.id });
    return;
  }
  deactivateAgent(turn.allocator, agent.id);
  rescindOffersOf(turn, agent);
  rescindInverseOffersOf(turn, agent);
}

interface Loss {
  readonly exact: TaskState;
  readonly reason: TaskStatusReason;
  readonly message: string;
  /** Kept aside: the agent may prove them alive. */
  readonly unreachable: boolean;
}

function loseTasks(turn: Turn, agent: Agent, frameworkId: string, loss: Loss): void {
  const framework = turn.state.frameworks.get(frameworkId);
  for (const task of [...(agent.tasks.get(frameworkId)?.values() ?? [])]) {
    const status = masterStatus(turn, {
      taskId: task.task_id.value,
      agentId: agent.id,
      executorId: task.executor_id?.value,
      state: framework === undefined ? 'TASK_LOST' : stateFor(framework, loss.exact),
      reason: loss.reason,
      message: loss.message,
      ...(loss.unreachable ? { unreachableAt: turn.now } : {}),
    });
    updateTask(turn, task, status);
    removeTask(turn, task, loss.unreachable);
    if (framework !== undefined) forward(turn, framework, status);
  }
}

function loseExecutors(turn: Turn, agent: Agent, frameworkId: string): void {
  for (const executorId of [...(agent.executors.get(frameworkId)?.keys() ?? [])]) {
    removeExecutor(turn, frameworkId, agent.id, executorId);
  }
}

/** Too many pings without an answer, or not back in time after an election. */
export function markUnreachable(turn: Turn, agentId: string, why: string): void {
  const { state } = turn;
  if (agentStep(state, agentId, 'SILENT_TOO_LONG') !== 'UNREACHABLE') return;
  const info = state.agents.get(agentId)?.info ?? state.recoveredAgents.get(agentId)?.info;
  if (info === undefined) return;
  count(state.counters, 'master/slave_removals');
  count(state.counters, 'master/slave_removals/reason_unhealthy');
  if (state.recoveredAgents.delete(agentId)) count(state.counters, 'master/recovery_slave_removals');
  remember(state.unreachableAgents, agentId, { info, at: turn.now });
  turn.effects.push({ type: 'STORE', change: { type: 'AGENT_UNREACHABLE', info, at: turn.now } });
  const agent = state.agents.get(agentId);
  if (agent === undefined) tellFailure(turn, agentId);
  else {
    removeFromCluster(turn, agent, {
      exact: 'TASK_UNREACHABLE',
      reason: 'REASON_AGENT_REMOVED',
      message: why,
      unreachable: true,
    });
  }
  log(turn, 'warn', { agent: agentId, why }, 'agent unreachable');
}

/** It said good-bye, its machine goes down, or it failed over to a new id: its tasks are lost, and it may come back as new. */
export function removeAgent(
  turn: Turn,
  agent: Agent,
  why: string,
  counter: 'unregistered' | 'registered',
): void {
  count(turn.state.counters, 'master/slave_removals');
  count(turn.state.counters, `master/slave_removals/reason_${counter}`);
  turn.effects.push({ type: 'STORE', change: { type: 'AGENT_REMOVED', agentId: agent.id } });
  removeFromCluster(turn, agent, {
    exact: 'TASK_LOST',
    reason: 'REASON_AGENT_REMOVED',
    message: `Agent ${agent.info.hostname} removed: ${why}`,
    unreachable: false,
  });
  log(turn, 'info', { agent: agent.id, why }, 'agent removed');
}

/** The operator says it will never come back. The registry has it already. */
export function markGone(turn: Turn, agentId: string): void {
  const { state } = turn;
  if (agentStep(state, agentId, 'MARK_GONE') !== 'GONE') return;
  const agent = state.agents.get(agentId);
  const info =
    agent?.info ?? state.recoveredAgents.get(agentId)?.info ?? state.unreachableAgents.get(agentId)?.info;
  if (info === undefined) return;
  const message = 'Agent has been marked gone';
  if (agent !== undefined) {
    sendMessage(turn, agent, { type: 'SHUTDOWN', message });
    removeFromCluster(turn, agent, {
      exact: 'TASK_GONE_BY_OPERATOR',
      reason: 'REASON_AGENT_REMOVED_BY_OPERATOR',
      message,
      unreachable: false,
    });
  }
  state.recoveredAgents.delete(agentId);
  if (state.unreachableAgents.delete(agentId)) giveUpUnreachable(turn, agentId, message);
  remember(state.goneAgents, agentId, { info, at: turn.now });
  log(turn, 'info', { agent: agentId }, 'agent marked gone');
}

function giveUpUnreachable(turn: Turn, agentId: string, message: string): void {
  for (const framework of turn.state.frameworks.values()) {
    const aware = framework.capabilities.has('PARTITION_AWARE');
    for (const [taskId, task] of [...framework.unreachableTasks]) {
      if (task.agent_id.value !== agentId) continue;
      const status = masterStatus(turn, {
        taskId,
        agentId,
        executorId: task.executor_id?.value,
        state: stateFor(framework, 'TASK_GONE_BY_OPERATOR'),
        reason: aware ? 'REASON_AGENT_REMOVED_BY_OPERATOR' : 'REASON_AGENT_REMOVED',
        message,
      });
      updateTask(turn, task, status);
      forward(turn, framework, status);
      framework.unreachableTasks.delete(taskId);
      complete(framework, task);
    }
  }
}

function removeFromCluster(turn: Turn, agent: Agent, loss: Loss): void {
  const { state } = turn;
  unallocate(turn.allocator, agent.id);
  for (const frameworkId of [...agent.tasks.keys()]) {
    const aware = state.frameworks.get(frameworkId)?.capabilities.has('PARTITION_AWARE') ?? false;
    const byOperator = loss.reason === 'REASON_AGENT_REMOVED_BY_OPERATOR';
    loseTasks(turn, agent, frameworkId, {
      ...loss,
      reason: byOperator && !aware ? 'REASON_AGENT_REMOVED' : loss.reason,
    });
  }
  for (const frameworkId of [...agent.executors.keys()]) loseExecutors(turn, agent, frameworkId);
  rescindOffersOf(turn, agent);
  rescindInverseOffersOf(turn, agent);
  if (agent.streamId !== null) turn.effects.push({ type: 'END', streamId: agent.streamId });
  agent.connected = false;
  agent.active = false;
  agent.streamId = null;
  state.agents.delete(agent.id);
  state.maintenance.machines.get(machineKeyOf(agent))?.agents.delete(agent.id);
  tellFailure(turn, agent.id);
  tellOperator(turn, { type: 'AGENT_REMOVED', agentId: agent.id });
}

/** Every framework hears of a lost agent. */
function tellFailure(turn: Turn, agentId: string): void {
  for (const framework of turn.state.frameworks.values()) {
    sendEvent(turn, framework, { type: 'FAILURE', failure: { agent_id: { value: agentId } } });
  }
}

function remember(map: Map<string, LostAgent>, agentId: string, lost: LostAgent): void {
  map.set(agentId, lost);
  for (const oldest of map.keys()) {
    if (map.size <= LOST_AGENTS_MAX) break;
    map.delete(oldest);
  }
}

/** Pings that are due, and agents whose silence lasted too long. */
export function tickAgents(turn: Turn): void {
  const { agentPingTimeoutMs, maxAgentPingTimeouts } = turn.config;
  for (const agent of [...turn.state.agents.values()]) {
    if (agent.nextPingAt > turn.now) continue;
    if (agent.pingsMissed >= maxAgentPingTimeouts) {
      markUnreachable(turn, agent.id, 'health check timed out');
      continue;
    }
    agent.pingsMissed += 1;
    agent.nextPingAt = turn.now + agentPingTimeoutMs;
    sendMessage(turn, agent, { type: 'PING' });
  }
  for (const [agentId, { deadline }] of [...turn.state.recoveredAgents]) {
    if (deadline <= turn.now) markUnreachable(turn, agentId, 'did not reregister');
  }
}

/** Any word from an agent counts as an answer to its ping. */
export function heardFrom(agent: Agent): void {
  agent.pingsMissed = 0;
}
