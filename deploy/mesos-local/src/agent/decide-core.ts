import type { MasterMessage } from '../protocol.js';
import type { AgentEvent, Turn } from './effects-core.js';
import { completeTask, endRun, failRun } from './end-core.js';
import { containerLaunched, executorSubscribed, executorUpdate, healthChecked } from './executor-core.js';
import { forceEnd, killCommand, killTask, shutdownFramework, shutdownRun } from './kill-core.js';
import { lostState, type AgentState, type Run, type TimerEvent } from './model-core.js';
import { AGENT_FILE, FRAMEWORK_FILE, RESOURCES_FILE, agentPath, frameworkPath } from './paths-core.js';
import { runTasks } from './run-core.js';
import { streamKey, type UpdateStream } from './status-update-core.js';
import { acknowledge, send } from './update-core.js';

/** The one way in which an agent's state changes: an event, and what is to be done about it in `turn.effects`. */
export function decide(state: AgentState, event: AgentEvent, turn: Turn): void {
  if (event.kind === 'master') {
    decideMaster(state, turn, event.message);
    return;
  }
  if (event.kind === 'master-lost') {
    masterLost(state);
    return;
  }
  if (event.kind === 'tick') {
    tick(state, turn);
    return;
  }
  const run = state.runs.get(event.containerId);
  if (run === undefined) return; // it has ended meanwhile
  if (run.kind === 'command' && OF_EXECUTORS.has(event.kind)) return; // nobody but the agent speaks for it
  decideRun(state, turn, run, event);
}

const OF_EXECUTORS: ReadonlySet<AgentEvent['kind']> = new Set([
  'subscribed',
  'disconnected',
  'update',
  'message',
] as const);

type RunEventOf = Extract<AgentEvent, { readonly containerId: string }>;

function decideRun(state: AgentState, turn: Turn, run: Run, event: RunEventOf): void {
  switch (event.kind) {
    case 'launched':
      containerLaunched(state, turn, run, event.record);
      break;
    case 'launch-failed':
      if (run.phase === 'TERMINATING') endRun(state, turn, run, { status: null, limitation: null });
      else failRun(state, turn, run, event.reason);
      break;
    case 'ended':
      endRun(state, turn, run, event.termination);
      break;
    case 'subscribed':
      executorSubscribed(state, turn, run, event.subscribe);
      break;
    case 'disconnected':
      run.connected = false;
      break;
    case 'update':
      executorUpdate(state, turn, run, event.status);
      break;
    case 'message':
      fromExecutor(state, turn, run, event.data);
      break;
    case 'health':
      if (healthChecked(state, turn, run, event.healthy) === 'kill') {
        killCommand(state, turn, run, run.executorId, undefined, 'unhealthy');
      }
      break;
  }
}

function fromExecutor(state: AgentState, turn: Turn, run: Run, data: string): void {
  state.counters.validMessages += 1;
  turn.effects.push({
    kind: 'master',
    message: {
      type: 'MESSAGE',
      framework_id: { value: run.frameworkId },
      executor_id: { value: run.executorId },
      data,
    },
  });
}

function decideMaster(state: AgentState, turn: Turn, message: MasterMessage): void {
  const frameworkId = message.framework_id?.value ?? message.framework_info?.id?.value ?? '';
  switch (message.type) {
    case 'SUBSCRIBED':
      subscribed(state, turn, message);
      break;
    case 'SHUTDOWN':
      turn.effects.push({ kind: 'shutdown', reason: message.message ?? 'the master said so' });
      break;
    case 'PING':
      turn.effects.push({ kind: 'master', message: { type: 'PONG' } });
      break;
    case 'RUN':
      runTasks(state, turn, message);
      break;
    case 'KILL':
      if (message.task_id !== undefined) {
        killTask(state, turn, frameworkId, message.task_id.value, message.kill_policy);
      }
      break;
    case 'ACKNOWLEDGE':
      acknowledged(state, turn, frameworkId, message);
      break;
    case 'SHUTDOWN_EXECUTOR': {
      const run = state.frameworks.get(frameworkId)?.executors.get(message.executor_id?.value ?? '');
      if (run !== undefined) shutdownRun(state, turn, run);
      break;
    }
    case 'SHUTDOWN_FRAMEWORK':
      shutdownFramework(state, turn, frameworkId);
      break;
    case 'UPDATE_FRAMEWORK':
      updateFramework(state, turn, message);
      break;
    case 'MESSAGE':
      toExecutor(state, turn, frameworkId, message);
      break;
    case 'SET_RESOURCES':
      state.resources = message.total_resources ?? [];
      turn.effects.push({
        kind: 'write',
        path: `${agentPath(state)}/${RESOURCES_FILE}`,
        value: state.resources,
      });
      break;
  }
}

