import type { AgentInfo } from '@murmur/engine';
import type { AgentHello } from '../protocol.js';
import { agentStep, heardFrom, removeAgent, setActive } from './agents-core.js';
import { forgetTask, reconcileAgent, recordOf, tellReturned, totalOf } from './agree-core.js';
import { allocateFrom } from './allocation-core.js';
import { drainStep, killAll } from './drain-core.js';
import { addExecutor } from './executors-core.js';
import { recoverFramework } from './frameworks-core.js';
import { agentIdOf } from './ids-core.js';
import { killOn } from './kills-core.js';
import { makeMachine } from './maintenance-core.js';
import { machineKeyOf } from './offers-core.js';
import type { Agent, Machine, TaskRecord } from './state.js';
import { addTask, complete } from './statuses-core.js';
import { count, log, nanoseconds, sendMessage, tellOperator, type Turn } from './turn-core.js';

/** What to do with a hello before anything is stored. */
export type Admission =
  /** `info` has an id; it must be in the registry before `register`. */
  | { readonly type: 'STORE_THEN_REGISTER'; readonly info: AgentInfo }
  | { readonly type: 'REGISTER'; readonly info: AgentInfo }
  /** Told to end everything and exit. */
  | { readonly type: 'SHUTDOWN'; readonly message: string };

/** Whether an agent may join, and as whom. One without id gets one; ids are never given twice. */
export function admit(turn: Turn, hello: AgentHello): Admission {
  const { state } = turn;
  const machine = state.maintenance.machines.get(machineKeyOf({ info: hello.agent_info, pid: hello.pid }));
  if (machine?.mode === 'DOWN') return { type: 'SHUTDOWN', message: 'Machine is `DOWN`' };
  const known = hello.agent_info.id?.value;
  if (known === undefined || known === '') {
    count(state.counters, 'master/messages_register_slave');
    const id = agentIdOf(state.info.id, state.nextAgent++);
    return { type: 'STORE_THEN_REGISTER', info: { ...hello.agent_info, id: { value: id } } };
  }
  count(state.counters, 'master/messages_reregister_slave');
  if (agentStep(state, known, 'HELLO') === null) {
    return { type: 'SHUTDOWN', message: 'Agent has been marked gone' };
  }
  const admitted = state.agents.has(known) || state.recoveredAgents.has(known);
  return { type: admitted ? 'REGISTER' : 'STORE_THEN_REGISTER', info: hello.agent_info };
}

/** The agent's words are the truth from here on: it is made, or made to agree with them, and told that it is subscribed. */
export function register(turn: Turn, hello: AgentHello, info: AgentInfo, streamId: string): void {
  const id = info.id?.value ?? '';
  if (agentStep(turn.state, id, 'HELLO') === null) {
    // Marked gone while the registry was written.
    refuse(turn, streamId, 'Agent has been marked gone');
    return;
  }
  removePredecessor(turn, hello, id);
  for (const framework of hello.frameworks ?? []) recoverFramework(turn, framework);
  const before = turn.state.agents.get(id);
  const agent = before ?? makeAgent(turn, hello, info, id);
  if (agent.streamId !== null && agent.streamId !== streamId) {
    turn.effects.push({ type: 'END', streamId: agent.streamId });
  }
  agent.streamId = streamId;
  sendSubscribed(turn, agent);
  if (before === undefined) addAgentWithTasks(turn, agent, hello);
  else reconcileAgent(turn, agent, hello, info);
  heardFrom(agent);
  agent.nextPingAt = turn.now + turn.config.agentPingTimeoutMs;
  agent.connected = true;
  setActive(turn, agent);
  tellFrameworks(turn, agent, hello);
  for (const [frameworkId, kills] of [...agent.pendingKills]) {
    for (const [taskId, pending] of [...kills]) killOn(turn, frameworkId, agent, taskId, pending);
  }
  if (agent.drain?.state === 'DRAINING') {
    killAll(turn, agent);
    drainStep(turn, agent);
  }
  log(
    turn,
    'info',
    { agent: id, hostname: info.hostname, tasks: hello.tasks?.length ?? 0 },
    'agent registered',
  );
}

/** Sends SHUTDOWN on a stream that is no agent's yet, and ends it. */
export function refuse(turn: Turn, streamId: string, message: string): void {
  turn.effects.push({ type: 'MESSAGE', streamId, message: { type: 'SHUTDOWN', message } });
  turn.effects.push({ type: 'END', streamId });
}

/** An agent that begins anew where another one was (same pid, other id) replaces it: one process, one agent. */
function removePredecessor(turn: Turn, hello: AgentHello, id: string): void {
  const machine = turn.state.maintenance.machines.get(
    machineKeyOf({ info: hello.agent_info, pid: hello.pid }),
  );
  for (const otherId of [...(machine?.agents ?? [])]) {
    const other = turn.state.agents.get(otherId);
    if (other === undefined || otherId === id || other.pid !== hello.pid || other.connected) continue;
    removeAgent(turn, other, 'a new agent registered at the same address', 'registered');
  }
}

