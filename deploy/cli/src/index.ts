export { EXIT, type ExitCode, type ExitName } from './exit-core.js';
export type { Io, Sink } from './io.js';
export { run } from './run.js';
