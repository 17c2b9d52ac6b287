export { fieldRows, schema } from './catalogue-core.js';
export type { FieldRow } from './catalogue-core.js';
export { DEDICATED, parseConstraint, printConstraint } from './constraint-core.js';
export type { ParsedConstraint } from './constraint-core.js';
export type * from './container-schema-core.js';
export { ERRORS_MAX, formatError } from './error-core.js';
export type { ConfigError, Result } from './error-core.js';
export type * from './job-schema-core.js';
export * from './key-core.js';
export * from './loader/limits-core.js';
export { createLoader } from './loader/loader.js';
export type { Loader, LoaderOptions } from './loader/loader.js';
export { formatLoadError } from './loader/result-core.js';
export type {
  Failure,
  ListedJob,
  ListResult,
  LoadedJob,
  LoadedTask,
  LoadError,
  LoadRequest,
  LoadResult,
  RawResult,
} from './loader/result-core.js';
export { didYouMean, nearest } from '@murmur/model';
export { parseJob, parseMesosTaskInstance, parseTask, print, readJobs } from './parse-core.js';
export type { InstanceOptions, ParseOptions } from './parse-core.js';
export { fixedPort, requestedPorts, resolvePortmap } from './ports-core.js';
export type { PortmapResult, PortUser, ResolvedPortmap } from './ports-core.js';
export type { Unknown } from './read-core.js';
export type { AnyField, Field, FieldLabel, Shape, Struct, Type } from './schema-core.js';
export type * from './service-schema-core.js';
export { isProduction, TIERS } from './settle-core.js';
export type { Tier } from './settle-core.js';
export * from './sizes-core.js';
export { isRunTimeRef, portOf, refs } from './template-core.js';
export type * from './thermos-schema-core.js';
export type * from './update-schema-core.js';
export * from './variants-core.js';
