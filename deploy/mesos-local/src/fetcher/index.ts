export { createFetcher, type FetcherOptions } from './fetcher.js';
export { DEFAULT_FETCH_LIMITS, type FetchLimits } from './limits.js';
export * from './types.js';
