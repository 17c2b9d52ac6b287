export { fanoutOptions, type FanoutOptions } from './options.js';
export { startFanout, type StartTools } from './start.js';
