export * from './types.js';
export {
  clusterOptions,
  commonOptions,
  defineOptions,
  flagOf,
  OptionError,
  parseOptions,
  storeOptions,
  variableOf,
  type ParsedOptions,
} from './options.js';
export { createLog, silentLog } from './log.js';
export { createMetrics, LATENCY_BUCKETS, type Metrics } from './metrics.js';
export { createHttp, type HttpOptions } from './http.js';
export { EXIT, optionsOrExit, runProcess, StartError, type ProcessDefinition } from './process.js';
