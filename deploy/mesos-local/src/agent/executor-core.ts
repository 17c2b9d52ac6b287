import type { ExecutorCallSubscribe, TaskStatus } from '@murmur/engine';
import type { ContainerRecord } from '../containerizer/types.js';
import type { Turn } from './effects-core.js';
import { isLive, lostState, millis, type AgentState, type Run } from './model-core.js';
import { turnAway } from './kill-core.js';
import { deliver, storeRun } from './run-core.js';
import { nextPhase } from './run-table-core.js';
import { applyStatus, completeStatus, makeStatus } from './update-core.js';

/** The container was started. A command runs by that; an executor has yet to subscribe. */
export function containerLaunched(state: AgentState, turn: Turn, run: Run, record: ContainerRecord): void {
  if (run.phase === 'TERMINATED') return;
  run.record = record;
  turn.effects.push(storeRun(state, run));
  if (run.phase === 'TERMINATING') {
    turn.effects.push({ kind: 'destroy', containerId: run.containerId });
    return;
  }
  if (run.kind === 'command') commandStarted(state, turn, run);
}

/** STARTING and RUNNING, and the watch over it. */
export function commandStarted(state: AgentState, turn: Turn, run: Run): void {
  const [task] = run.tasks.values();
  const phase = nextPhase(run.phase, 'ready');
  if (task === undefined || phase === null) return;
  run.phase = phase;
  run.queue = [];
  task.phase = 'launched';
  const of = {
    taskId: task.info.task_id.value,
    executorId: run.executorId,
    source: 'SOURCE_EXECUTOR',
  } as const;
  for (const next of ['TASK_STARTING', 'TASK_RUNNING'] as const) {
    const status = makeStatus(state, turn, of, { state: next });
    applyStatus(state, turn, run, completeStatus(state, turn, run, status));
  }
  superviseCommand(state, turn, run, turn.now);
}

/** Health checks and the time it may take, from its start. */
export function superviseCommand(state: AgentState, turn: Turn, run: Run, startedMs: number): void {
  const [task] = run.tasks.values();
  const maxMs = millis(task?.info.max_completion_time);
  if (maxMs !== null) {
    state.timers.set(`max-completion/${run.containerId}`, {
      atMs: startedMs + maxMs,
      event: { timer: 'max-completion', containerId: run.containerId },
    });
  }
  const check = task?.info.health_check;
  if (check === undefined) return;
  run.health = { startedMs, initializing: true, failures: 0 };
  turn.effects.push({ kind: 'check', containerId: run.containerId, check });
}

/** SUBSCRIBE of an executor, the first or a repeated one; its stream is open already. */
export function executorSubscribed(
  state: AgentState,
  turn: Turn,
  run: Run,
  subscribe: ExecutorCallSubscribe,
): void {
  const framework = state.frameworks.get(run.frameworkId);
  const phase = nextPhase(run.phase, 'ready');
  if (framework === undefined || framework.terminating || phase === null) {
    turnAway(turn, run);
    return;
  }
  run.phase = phase;
  run.connected = true;
  state.timers.delete(`registration/${run.containerId}`);
  state.timers.delete(`reregistration/${run.containerId}`);
  turn.effects.push({
    kind: 'event',
    containerId: run.containerId,
    event: {
      type: 'SUBSCRIBED',
      subscribed: {
        executor_info: run.info,
        framework_info: { ...framework.info, id: { value: framework.id } },
        agent_info: state.info,
        container_id: { value: run.containerId },
      },
    },
  });
  for (const { status } of subscribe.unacknowledged_updates ?? []) executorUpdate(state, turn, run, status);
  dropUnheard(state, turn, run, subscribe);
  deliver(turn, run);
  for (const taskId of run.pendingKills.splice(0)) {
    turn.effects.push({
      kind: 'event',
      containerId: run.containerId,
      event: { type: 'KILL', kill: { task_id: { value: taskId } } },
    });
  }
}

/** Tasks that were sent to the executor and never reached it. */
function dropUnheard(state: AgentState, turn: Turn, run: Run, subscribe: ExecutorCallSubscribe): void {
  const known = new Set((subscribe.unacknowledged_tasks ?? []).map((task) => task.task_id.value));
  const framework = state.frameworks.get(run.frameworkId);
  for (const task of run.tasks.values()) {
    const taskId = task.info.task_id.value;
    if (task.phase !== 'launched' || task.state !== 'TASK_STAGING' || known.has(taskId)) continue;
    const status = makeStatus(
      state,
      turn,
      { taskId, executorId: run.executorId },
      {
        state: lostState(framework, 'TASK_DROPPED'),
        reason: 'REASON_AGENT_RESTARTED',
        message: 'The task did not reach its executor',
      },
    );
    applyStatus(state, turn, run, status);
  }
}

/** UPDATE of an executor: stored, then acknowledged to it, then sent on. One for another agent is ignored. */
export function executorUpdate(state: AgentState, turn: Turn, run: Run, status: TaskStatus): void {
  if (status.agent_id !== undefined && status.agent_id.value !== state.info.id?.value) {
    state.counters.invalidUpdates += 1;
    return;
  }
  if (applyStatus(state, turn, run, completeStatus(state, turn, run, status)))
    state.counters.validUpdates += 1;
  else state.counters.invalidUpdates += 1;
  turn.effects.push({
    kind: 'event',
    containerId: run.containerId,
    event: { type: 'ACKNOWLEDGED', acknowledged: { task_id: status.task_id, uuid: status.uuid ?? '' } },
  });
}

/** A health check of a command task was done. Told are the first success, every failure, and the recovery after one. */
export function healthChecked(state: AgentState, turn: Turn, run: Run, healthy: boolean): 'kill' | 'on' {
  const [task] = run.tasks.values();
  const check = task?.info.health_check;
  const { health } = run;
  if (
    task === undefined ||
    !isLive(task) ||
    health === null ||
    check === undefined ||
    run.phase !== 'RUNNING'
  )
    return 'on';
  if (healthy) {
    const news = health.initializing || health.failures > 0;
    health.initializing = false;
    health.failures = 0;
    if (news) tellHealth(state, turn, run, task.info.task_id.value, true);
    return 'on';
  }
  const graceMs = (check.grace_period_seconds ?? HEALTH_GRACE_S) * 1000;
  if (health.initializing && turn.now - health.startedMs <= graceMs) return 'on';
  health.failures += 1;
  tellHealth(state, turn, run, task.info.task_id.value, false);
  return health.failures >= (check.consecutive_failures ?? HEALTH_FAILURES) ? 'kill' : 'on';
}

/** Defaults of HealthCheck in the .proto file. */
const HEALTH_GRACE_S = 10;
const HEALTH_FAILURES = 3;

function tellHealth(state: AgentState, turn: Turn, run: Run, taskId: string, healthy: boolean): void {
  const status = makeStatus(
    state,
    turn,
    { taskId, executorId: run.executorId, source: 'SOURCE_EXECUTOR' },
    { state: 'TASK_RUNNING', reason: 'REASON_TASK_HEALTH_CHECK_STATUS_UPDATED' },
  );
  applyStatus(state, turn, run, completeStatus(state, turn, run, { ...status, healthy }));
}
