import type { ProcessState, TaskState } from './types.js';

export const PROCESS_EVENTS = [
  'fork',
  'running',
  'succeeded',
  'failed',
  'killed',
  'lost',
  'again',
  'exhausted',
] as const;
export type ProcessEvent = (typeof PROCESS_EVENTS)[number];

export const TASK_EVENTS = ['end', 'cleaned', 'succeed', 'fail', 'kill', 'abandon'] as const;
export type TaskEvent = (typeof TASK_EVENTS)[number];

type Table<S extends string, E extends string> = Readonly<Record<S, Readonly<Partial<Record<E, S>>>>>;

/**
 * The latest run of a process. An exit may be seen before the start was. `again` waits for one more run; `exhausted` is the
 * last of `RUNS_MAX` runs, however it ended.
 */
export const PROCESS_TABLE: Table<ProcessState, ProcessEvent> = {
  WAITING: { fork: 'FORKED' },
  FORKED: { running: 'RUNNING', succeeded: 'SUCCESS', failed: 'FAILED', killed: 'KILLED', lost: 'LOST' },
  RUNNING: { succeeded: 'SUCCESS', failed: 'FAILED', killed: 'KILLED', lost: 'LOST' },
  SUCCESS: { again: 'WAITING', exhausted: 'FAILED' },
  FAILED: { again: 'WAITING' },
  KILLED: { again: 'WAITING', exhausted: 'FAILED' },
  LOST: { again: 'WAITING', exhausted: 'FAILED' },
};

/** `end`: nothing more to run, too many failures, or a kill. `abandon`: the runner cannot go on. */
export const TASK_TABLE: Table<TaskState, TaskEvent> = {
  ACTIVE: { end: 'CLEANING', abandon: 'LOST' },
  CLEANING: { cleaned: 'FINALIZING', abandon: 'LOST' },
  FINALIZING: { succeed: 'SUCCESS', fail: 'FAILED', kill: 'KILLED', abandon: 'LOST' },
  SUCCESS: {},
  FAILED: {},
  KILLED: {},
  LOST: {},
};

/** The next state, or null where the table has none: the event came too late or twice. */
export function nextProcessState(state: ProcessState, event: ProcessEvent): ProcessState | null {
  return PROCESS_TABLE[state][event] ?? null;
}

export function nextTaskState(state: TaskState, event: TaskEvent): TaskState | null {
  return TASK_TABLE[state][event] ?? null;
}

/** A run is under way, or about to be. */
export function isLive(state: ProcessState): boolean {
  return state === 'FORKED' || state === 'RUNNING';
}

export function isTerminal(state: TaskState): boolean {
  return Object.keys(TASK_TABLE[state]).length === 0;
}
