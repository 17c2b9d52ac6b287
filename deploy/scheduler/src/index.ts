export type * from './backend.js';
export type * from './model/tables.js';
export { schedulerOptions, type SchedulerFlags } from './options.js';
export { startScheduler, type StartTools } from './start.js';
