export * from './protocol.js';
export type * from './containerizer/types.js';
