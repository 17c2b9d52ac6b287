import type { ExecutorInfo, FrameworkInfo, TaskInfo } from '@murmur/engine';
import type { ContainerRecord } from '../containerizer/types.js';
import type { Turn } from './effects-core.js';
import { completeRun, endRun } from './end-core.js';
import { superviseCommand, commandStarted } from './executor-core.js';
import {
  newFramework,
  type AgentState,
  type AgentTask,
  type Ending,
  type Framework,
  type Run,
  type Verdict,
} from './model-core.js';
import { isTerminal } from '../task-state-core.js';
import { UPDATES_FILE, frameworkPath, taskPath } from './paths-core.js';
import { newStream, replay, streamKey, type UpdateRecord } from './status-update-core.js';
import { remember } from './update-core.js';

/** What `meta/` held when the agent started. */
export interface StoredFramework {
  readonly id: string;
  readonly info: FrameworkInfo;
  readonly runs: readonly StoredRun[];
}
export interface StoredRun {
  readonly executorId: string;
  readonly containerId: string;
  readonly kind: Run['kind'];
  readonly info: ExecutorInfo;
  readonly record: ContainerRecord | null;
  readonly ending: Ending | null;
  readonly tasks: readonly StoredTask[];
}
export interface StoredTask {
  readonly info: TaskInfo;
  readonly updates: readonly UpdateRecord[];
}

/**
 * Brings back what was stored, before anything is known of the containers. Runs of frameworks that do not checkpoint are
 * not brought back; they are returned, to be destroyed.
 */
export function restore(state: AgentState, stored: readonly StoredFramework[]): readonly ContainerRecord[] {
  const unwanted: ContainerRecord[] = [];
  for (const { id, info, runs } of stored) {
    const framework = newFramework(info, id);
    if (info.checkpoint === true) state.frameworks.set(id, framework);
    for (const run of runs) {
      if (info.checkpoint === true) restoreRun(state, framework, run);
      else if (run.record !== null) unwanted.push(run.record);
    }
  }
  return unwanted;
}

function restoreRun(state: AgentState, framework: Framework, stored: StoredRun): void {
  const { executorId, containerId, kind, info, record, ending } = stored;
  const run: Run = {
    kind,
    frameworkId: framework.id,
    executorId,
    containerId,
    info,
    phase:
      ending !== null ? 'TERMINATING' : kind === 'command' && record !== null ? 'RUNNING' : 'REGISTERING',
    connected: false,
    record,
    tasks: new Map(),
    queue: [],
    pendingKills: [],
    ending,
    health: null,
  };
  for (const task of stored.tasks) restoreTask(state, run, task);
  state.runs.set(containerId, run);
  framework.executors.set(executorId, run);
}

function restoreTask(state: AgentState, run: Run, stored: StoredTask): void {
  const taskId = stored.info.task_id.value;
  const task: AgentTask = { info: stored.info, phase: 'launched', state: 'TASK_STAGING', statuses: [] };
  for (const record of stored.updates) if ('update' in record) remember(task, record.update);
  const stream = newStream({
    frameworkId: run.frameworkId,
    taskId,
    containerId: run.containerId,
    path: `${taskPath(state, run, taskId)}/${UPDATES_FILE}`,
  });
  replay(stream, stored.updates);
  if (isTerminal(task.state)) task.phase = stream.pending.length === 0 ? 'completed' : 'terminated';
  run.tasks.set(taskId, task);
  if (stored.updates.length > 0 && task.phase !== 'completed') {
    state.streams.set(streamKey(run.frameworkId, taskId), stream);
  }
}

const NOT_STARTED: Verdict = {
  state: 'TASK_FAILED',
  reason: 'REASON_CONTAINER_LAUNCH_FAILED',
  message: 'Failed to launch container: the agent restarted meanwhile',
};
const REBOOTED: Verdict = {
  state: 'TASK_FAILED',
  reason: 'REASON_EXECUTOR_TERMINATED',
  message: 'Executor terminated: the machine restarted',
};

/**
 * Goes on with what was restored, once the containers are known to the containerizer: executors get their time to
 * subscribe again, commands are supervised, what cannot live any more is ended.
 */
export function resume(state: AgentState, turn: Turn, rebooted: boolean): void {
  for (const run of [...state.runs.values()]) {
    if (rebooted) endRun(state, turn, run, { status: null, limitation: null }, REBOOTED);
    else if (run.record === null) endRun(state, turn, run, { status: null, limitation: null }, NOT_STARTED);
    else resumeRun(state, turn, run);
    completeRun(state, turn, run);
  }
  for (const framework of [...state.frameworks.values()]) {
    if ([...state.runs.values()].some((run) => run.frameworkId === framework.id)) continue;
    state.frameworks.delete(framework.id);
    turn.effects.push({ kind: 'remove', path: frameworkPath(state, framework.id) });
  }
}

function resumeRun(state: AgentState, turn: Turn, run: Run): void {
  const { containerId } = run;
  if (run.phase === 'TERMINATING') {
    const atMs = run.ending?.deadlineMs ?? turn.now;
    state.timers.set(`grace/${containerId}`, { atMs, event: { timer: 'grace', containerId } });
    return;
  }
  if (run.kind === 'custom') {
    const atMs = turn.now + state.settings.reregistrationTimeoutMs;
    state.timers.set(`reregistration/${containerId}`, {
      atMs,
      event: { timer: 'reregistration', containerId },
    });
    return;
  }
  const [task] = run.tasks.values();
  if (task?.state === 'TASK_STAGING') {
    commandStarted(state, turn, run);
    return;
  }
  const running = task?.statuses.find((status) => status.state === 'TASK_RUNNING')?.timestamp;
  superviseCommand(state, turn, run, running === undefined ? turn.now : running * 1000);
}
