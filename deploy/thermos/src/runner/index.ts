export * from './types.js';
export { createRunner } from './runner.js';
export { CHECKPOINT_FILE } from './checkpoint.js';
export { replayCheckpoint } from './checkpoint-core.js';
export { KILL_GRACE_MS, RUNS_MAX } from './graph-core.js';
