export { sha256, taskConfigOf } from './config.js';
export { configOf, jobKeyOf, storedConfigOf, tierNameOf } from './config-core.js';
export type { Hash } from './config-core.js';
export { INSTANCES_MAX } from './commands-core.js';
export { createDecisions } from './decisions.js';
export type { DecisionOptions } from './decisions-core.js';
export { decodeTransaction, encodeTransaction, STATE_VERSION, StateFormatError } from './encode-core.js';
export { createState } from './store.js';
export type { State } from './store.js';
