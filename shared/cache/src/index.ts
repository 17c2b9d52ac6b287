export * from './types.js';
export type { CacheHooks, CacheLog, CacheOptions, CacheTimeouts } from './options.js';
export { createRowCache } from './row-cache.js';
export { createVectorCache, type VectorCacheOptions } from './vector-cache.js';
export {
  accountRows,
  statusRows,
  type AccountRows,
  type RowsFound,
  type StatusFill,
  type StatusRows,
} from './rows.js';
export { readIdVector } from './id-vector.js';
export {
  readTimelineVector,
  SETTLE_MS,
  type ReadTimelineOptions,
  type TimelineRead,
} from './timeline-vector.js';
export { TRIM_ABOVE_ENTRIES, type CompleteTimeline, type Rebuilt } from './timeline-vector-core.js';
export {
  addRecentPost,
  applyFollow,
  applyUnfollow,
  appendToVector,
  seedAccountVectors,
  type AppendOne,
} from './vector-writes.js';
export { sweepMovedKeys, type MovedKeysOptions, type MovedKeysSweeper } from './moved-keys.js';
export { hashKey, pickServer, serverSeed } from './rendezvous-core.js';
