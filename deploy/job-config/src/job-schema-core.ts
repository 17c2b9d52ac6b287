import { anyContainer } from './container-schema-core.js';
import {
  boolean,
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
import { announcer, healthCheckConfig, lifecycleConfig } from './service-schema-core.js';
import { task } from './thermos-schema-core.js';
import { partitionPolicy, slaPolicy, updateConfig } from './update-schema-core.js';

/** What a role, environment, name, cluster or tier may be called: it goes into paths and task ids. */
export const IDENTITY = /^[\w\-.]{1,255}$/;
export const IDENTITY_EXPECTED = 'a name of 1 to 255 letters, digits, _ - and .';
const identity = text(IDENTITY, IDENTITY_EXPECTED);
const environment = text(/^(prod|devel|test|staging\d*)$/, 'prod, devel, test, staging or staging<number>');

export const metadata = struct('Metadata', { key: required(text()), value: required(text()) });

export const executorConfig = struct('ExecutorConfig', {
  name: withDefault(text(), 'AuroraExecutor'),
  data: withDefault(text(), ''),
});

/** Aurora calls it MesosJob; `Job` is its name in config files. */
export const job = struct('Job', {
  name: withDefault(text(), '{{task.name}}'),
  role: required(identity),
  contact: optional(text()),
  cluster: required(identity),
  environment: required(environment),
  instances: withDefault(integer(1), 1),
  task: required(task),
  announce: optional(announcer),
  tier: optional(identity),
  cron_schedule: optional(text()),
  cron_collision_policy: withDefault(
    oneOf(['KILL_EXISTING', 'CANCEL_NEW', 'RUN_OVERLAP'], true),
    'KILL_EXISTING',
  ),
  update_config: withDefault(updateConfig, {}),
  constraints: optional(mapOf(text())),
  metadata: withDefault(list(metadata), []),
  service: withDefault(boolean, false),
  /** -1: any number of failures. */
  max_task_failures: withDefault(integer(-1), 1),
  production: withDefault(boolean, false),
  priority: withDefault(integer(Number.MIN_SAFE_INTEGER), 0),
  health_check_config: withDefault(healthCheckConfig, {}),
  lifecycle: withDefault(lifecycleConfig, { http: {} }),
  /** Kept, used by nobody. */
  task_links: optional(mapOf(text())),
  executor_config: withDefault(executorConfig, {}),
  enable_hooks: withDefault(boolean, false),
  partition_policy: optional(partitionPolicy),
  sla_policy: optional(slaPolicy),
  container: optional(anyContainer),
});

/**
 * What the executor is given: a job without `update_config` and `instances`, with run-time refs left in it. `name` and `cluster`
 * are not in Aurora's struct of this name; they are in the JSON, and the announcer's path needs the name.
 */
export const mesosTaskInstance = struct('MesosTaskInstance', {
  task: required(task),
  instance: required(integer(0)),
  role: required(identity),
  announce: optional(announcer),
  environment: required(identity),
  health_check_config: withDefault(healthCheckConfig, {}),
  lifecycle: optional(lifecycleConfig),
  name: withDefault(text(), '{{task.name}}'),
  cluster: optional(identity),
});

export type Metadata = ValueOf<typeof metadata>;
export type ExecutorConfig = ValueOf<typeof executorConfig>;
export type Job = ValueOf<typeof job>;
export type MesosTaskInstance = ValueOf<typeof mesosTaskInstance>;
