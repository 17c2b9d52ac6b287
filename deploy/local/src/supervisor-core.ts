/**
 * One task: a process that should run. What happens next is decided here, from state, event and time; the shell performs
 * the effects. Times are ms.
 */
export type Phase = 'waiting' | 'starting' | 'healthy' | 'unhealthy' | 'backoff' | 'stopping' | 'stopped';

export interface Task {
  readonly phase: Phase;
  /** When the phase began. */
  readonly since: number;
  /** When the phase must have ended: back-off, start, stop, silence. */
  readonly dueAt: number | null;
  /** Processes started after the first. */
  readonly restarts: number;
  /** Ends in a row without having been well for `WELL_MS`. */
  readonly failures: number;
  /** Bad probes in a row. */
  readonly misses: number;
  /** Why it is not healthy. */
  readonly reason: string | null;
}

export type TaskEvent =
  | { readonly type: 'ready' }
  | { readonly type: 'exited'; readonly how: string }
  | { readonly type: 'probe'; readonly problem: string | null }
  | { readonly type: 'tick' }
  | { readonly type: 'stop' }
  | { readonly type: 'start' };

export type Effect = 'spawn' | 'terminate' | 'kill';

export interface Step {
  readonly task: Task;
  readonly effects: readonly Effect[];
}

export const FIRST_BACKOFF_MS = 250;
export const MAX_BACKOFF_MS = 15_000;
/** A process that was healthy this long is not one that fails at start. */
export const WELL_MS = 30_000;
/** A process that does not become healthy in this time, or again, is killed. */
export const START_MS = 90_000;
/** SIGTERM, then SIGKILL. */
export const STOP_MS = 15_000;
/** One bad probe may be chance. */
export const MISSES_MAX = 2;

export function newTask(now: number): Task {
  return {
    phase: 'waiting',
    since: now,
    dueAt: null,
    restarts: 0,
    failures: 0,
    misses: 0,
    reason: 'waits for what it needs',
  };
}

export function step(task: Task, event: TaskEvent, now: number): Step {
  switch (event.type) {
    case 'ready':
      return task.phase === 'waiting' ? starting(task, now) : same(task);
    case 'exited':
      return exited(task, event.how, now);
    case 'probe':
      return probed(task, event.problem, now);
    case 'tick':
      return ticked(task, now);
    case 'stop':
      return stop(task, now);
    case 'start':
      return task.phase === 'stopped'
        ? starting({ ...task, failures: 0, restarts: task.restarts + 1 }, now)
        : same(task);
  }
}

function same(task: Task): Step {
  return { task, effects: [] };
}

function to(task: Task, phase: Phase, now: number, changes: Partial<Task>, effects: readonly Effect[]): Step {
  return { task: { ...task, phase, since: now, dueAt: null, misses: 0, ...changes }, effects };
}

function starting(task: Task, now: number): Step {
  return to(task, 'starting', now, { dueAt: now + START_MS, reason: 'starting' }, ['spawn']);
}

/** The pause after the n-th failure in a row: doubles from a quarter of a second to 15 s. */
export function backoffMs(failures: number): number {
  return Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** Math.max(0, failures - 1));
}

function exited(task: Task, how: string, now: number): Step {
  switch (task.phase) {
    case 'stopping':
      return to(task, 'stopped', now, { reason: 'stopped' }, []);
    case 'starting':
    case 'healthy':
    case 'unhealthy': {
      const wasWell = task.phase === 'healthy' && now - task.since >= WELL_MS;
      const failures = wasWell ? 1 : task.failures + 1;
      return to(task, 'backoff', now, { failures, dueAt: now + backoffMs(failures), reason: how }, []);
    }
    case 'waiting':
    case 'backoff':
    case 'stopped':
      return same(task);
  }
}

function probed(task: Task, problem: string | null, now: number): Step {
  switch (task.phase) {
    case 'starting':
    case 'unhealthy':
      if (problem === null) return to(task, 'healthy', now, { reason: null }, []);
      return { task: { ...task, reason: problem }, effects: [] };
    case 'healthy': {
      if (problem === null)
        return task.misses === 0 ? same(task) : { task: { ...task, misses: 0 }, effects: [] };
      const misses = task.misses + 1;
      if (misses < MISSES_MAX) return { task: { ...task, misses }, effects: [] };
      return to(task, 'unhealthy', now, { dueAt: now + START_MS, reason: problem }, []);
    }
    case 'waiting':
    case 'backoff':
    case 'stopping':
    case 'stopped':
      return same(task);
  }
}

function ticked(task: Task, now: number): Step {
  if (task.dueAt === null || now < task.dueAt) return same(task);
  switch (task.phase) {
    case 'backoff':
      return starting({ ...task, restarts: task.restarts + 1 }, now);
    case 'starting':
    case 'unhealthy':
    case 'stopping':
      // Its exit is an event of its own; should the signal be lost, it is sent again.
      return { task: { ...task, dueAt: now + STOP_MS }, effects: ['kill'] };
    case 'waiting':
    case 'healthy':
    case 'stopped':
      return same(task);
  }
}

function stop(task: Task, now: number): Step {
  switch (task.phase) {
    case 'waiting':
    case 'backoff':
      return to(task, 'stopped', now, { reason: 'stopped' }, []);
    case 'starting':
    case 'healthy':
    case 'unhealthy':
      return to(task, 'stopping', now, { dueAt: now + STOP_MS, reason: 'stopping' }, ['terminate']);
    case 'stopping':
    case 'stopped':
      return same(task);
  }
}
