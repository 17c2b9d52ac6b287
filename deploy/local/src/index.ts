export type { SuiteStatus } from './admin.js';
export type { JobStatus } from './jobs.js';
export { readStatus, tryPublicApi } from './client.js';
export { startLocal, type Suite } from './launcher.js';
export { localOptions, type LocalOptions } from './options.js';
export type { TaskStatus } from './runner.js';
export {
  backoffMs,
  newTask,
  step,
  type Effect,
  type Phase,
  type Task,
  type TaskEvent,
} from './supervisor-core.js';
