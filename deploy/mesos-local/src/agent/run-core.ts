import type { ExecutorInfo, FrameworkInfo, TaskInfo } from '@murmur/engine';
import type { MasterMessage } from '../protocol.js';
import { commandExecutor, unsupported } from './command-core.js';
import type { Turn } from './effects-core.js';
import { failRun, maybeCompleteFramework } from './end-core.js';
import {
  lostState,
  newFramework,
  type AgentState,
  type AgentTask,
  type Framework,
  type Run,
} from './model-core.js';
import {
  FRAMEWORK_FILE,
  RUN_FILE,
  TASK_FILE,
  frameworkPath,
  isSafeId,
  runPath,
  taskPath,
} from './paths-core.js';
import { makeStatus, reportStray, resourcesOf } from './update-core.js';

/**
 * RUN: the tasks of a LAUNCH that share an executor, or of a LAUNCH_GROUP. Each goes to the run of its executor, which is
 * made where it does not live yet; a task without executor is a run of its own.
 */
export function runTasks(state: AgentState, turn: Turn, message: MasterMessage): void {
  const info = message.framework_info;
  const frameworkId = info?.id?.value ?? message.framework_id?.value;
  if (info === undefined || frameworkId === undefined || state.info.id === undefined) return;
  const tasks = message.tasks ?? [];
  const framework = frameworkOf(state, turn, frameworkId, info);
  const bad = tasks.find((task) => !isSafeId(task.task_id.value) || !isSafeId(executorIdOf(task, message)));
  if (framework === null || bad !== undefined || framework.terminating) {
    const why =
      framework === null || bad !== undefined
        ? 'an id that cannot name a folder'
        : 'its framework is being torn down';
    for (const task of tasks) dropTask(state, turn, frameworkId, task, `Not launched: ${why}`);
    if (framework !== null) maybeCompleteFramework(state, turn, framework);
    return;
  }
  if (message.group === true) {
    runOn(state, turn, framework, tasks, message.executor, true);
    return;
  }
  for (const task of tasks) runOn(state, turn, framework, [task], task.executor ?? message.executor, false);
}

function executorIdOf(task: TaskInfo, message: MasterMessage): string {
  return (task.executor ?? message.executor)?.executor_id.value ?? task.task_id.value;
}

function frameworkOf(state: AgentState, turn: Turn, id: string, info: FrameworkInfo): Framework | null {
  const known = state.frameworks.get(id);
  if (known !== undefined) return known;
  if (!isSafeId(id)) return null;
  const framework = newFramework(info, id);
  state.frameworks.set(id, framework);
  turn.effects.push({ kind: 'write', path: `${frameworkPath(state, id)}/${FRAMEWORK_FILE}`, value: info });
  return framework;
}

function runOn(
  state: AgentState,
  turn: Turn,
  framework: Framework,
  tasks: readonly TaskInfo[],
  executor: ExecutorInfo | undefined,
  group: boolean,
): void {
  const fresh = tasks.filter((task) => !isHere(state, framework.id, task.task_id.value));
  const [first] = fresh;
  if (first === undefined) return;
  const info = executor ?? commandExecutor(first, framework.id);
  const present = framework.executors.get(info.executor_id.value);
  if (present?.phase === 'TERMINATING') {
    for (const task of fresh)
      dropTask(state, turn, framework.id, task, 'Not launched: its executor is ending');
    return;
  }
  const lives = present !== undefined && present.phase !== 'TERMINATED';
  const run = lives ? present : newRun(state, turn, framework, info, executor === undefined);
  addTasks(state, turn, run, fresh, group);
  if (lives) {
    if (run.record !== null) turn.effects.push(resourcesOf(run));
    deliver(turn, run);
    return;
  }
  const refused = unsupported(run);
  if (refused === null) startRun(state, turn, run);
  else failRun(state, turn, run, refused);
}

function isHere(state: AgentState, frameworkId: string, taskId: string): boolean {
  for (const run of state.runs.values()) {
    const task = run.frameworkId === frameworkId ? run.tasks.get(taskId) : undefined;
    if (task !== undefined && task.phase !== 'completed') return true;
  }
  return false;
}

function newRun(
  state: AgentState,
  turn: Turn,
  framework: Framework,
  info: ExecutorInfo,
  command: boolean,
): Run {
  const run: Run = {
    kind: command ? 'command' : 'custom',
    frameworkId: framework.id,
    executorId: info.executor_id.value,
    containerId: turn.uuid(),
    info: { ...info, framework_id: { value: framework.id } },
    phase: 'REGISTERING',
    connected: false,
    record: null,
    tasks: new Map(),
    queue: [],
    pendingKills: [],
    ending: null,
    health: null,
  };
  framework.executors.set(run.executorId, run);
  state.runs.set(run.containerId, run);
  turn.effects.push(storeRun(state, run));
  return run;
}

/** What finds a run again after a restart of the agent. */
export function storeRun(state: AgentState, run: Run) {
  const { kind, info, record, ending } = run;
  const value = { kind, executor_info: info, record, ending };
  return { kind: 'write', path: `${runPath(state, run)}/${RUN_FILE}`, value } as const;
}

function addTasks(state: AgentState, turn: Turn, run: Run, tasks: readonly TaskInfo[], group: boolean): void {
  for (const info of tasks) {
    const id = info.task_id.value;
    const task: AgentTask = { info, phase: 'queued', state: 'TASK_STAGING', statuses: [] };
    run.tasks.set(id, task);
    turn.effects.push({ kind: 'write', path: `${taskPath(state, run, id)}/${TASK_FILE}`, value: info });
  }
  run.queue.push({ group, taskIds: tasks.map((task) => task.task_id.value) });
}

function startRun(state: AgentState, turn: Turn, run: Run): void {
  turn.effects.push({ kind: 'launch', containerId: run.containerId });
  if (run.kind === 'command') return; // it has nothing to register
  state.timers.set(`registration/${run.containerId}`, {
    atMs: turn.now + state.settings.registrationTimeoutMs,
    event: { timer: 'registration', containerId: run.containerId },
  });
}

/** Hands what waits to an executor that listens. */
export function deliver(turn: Turn, run: Run): void {
  if (!run.connected || run.phase !== 'RUNNING' || run.kind === 'command') return;
  for (const delivery of run.queue.splice(0)) {
    const tasks = delivery.taskIds.flatMap((id) => {
      const task = run.tasks.get(id);
      if (task?.phase !== 'queued') return [];
      task.phase = 'launched';
      return [task.info];
    });
    const [first] = tasks;
    if (first === undefined) continue;
    turn.effects.push({
      kind: 'event',
      containerId: run.containerId,
      event: delivery.group
        ? { type: 'LAUNCH_GROUP', launch_group: { task_group: { tasks } } }
        : { type: 'LAUNCH', launch: { task: first } },
    });
  }
}

function dropTask(state: AgentState, turn: Turn, frameworkId: string, task: TaskInfo, message: string): void {
  const status = makeStatus(
    state,
    turn,
    { taskId: task.task_id.value },
    {
      state: lostState(state.frameworks.get(frameworkId), 'TASK_DROPPED'),
      reason: 'REASON_EXECUTOR_TERMINATED',
      message,
    },
  );
  reportStray(state, turn, frameworkId, status);
}
