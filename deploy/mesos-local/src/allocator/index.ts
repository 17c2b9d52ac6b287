export * from './agents-core.js';
export * from './allocate-core.js';
export * from './filters-core.js';
export * from './frameworks-core.js';
export * from './inverse-core.js';
export { roleShare } from './shares-core.js';
export type * from './types.js';
