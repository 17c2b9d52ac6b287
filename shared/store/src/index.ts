export * from './types.js';
export { StoreError, StoreUnavailable } from './errors.js';
export { openStore, type StoreLog, type StoreOptions } from './open.js';
