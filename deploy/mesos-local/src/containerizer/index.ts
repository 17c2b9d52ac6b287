export { createContainerizer, type ContainerizerOptions } from './containerizer.js';
export { openIsolation, probeThisMachine, type Isolation } from './isolation.js';
export { IsolationError, ISOLATORS, type IsolationPlan, type Machine } from './probe-core.js';
export { lookUpUser, type UserIds } from './users.js';
export * from './types.js';