/** The master knows us now: the id is kept, and every update that waits is sent. */
function subscribed(state: AgentState, turn: Turn, message: MasterMessage): void {
  const id = message.agent_info?.id;
  if (id !== undefined && state.info.id?.value !== id.value) {
    state.info = { ...state.info, id };
    turn.effects.push(
      { kind: 'write', path: `${agentPath(state)}/${AGENT_FILE}`, value: state.info },
      { kind: 'write', path: 'slaves/latest.info', value: { id: id.value } },
    );
  }
  state.connected = true;
  for (const stream of state.streams.values()) sendNow(state, turn, stream);
}

/** Who did not hear it before may hear it now: no matter how often it was sent in vain. */
function sendNow(state: AgentState, turn: Turn, stream: UpdateStream): void {
  stream.attempts = 0;
  send(state, turn, stream);
}

function masterLost(state: AgentState): void {
  state.connected = false;
  for (const key of state.streams.keys()) state.timers.delete(`resend/${key}`);
}

function acknowledged(state: AgentState, turn: Turn, frameworkId: string, message: MasterMessage): void {
  const taskId = message.task_id?.value ?? '';
  const key = streamKey(frameworkId, taskId);
  const containerId = state.streams.get(key)?.containerId ?? null;
  if (acknowledge(state, turn, key, message.uuid ?? '') !== 'closed' || containerId === null) return;
  const run = state.runs.get(containerId);
  if (run !== undefined) completeTask(state, turn, run, taskId);
}

function updateFramework(state: AgentState, turn: Turn, message: MasterMessage): void {
  const info = message.framework_info;
  const framework = state.frameworks.get(info?.id?.value ?? '');
  if (info === undefined || framework === undefined) return;
  framework.info = info;
  const path = `${frameworkPath(state, framework.id)}/${FRAMEWORK_FILE}`;
  turn.effects.push({ kind: 'write', path, value: info });
  // The scheduler has come back, as Mesos's agents take it too: it waits for what it has not acknowledged.
  for (const stream of state.streams.values())
    if (stream.frameworkId === framework.id) sendNow(state, turn, stream);
}

function toExecutor(state: AgentState, turn: Turn, frameworkId: string, message: MasterMessage): void {
  const run = state.frameworks.get(frameworkId)?.executors.get(message.executor_id?.value ?? '');
  if (run?.connected !== true) {
    state.counters.invalidMessages += 1;
    return;
  }
  state.counters.validMessages += 1;
  const event = { type: 'MESSAGE', message: { data: message.data ?? '' } } as const;
  turn.effects.push({ kind: 'event', containerId: run.containerId, event });
}

/** Does what is due. */
function tick(state: AgentState, turn: Turn): void {
  const due = [...state.timers].filter(([, timer]) => timer.atMs <= turn.now);
  for (const [name, { event }] of due) {
    if (!state.timers.delete(name)) continue; // an earlier one of these cleared it
    onTimer(state, turn, event);
  }
}

function onTimer(state: AgentState, turn: Turn, event: TimerEvent): void {
  if (event.timer === 'resend') {
    const stream = state.streams.get(event.key);
    if (stream !== undefined) send(state, turn, stream);
    return;
  }
  const run = state.runs.get(event.containerId);
  if (run === undefined) return;
  switch (event.timer) {
    case 'registration':
      forceEnd(state, turn, run, {
        why: 'failed',
        deadlineMs: null,
        verdict: {
          state: 'TASK_FAILED',
          reason: 'REASON_EXECUTOR_REGISTRATION_TIMEOUT',
          message: `Executor did not register within ${state.settings.registrationTimeoutMs / 1000} s`,
        },
      });
      break;
    case 'reregistration':
      forceEnd(state, turn, run, {
        why: 'failed',
        deadlineMs: null,
        verdict: {
          state: lostState(state.frameworks.get(run.frameworkId), 'TASK_GONE'),
          reason: 'REASON_EXECUTOR_REREGISTRATION_TIMEOUT',
          message: `Executor did not reregister within ${state.settings.reregistrationTimeoutMs / 1000} s`,
        },
      });
      break;
    case 'grace':
      forceEnd(state, turn, run, { why: 'killed', deadlineMs: null });
      break;
    case 'max-completion':
      killCommand(state, turn, run, run.executorId, undefined, 'max-completion');
      break;
  }
}

/** When the next timer is due, ms; null = none is set. */
export function nextTimer(state: AgentState): number | null {
  let next: number | null = null;
  for (const { atMs } of state.timers.values()) if (next === null || atMs < next) next = atMs;
  return next;
}
