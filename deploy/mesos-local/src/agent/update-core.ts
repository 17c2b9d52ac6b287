import type { TaskStatus, TaskStatusSource } from '@murmur/engine';
import { uuidBytes, type Turn } from './effects-core.js';
import type { AgentState, AgentTask, Run, Verdict } from './model-core.js';
import { isTerminal } from '../task-state-core.js';
import { UPDATES_FILE, taskPath } from './paths-core.js';
import { runLimits, runResources } from './run-resources-core.js';
import {
  acknowledgeUpdate,
  newStream,
  pushUpdate,
  sent,
  streamKey,
  type UpdateStream,
} from './status-update-core.js';

/** Statuses kept of a task for `/state`. */
const STATUSES_MAX = 100;

/** A status that the agent itself makes. */
export function makeStatus(
  state: AgentState,
  turn: Turn,
  of: { readonly taskId: string; readonly executorId?: string; readonly source?: TaskStatusSource },
  verdict: Omit<Verdict, 'reason' | 'message'> & Partial<Pick<Verdict, 'reason' | 'message'>>,
): TaskStatus {
  return {
    task_id: { value: of.taskId },
    state: verdict.state,
    ...(verdict.message === undefined ? {} : { message: verdict.message }),
    source: of.source ?? 'SOURCE_AGENT',
    ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    ...(state.info.id === undefined ? {} : { agent_id: state.info.id }),
    ...(of.executorId === undefined ? {} : { executor_id: { value: of.executorId } }),
    timestamp: turn.now / 1000,
    uuid: uuidBytes(turn.uuid()),
    ...(verdict.resources === undefined ? {} : { limitation: { resources: verdict.resources } }),
  };
}

/** What an executor's update lacks is filled in; network and process are said by the agent. */
export function completeStatus(state: AgentState, turn: Turn, run: Run, status: TaskStatus): TaskStatus {
  const given = status.container_status;
  const addresses = [{ ip_addresses: [{ protocol: 'IPv4', ip_address: state.settings.ip }] }] as const;
  return {
    ...status,
    ...(status.agent_id === undefined && state.info.id !== undefined ? { agent_id: state.info.id } : {}),
    timestamp: status.timestamp ?? turn.now / 1000,
    container_status: {
      ...given,
      container_id: { value: run.containerId },
      network_infos: given?.network_infos ?? addresses,
      ...(run.record === null ? {} : { executor_pid: run.record.pid }),
    },
  };
}

/**
 * Applies a status to its task and sends it on its way. False: the task is not here or has ended, so nothing happens (the
 * sender must not repeat it all the same).
 */
export function applyStatus(state: AgentState, turn: Turn, run: Run, status: TaskStatus): boolean {
  const task = run.tasks.get(status.task_id.value);
  if (task === undefined || task.phase === 'terminated' || task.phase === 'completed') return false;
  const framework = state.frameworks.get(run.frameworkId);
  const silent = framework === undefined || framework.terminating;
  if (!silent && !enqueue(state, turn, streamOf(state, run, task), status)) return false;
  remember(task, status);
  if (!isTerminal(status.state)) return true;
  state.counters.tasks[status.state] = (state.counters.tasks[status.state] ?? 0) + 1;
  task.phase = silent ? 'completed' : 'terminated';
  run.pendingKills = run.pendingKills.filter((id) => id !== status.task_id.value);
  if (run.kind === 'custom' && run.phase !== 'TERMINATED' && run.record !== null) {
    turn.effects.push(resourcesOf(run));
  }
  return true;
}

export function resourcesOf(run: Run) {
  return {
    kind: 'update',
    containerId: run.containerId,
    resources: runResources(run),
    limits: runLimits(run),
  } as const;
}

/** For a task that is not (any more) here: reported, acknowledged, forgotten. */
export function reportStray(state: AgentState, turn: Turn, frameworkId: string, status: TaskStatus): void {
  const taskId = status.task_id.value;
  const key = streamKey(frameworkId, taskId);
  if (state.streams.has(key)) return;
  const stream = newStream({ frameworkId, taskId, containerId: null, path: null });
  state.streams.set(key, stream);
  enqueue(state, turn, stream, status);
}

function streamOf(state: AgentState, run: Run, task: AgentTask): UpdateStream {
  const taskId = task.info.task_id.value;
  const key = streamKey(run.frameworkId, taskId);
  const known = state.streams.get(key);
  if (known !== undefined) return known;
  const checkpoint = state.frameworks.get(run.frameworkId)?.info.checkpoint === true;
  const path = checkpoint ? `${taskPath(state, run, taskId)}/${UPDATES_FILE}` : null;
  const stream = newStream({ frameworkId: run.frameworkId, taskId, containerId: run.containerId, path });
  state.streams.set(key, stream);
  return stream;
}

function enqueue(state: AgentState, turn: Turn, stream: UpdateStream, status: TaskStatus): boolean {
  const records = pushUpdate(stream, status);
  if (records.length === 0) return false;
  if (stream.path !== null) {
    for (const value of records) turn.effects.push({ kind: 'append', path: stream.path, value });
  }
  if (stream.pending.length === 1) send(state, turn, stream);
  return true;
}

/** The update in flight goes to the master, and again later. While there is no master, it waits. */
export function send(state: AgentState, turn: Turn, stream: UpdateStream): void {
  const [head] = stream.pending;
  if (head === undefined || !state.connected) return;
  const key = streamKey(stream.frameworkId, stream.taskId);
  const waitMs = sent(stream);
  state.timers.set(`resend/${key}`, { atMs: turn.now + waitMs, event: { timer: 'resend', key } });
  // The task itself may not have heard yet of what was just put into the stream.
  const latest = stream.pending.at(-1)?.state;
  turn.effects.push({
    kind: 'master',
    message: {
      type: 'UPDATE',
      framework_id: { value: stream.frameworkId },
      status: head,
      ...(latest === undefined ? {} : { latest_state: latest }),
    },
  });
}

/** An acknowledgement from the scheduler. True when the task's last update was acknowledged: nothing is left to say of it. */
export function acknowledge(
  state: AgentState,
  turn: Turn,
  key: string,
  uuid: string,
): 'closed' | 'open' | 'unexpected' {
  const stream = state.streams.get(key);
  if (stream === undefined) return 'unexpected';
  const result = acknowledgeUpdate(stream, uuid);
  if (result === 'unexpected') return 'unexpected';
  state.timers.delete(`resend/${key}`);
  if (stream.path !== null) turn.effects.push({ kind: 'append', path: stream.path, value: { ack: uuid } });
  if (result === 'next') send(state, turn, stream);
  if (result !== 'idle') return 'open';
  const task =
    stream.containerId === null ? undefined : state.runs.get(stream.containerId)?.tasks.get(stream.taskId);
  if (task !== undefined && task.phase !== 'terminated') return 'open';
  state.streams.delete(key);
  return 'closed';
}

/** Notes a status in its task; of several of one state in a row the last stays. */
export function remember(task: AgentTask, status: TaskStatus): void {
  const kept: { -readonly [K in keyof TaskStatus]: TaskStatus[K] } = { ...status };
  delete kept.data; // as large as the executor likes
  task.state = status.state;
  if (task.statuses.at(-1)?.state === status.state) task.statuses.pop();
  task.statuses.push(kept);
  if (task.statuses.length > STATUSES_MAX) task.statuses.shift();
}
