import {
  boolean,
  floatAbove,
  integer,
  list,
  mapOf,
  oneOf,
  optional,
  required,
  struct,
  text,
  withDefault,
} from './schema-core.js';
import type { ValueOf } from './schema-core.js';
import { MB } from './sizes-core.js';

/** The half of Aurora's schema that Thermos runs: tasks and their processes. Times in seconds, sizes in bytes. */

export const rotatePolicy = struct('RotatePolicy', {
  log_size: withDefault(integer(1), 100 * MB),
  backups: withDefault(integer(0), 5),
});

export const logger = struct('Logger', {
  destination: withDefault(oneOf(['file', 'console', 'both', 'none']), 'file'),
  mode: withDefault(oneOf(['standard', 'rotate']), 'standard'),
  rotate: optional(rotatePolicy),
});

/** RAM and disk reach Mesos as whole megabytes; less than one would be none. */
export const resources = struct('Resources', {
  cpu: required(floatAbove(0)),
  ram: required(integer(MB)),
  disk: required(integer(MB)),
  gpu: withDefault(integer(0), 0),
});

/** A process's own resources are kept for Aurora's sake and used by nobody, so any are allowed. */
const processResources = struct('Resources', {
  cpu: required(floatAbove(0)),
  ram: required(integer(0)),
  disk: required(integer(0)),
  gpu: withDefault(integer(0), 0),
});

const processName = text(/^[^./\0][^/\0]*$/, 'a process name: no slash in it, no dot or slash at its start');

export const process = struct('Process', {
  cmdline: required(text()),
  name: required(processName),
  resources: optional(processResources),
  /** 0: any number of failures. */
  max_failures: withDefault(integer(0), 1),
  daemon: withDefault(boolean, false),
  ephemeral: withDefault(boolean, false),
  min_duration: withDefault(integer(0), 5),
  final: withDefault(boolean, false),
  /** Unset: what the executor's flags say. */
  logger: optional(logger),
});

export const constraint = struct('Constraint', { order: optional(list(text())) });

export const task = struct('Task', {
  name: withDefault(text(), '{{processes[0].name}}'),
  processes: required(list(process, 1)),
  constraints: withDefault(list(constraint), []),
  resources: required(resources),
  /** 0: any number of failed processes. */
  max_failures: withDefault(integer(0), 1),
  /** 0: as many processes at once as can run. */
  max_concurrency: withDefault(integer(0), 0),
  finalization_wait: withDefault(integer(0), 30),
  user: optional(text()),
});

/** What `{{thermos.…}}` refers to on the agent. */
export const thermosContext = struct('ThermosContext', {
  ports: optional(mapOf(integer(0, 65_535))),
  task_id: optional(text()),
  user: optional(text()),
});

export type RotatePolicy = ValueOf<typeof rotatePolicy>;
export type Logger = ValueOf<typeof logger>;
export type Resources = ValueOf<typeof resources>;
export type Process = ValueOf<typeof process>;
export type Constraint = ValueOf<typeof constraint>;
export type Task = ValueOf<typeof task>;
export type ThermosContext = ValueOf<typeof thermosContext>;
