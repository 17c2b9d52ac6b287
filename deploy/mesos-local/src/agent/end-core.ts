import type { TaskState } from '@murmur/engine';
import type { Termination } from '../containerizer/types.js';
import { commandVerdict } from './command-core.js';
import type { Turn } from './effects-core.js';
import {
  COMPLETED_EXECUTORS_MAX,
  COMPLETED_FRAMEWORKS_MAX,
  isLive,
  type AgentState,
  type Ending,
  type Framework,
  type Run,
  type Verdict,
} from './model-core.js';
import { frameworkPath, runPath, sandboxOf, taskPath } from './paths-core.js';
import { nextPhase } from './run-table-core.js';
import { applyStatus, completeStatus, makeStatus } from './update-core.js';

/** Tells master how an executor ended when nobody knows the status. */
const STATUS_UNKNOWN = -1;
/** Completed tasks kept of a run for `/state`. */
const COMPLETED_TASKS_MAX = 200;

/** A container that never came to be: what waited for it fails with the reason. */
export function failRun(state: AgentState, turn: Turn, run: Run, reason: string): void {
  state.counters.launchErrors += 1;
  const verdict: Verdict = {
    state: 'TASK_FAILED',
    reason: 'REASON_CONTAINER_LAUNCH_FAILED',
    message: `Failed to launch container: ${reason}`,
  };
  endRun(state, turn, run, { status: null, limitation: null }, verdict);
}

/** Nothing of the container is left: its live tasks end too, and it is completed once all is acknowledged. */
export function endRun(
  state: AgentState,
  turn: Turn,
  run: Run,
  termination: Termination,
  failure: Verdict | null = null,
): void {
  const phase = nextPhase(run.phase, 'gone');
  if (phase === null) return;
  run.phase = phase;
  run.queue = [];
  state.counters.executorsTerminated += 1;
  clearTimers(state, run);
  if (run.connected) turn.effects.push({ kind: 'close', containerId: run.containerId });
  if (run.health !== null) turn.effects.push({ kind: 'check', containerId: run.containerId, check: null });
  // The scheduler hears of the executor first, then of its tasks, as from a real agent.
  const framework = state.frameworks.get(run.frameworkId);
  if (run.kind === 'custom' && framework?.terminating === false) {
    turn.effects.push({
      kind: 'master',
      message: {
        type: 'EXECUTOR_EXITED',
        framework_id: { value: run.frameworkId },
        executor_id: { value: run.executorId },
        exit_status: termination.status ?? STATUS_UNKNOWN,
      },
    });
  }
  for (const task of [...run.tasks.values()].filter(isLive)) {
    endTask(state, turn, run, task.info.task_id.value, termination, failure);
  }
  completeRun(state, turn, run);
}

function endTask(
  state: AgentState,
  turn: Turn,
  run: Run,
  taskId: string,
  termination: Termination,
  failure: Verdict | null,
): void {
  const verdict = failure ?? limitVerdict(termination) ?? endingVerdict(run.ending);
  if (run.kind === 'custom' || verdict !== null) {
    const of = { taskId, executorId: run.executorId };
    applyStatus(state, turn, run, makeStatus(state, turn, of, verdict ?? EXECUTOR_TERMINATED));
    return;
  }
  const end = commandVerdict(run, termination);
  const status = makeStatus(
    state,
    turn,
    { taskId, executorId: run.executorId, source: 'SOURCE_EXECUTOR' },
    {
      state: end.state,
      message: end.message,
      ...(end.timedOut ? { reason: 'REASON_MAX_COMPLETION_TIME_REACHED' as const } : {}),
    },
  );
  const healthy = run.ending?.why === 'unhealthy' ? { healthy: false } : {};
  applyStatus(state, turn, run, completeStatus(state, turn, run, { ...status, ...healthy }));
}

const EXECUTOR_TERMINATED: Verdict = {
  state: 'TASK_FAILED',
  reason: 'REASON_EXECUTOR_TERMINATED',
  message: 'Executor terminated',
};

function endingVerdict(ending: Ending | null): Verdict | null {
  return ending?.verdict ?? null;
}

function limitVerdict({ limitation }: Termination): Verdict | null {
  if (limitation === null) return null;
  return {
    state: 'TASK_FAILED' satisfies TaskState,
    reason:
      limitation.kind === 'memory'
        ? 'REASON_CONTAINER_LIMITATION_MEMORY'
        : 'REASON_CONTAINER_LIMITATION_DISK',
    message: limitation.message,
    resources: limitation.resources,
  };
}

export function clearTimers(state: AgentState, run: Run): void {
  for (const timer of ['registration', 'reregistration', 'grace', 'max-completion']) {
    state.timers.delete(`${timer}/${run.containerId}`);
  }
}

/** The last update of a task was acknowledged: only history is left of it. */
export function completeTask(state: AgentState, turn: Turn, run: Run, taskId: string): void {
  const task = run.tasks.get(taskId);
  if (task?.phase !== 'terminated') return;
  task.phase = 'completed';
  turn.effects.push({ kind: 'remove', path: taskPath(state, run, taskId) });
  const completed = [...run.tasks.values()].filter((each) => each.phase === 'completed');
  const [oldest] = completed;
  if (completed.length > COMPLETED_TASKS_MAX && oldest !== undefined) {
    run.tasks.delete(oldest.info.task_id.value);
  }
  completeRun(state, turn, run);
}

/** Forgets a run that has ended and of which everything is acknowledged; its sandbox stays for a while. */
export function completeRun(state: AgentState, turn: Turn, run: Run): void {
  if (run.phase !== 'TERMINATED') return;
  if ([...run.tasks.values()].some((task) => task.phase !== 'completed')) return;
  state.runs.delete(run.containerId);
  turn.effects.push(
    { kind: 'remove', path: runPath(state, run) },
    { kind: 'collect', containerId: run.containerId, sandbox: sandboxOf(state, run) },
  );
  const framework = state.frameworks.get(run.frameworkId);
  if (framework === undefined) return;
  if (framework.executors.get(run.executorId) === run) framework.executors.delete(run.executorId);
  framework.completed.push(run);
  if (framework.completed.length > COMPLETED_EXECUTORS_MAX) framework.completed.shift();
  maybeCompleteFramework(state, turn, framework);
}

/** A framework without runs is forgotten here; the next task brings its info along. */
export function maybeCompleteFramework(state: AgentState, turn: Turn, framework: Framework): void {
  for (const run of state.runs.values()) if (run.frameworkId === framework.id) return;
  state.frameworks.delete(framework.id);
  turn.effects.push({ kind: 'remove', path: frameworkPath(state, framework.id) });
  const { completedFrameworks } = state;
  const before = completedFrameworks.findIndex((each) => each.id === framework.id);
  const [known] = before < 0 ? [] : completedFrameworks.splice(before, 1);
  if (known !== undefined) framework.completed.unshift(...known.completed);
  framework.completed.splice(0, Math.max(0, framework.completed.length - COMPLETED_EXECUTORS_MAX));
  completedFrameworks.push(framework);
  if (completedFrameworks.length > COMPLETED_FRAMEWORKS_MAX) completedFrameworks.shift();
}
