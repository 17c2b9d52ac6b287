/** A task: one run of one instance of a job. */
import { TASK_STATES, type TaskState } from '@murmur/scheduler-api';

export { TASK_STATES, type TaskState };

export const TERMINAL: ReadonlySet<TaskState> = new Set(['FINISHED', 'FAILED', 'KILLED', 'LOST']);
/** Those that have an agent. */
export const ASSIGNED_STATES: ReadonlySet<TaskState> = new Set([
  'ASSIGNED',
  'STARTING',
  'RUNNING',
  'RESTARTING',
  'DRAINING',
  'PREEMPTING',
  'PARTITIONED',
  'KILLING',
]);
/** Those whose processes may be running right now. */
export const LIVE: ReadonlySet<TaskState> = new Set([
  'RUNNING',
  'RESTARTING',
  'DRAINING',
  'PREEMPTING',
  'PARTITIONED',
  'KILLING',
]);

export function isActive(task: Pick<Task, 'state'>): boolean {
  return !TERMINAL.has(task.state);
}

/** One entry of a task's history, oldest first. */
export interface TaskEvent {
  readonly at: number;
  readonly state: TaskState;
  readonly message: string | null;
  /** Who caused it, where a person did. */
  readonly by: string | null;
}

/** Where a task runs, from ASSIGNED on; it stays in the record when the task has ended. */
export interface Placement {
  readonly agentId: string;
  readonly host: string;
  /** Name -> number, all that the config requests. */
  readonly ports: Readonly<Record<string, number>>;
}

export interface Task {
  /** `role-env-name-instance-uuid`. */
  readonly id: string;
  /** `role/environment/name`, the key of its job in this cluster. */
  readonly job: string;
  readonly instance: number;
  /** The TaskConfig it runs. */
  readonly configId: string;
  readonly state: TaskState;
  /** Never empty; at most EVENTS_MAX, the first and the newest kept. The last one is the present state's. */
  readonly events: readonly TaskEvent[];
  readonly placement: Placement | null;
  /** The task that this one replaces. */
  readonly ancestorId: string | null;
  /** Failures of this instance along its ancestors; held against max_task_failures. */
  readonly failureCount: number;
  /** How many of its ancestors in a row ended too soon: the exponent of the penalty. */
  readonly flaps: number;
  /** Set while THROTTLED: when it becomes PENDING, ms since 1970. */
  readonly throttledUntil: number | null;
}

export const EVENTS_MAX = 40;