function makeAgent(turn: Turn, hello: AgentHello, info: AgentInfo, id: string): Agent {
  const { state } = turn;
  const recovered = state.recoveredAgents.get(id);
  const machine = machineOf(turn, hello);
  machine.agents.add(id);
  const agent: Agent = {
    id,
    info,
    pid: hello.pid,
    version: hello.version,
    capabilities: hello.capabilities ?? [],
    total: totalOf(hello),
    registeredAt: turn.now,
    reregisteredAt: recovered === undefined && !state.unreachableAgents.has(id) ? null : turn.now,
    connected: true,
    active: false,
    deactivated: recovered?.deactivated ?? false,
    drain: recovered?.drain ?? null,
    unavailability: machine.unavailability,
    tasks: new Map(),
    executors: new Map(),
    offers: new Set(),
    inverseOffers: new Set(),
    streamId: null,
    pingsMissed: 0,
    nextPingAt: Infinity,
    pendingKills: new Map(),
  };
  state.agents.set(id, agent);
  return agent;
}

function machineOf(turn: Turn, hello: AgentHello): Machine {
  const key = machineKeyOf({ info: hello.agent_info, pid: hello.pid });
  const { machines } = turn.state.maintenance;
  const found = machines.get(key);
  if (found !== undefined) return found;
  const ip = key.slice(key.lastIndexOf('|') + 1);
  const machine = makeMachine({ hostname: hello.agent_info.hostname, ...(ip === '' ? {} : { ip }) });
  machines.set(key, machine);
  return machine;
}

function sendSubscribed(turn: Turn, agent: Agent): void {
  const { agentPingTimeoutMs, maxAgentPingTimeouts } = turn.config;
  sendMessage(turn, agent, {
    type: 'SUBSCRIBED',
    agent_info: agent.info,
    master_info: turn.state.info,
    ping_interval: { nanoseconds: nanoseconds(agentPingTimeoutMs) },
    ping_timeout: { nanoseconds: nanoseconds(agentPingTimeoutMs * maxAgentPingTimeouts) },
  });
}

/** First time here, back from the unreachable, or recovered after a failover: its tasks become known, living or not. */
function addAgentWithTasks(turn: Turn, agent: Agent, hello: AgentHello): void {
  const { state } = turn;
  const recovered = state.recoveredAgents.delete(agent.id);
  const unreachable = state.unreachableAgents.delete(agent.id);
  for (const { framework_id, executor_info } of hello.executors ?? []) {
    const framework = state.frameworks.get(framework_id.value);
    if (framework !== undefined) addExecutor(framework, agent, executor_info);
  }
  const brought: TaskRecord[] = [];
  for (const task of hello.tasks ?? []) {
    const framework = state.frameworks.get(task.framework_id.value);
    if (framework === undefined) continue;
    const record = recordOf(task, agent);
    forgetTask(framework, record.task_id.value);
    addTask(turn, framework, agent, record);
    brought.push(record);
  }
  if (unreachable) forgetUnreachable(turn, agent);
  allocateFrom(turn, agent);
  const came = recovered || unreachable || hello.agent_info.id !== undefined;
  count(state.counters, came ? 'master/slave_reregistrations' : 'master/slave_registrations');
  tellOperator(turn, { type: 'AGENT_ADDED', agent });
  if (recovered) return;
  const message = unreachable ? 'Unreachable agent re-reregistered' : 'Unknown agent reregistered';
  for (const record of brought) tellReturned(turn, record, message);
}

/** It came back without them: asked for, they are answered as gone. */
function forgetUnreachable(turn: Turn, agent: Agent): void {
  for (const framework of turn.state.frameworks.values()) {
    for (const [taskId, task] of [...framework.unreachableTasks]) {
      if (task.agent_id.value !== agent.id) continue;
      framework.unreachableTasks.delete(taskId);
      complete(framework, task);
    }
  }
}

/** Its frameworks' infos as they are now; what belongs to frameworks that ended is ended. */
function tellFrameworks(turn: Turn, agent: Agent, hello: AgentHello): void {
  for (const { id, ...info } of hello.frameworks ?? []) {
    const frameworkId = id?.value ?? '';
    if (turn.state.completedFrameworks.has(frameworkId)) {
      sendMessage(turn, agent, { type: 'SHUTDOWN_FRAMEWORK', framework_id: { value: frameworkId } });
      continue;
    }
    const framework = turn.state.frameworks.get(frameworkId);
    if (framework === undefined || framework.recovered) continue;
    const differs = JSON.stringify({ ...info, id }) !== JSON.stringify(framework.info);
    if (differs) sendMessage(turn, agent, { type: 'UPDATE_FRAMEWORK', framework_info: framework.info });
  }
}
