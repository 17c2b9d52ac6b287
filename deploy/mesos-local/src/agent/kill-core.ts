import type { KillPolicy } from '@murmur/engine';
import { COMMAND_GRACE_MS } from './command-core.js';
import type { Turn } from './effects-core.js';
import { completeRun, clearTimers, maybeCompleteFramework } from './end-core.js';
import {
  hasCapability,
  isLive,
  lostState,
  millis,
  type AgentState,
  type Ending,
  type Framework,
  type Run,
} from './model-core.js';
import { storeRun } from './run-core.js';
import { nextPhase } from './run-table-core.js';
import { streamKey } from './status-update-core.js';
import { applyStatus, completeStatus, makeStatus, reportStray } from './update-core.js';

/** KILL: a queued task never starts, a command gets SIGTERM, an executor is told. */
export function killTask(
  state: AgentState,
  turn: Turn,
  frameworkId: string,
  taskId: string,
  policy: KillPolicy | undefined,
): void {
  const framework = state.frameworks.get(frameworkId);
  const run = runOf(state, frameworkId, taskId);
  const task = run?.tasks.get(taskId);
  if (run === undefined || task === undefined) {
    if (!isHistory(framework, taskId)) reportUnknown(state, turn, frameworkId, taskId);
    return;
  }
  if (!isLive(task)) return;
  if (task.phase === 'queued') killQueued(state, turn, run, taskId);
  else if (run.kind === 'command') killCommand(state, turn, run, taskId, policy, 'killed');
  else if (run.connected) {
    const kill = { task_id: { value: taskId }, ...(policy === undefined ? {} : { kill_policy: policy }) };
    turn.effects.push({ kind: 'event', containerId: run.containerId, event: { type: 'KILL', kill } });
  } else if (!run.pendingKills.includes(taskId)) run.pendingKills.push(taskId);
}

function runOf(state: AgentState, frameworkId: string, taskId: string): Run | undefined {
  const runs = [...state.runs.values()].filter(
    (run) => run.frameworkId === frameworkId && run.tasks.has(taskId),
  );
  return runs.find((run) => run.tasks.get(taskId)?.phase !== 'completed') ?? runs[0];
}

/** A kill that crossed the acknowledgement of the task's end. */
function isHistory(framework: Framework | undefined, taskId: string): boolean {
  return framework?.completed.some((run) => run.tasks.has(taskId)) ?? false;
}

function reportUnknown(state: AgentState, turn: Turn, frameworkId: string, taskId: string): void {
  const status = makeStatus(
    state,
    turn,
    { taskId },
    {
      state: lostState(state.frameworks.get(frameworkId), 'TASK_DROPPED'),
      reason: 'REASON_EXECUTOR_TERMINATED',
      message: 'The task is not on this agent',
    },
  );
  reportStray(state, turn, frameworkId, status);
}

/** With one task of a group, the whole group. An executor that would then never get a task is not started, or ended. */
function killQueued(state: AgentState, turn: Turn, run: Run, taskId: string): void {
  const delivery = run.queue.find((each) => each.taskIds.includes(taskId));
  run.queue = run.queue.filter((each) => each !== delivery);
  for (const id of delivery?.taskIds ?? [taskId]) {
    const status = makeStatus(
      state,
      turn,
      { taskId: id, executorId: run.executorId },
      {
        state: 'TASK_KILLED',
        reason: 'REASON_TASK_KILLED_DURING_LAUNCH',
        message: 'Killed before delivery to the executor',
      },
    );
    applyStatus(state, turn, run, status);
  }
  if (![...run.tasks.values()].some(isLive) && run.phase === 'REGISTERING') {
    forceEnd(state, turn, run, { why: 'killed', deadlineMs: null });
  }
}

