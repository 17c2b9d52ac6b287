/** The states of a task, as Aurora has them. */
export const TASK_STATES = [
  'PENDING',
  'THROTTLED',
  'ASSIGNED',
  'STARTING',
  'RUNNING',
  'RESTARTING',
  'DRAINING',
  'PREEMPTING',
  'PARTITIONED',
  'KILLING',
  'FINISHED',
  'FAILED',
  'KILLED',
  'LOST',
] as const;
export type TaskState = (typeof TASK_STATES)[number];
