import {
  boolean,
  choice,
  float,
  integer,
  list,
  optional,
  required,
  struct,
  text,
  withDefault,
} from './schema-core.js';
import type { ValueOf } from './schema-core.js';

/** How a job is updated, and how much of it may be away at a time. Times in seconds. */

export const queueUpdateStrategy = struct('QueueUpdateStrategy', {
  batch_size: withDefault(integer(1), 1),
});

export const batchUpdateStrategy = struct('BatchUpdateStrategy', {
  batch_size: withDefault(integer(1), 1),
  autopause_after_batch: withDefault(boolean, false),
});

export const variableBatchUpdateStrategy = struct('VariableBatchUpdateStrategy', {
  batch_sizes: required(list(integer(1), 1)),
  autopause_after_batch: withDefault(boolean, false),
});

const PULSE_INTERVAL_SECS_MIN = 60;

export const updateConfig = struct('UpdateConfig', {
  batch_size: withDefault(integer(1), 1),
  watch_secs: withDefault(integer(0), 45),
  max_per_shard_failures: withDefault(integer(0), 0),
  max_total_failures: withDefault(integer(0), 0),
  rollback_on_failure: withDefault(boolean, true),
  wait_for_batch_completion: withDefault(boolean, false),
  pulse_interval_secs: optional(integer(PULSE_INTERVAL_SECS_MIN)),
  sla_aware: withDefault(boolean, false),
  update_strategy: optional(choice(queueUpdateStrategy, batchUpdateStrategy, variableBatchUpdateStrategy)),
});

export const partitionPolicy = struct('PartitionPolicy', {
  reschedule: withDefault(boolean, true),
  delay_secs: withDefault(integer(0), 0),
});

export const percentageSlaPolicy = struct('PercentageSlaPolicy', {
  percentage: required(float(0, 100)),
  duration_secs: required(integer(0)),
});

export const countSlaPolicy = struct('CountSlaPolicy', {
  count: required(integer(0)),
  duration_secs: required(integer(0)),
});

export const coordinatorSlaPolicy = struct('CoordinatorSlaPolicy', {
  coordinator_url: required(text(/^https?:\/\/[^\s/]/, 'an http:// or https:// URL')),
  status_key: withDefault(text(), 'drain'),
});

export const slaPolicy = choice(coordinatorSlaPolicy, countSlaPolicy, percentageSlaPolicy);

export type QueueUpdateStrategy = ValueOf<typeof queueUpdateStrategy>;
export type BatchUpdateStrategy = ValueOf<typeof batchUpdateStrategy>;
export type VariableBatchUpdateStrategy = ValueOf<typeof variableBatchUpdateStrategy>;
export type UpdateConfig = ValueOf<typeof updateConfig>;
export type PartitionPolicy = ValueOf<typeof partitionPolicy>;
export type PercentageSlaPolicy = ValueOf<typeof percentageSlaPolicy>;
export type CountSlaPolicy = ValueOf<typeof countSlaPolicy>;
export type CoordinatorSlaPolicy = ValueOf<typeof coordinatorSlaPolicy>;
export type SlaPolicy = ValueOf<typeof slaPolicy>;