/** SIGTERM now, SIGKILL after the grace time; a second kill may shorten what is left of it. */
export function killCommand(
  state: AgentState,
  turn: Turn,
  run: Run,
  taskId: string,
  policy: KillPolicy | undefined,
  why: Ending['why'],
): void {
  const task = run.tasks.get(taskId);
  const graceMs =
    millis(policy?.grace_period) ?? millis(task?.info.kill_policy?.grace_period) ?? COMMAND_GRACE_MS;
  const deadlineMs = turn.now + Math.max(0, graceMs);
  const phase = nextPhase(run.phase, 'end');
  if (phase === null) {
    const present = run.ending?.deadlineMs ?? null;
    if (run.phase === 'TERMINATING' && present !== null && deadlineMs < present) {
      setGrace(state, turn, run, { ...(run.ending ?? { why }), deadlineMs });
    }
    return;
  }
  run.phase = phase;
  state.timers.delete(`max-completion/${run.containerId}`);
  if (run.health !== null) turn.effects.push({ kind: 'check', containerId: run.containerId, check: null });
  run.health = null;
  if (
    why !== 'max-completion' &&
    hasCapability(state.frameworks.get(run.frameworkId), 'TASK_KILLING_STATE')
  ) {
    const of = { taskId, executorId: run.executorId, source: 'SOURCE_EXECUTOR' } as const;
    const status = makeStatus(state, turn, of, { state: 'TASK_KILLING' });
    applyStatus(state, turn, run, completeStatus(state, turn, run, status));
  }
  setGrace(state, turn, run, { why, deadlineMs });
  turn.effects.push({ kind: 'signal', containerId: run.containerId, signal: 'SIGTERM' });
}

function setGrace(state: AgentState, turn: Turn, run: Run, ending: Ending): void {
  run.ending = ending;
  turn.effects.push(storeRun(state, run));
  if (ending.deadlineMs === null) return;
  state.timers.set(`grace/${run.containerId}`, {
    atMs: ending.deadlineMs,
    event: { timer: 'grace', containerId: run.containerId },
  });
}

/** Destroys a container, whatever it does; `ending` says what its live tasks become. */
export function forceEnd(state: AgentState, turn: Turn, run: Run, ending: Ending): void {
  if (run.phase === 'TERMINATED') return;
  run.phase = nextPhase(run.phase, 'end') ?? run.phase;
  run.ending ??= ending;
  clearTimers(state, run);
  turn.effects.push(storeRun(state, run), { kind: 'destroy', containerId: run.containerId });
}

/** Asks an executor to end, and forces it after its grace time. */
export function shutdownRun(state: AgentState, turn: Turn, run: Run): void {
  if (run.phase === 'TERMINATING' || run.phase === 'TERMINATED') return;
  if (run.phase === 'REGISTERING') {
    forceEnd(state, turn, run, { why: 'killed', deadlineMs: null });
    return;
  }
  const [task] = run.tasks.values();
  if (run.kind === 'command' && task !== undefined) {
    killCommand(state, turn, run, task.info.task_id.value, undefined, 'killed');
    return;
  }
  run.phase = 'TERMINATING';
  if (run.connected) {
    turn.effects.push({ kind: 'event', containerId: run.containerId, event: { type: 'SHUTDOWN' } });
  }
  const graceMs = millis(run.info.shutdown_grace_period) ?? state.settings.shutdownGraceMs;
  setGrace(state, turn, run, { why: 'killed', deadlineMs: turn.now + Math.max(0, graceMs) });
}

/** Ends everything of a framework; nothing of it is reported from now on. */
export function shutdownFramework(state: AgentState, turn: Turn, frameworkId: string): void {
  for (const [key, stream] of state.streams) {
    if (stream.frameworkId !== frameworkId) continue;
    state.streams.delete(key);
    state.timers.delete(`resend/${streamKey(frameworkId, stream.taskId)}`);
  }
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  framework.terminating = true;
  for (const run of [...state.runs.values()].filter((each) => each.frameworkId === frameworkId)) {
    for (const task of run.tasks.values()) if (!isLive(task)) task.phase = 'completed';
    shutdownRun(state, turn, run);
    completeRun(state, turn, run);
  }
  if (state.frameworks.has(frameworkId)) maybeCompleteFramework(state, turn, framework);
}

/** What a framework's disconnect of an executor on a stream looks like: SHUTDOWN, then the end of the stream. */
export function turnAway(turn: Turn, run: Run): void {
  turn.effects.push(
    { kind: 'event', containerId: run.containerId, event: { type: 'SHUTDOWN' } },
    { kind: 'close', containerId: run.containerId },
  );
}
