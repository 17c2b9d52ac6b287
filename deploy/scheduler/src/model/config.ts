import type { Job, ParsedConstraint, Tier } from '@murmur/job-config';

/** What is stored of a config: the rest follows from `job`. */
export interface StoredConfig {
  /** SHA-256 of the printed `job`, hexadecimal: equal configs are one record. */
  readonly id: string;
  /** The whole job as submitted and interpolated, without `instances` and `update_config`: what its executor gets. */
  readonly job: ConfigJob;
}

export type ConfigJob = Omit<Job, 'instances' | 'update_config'>;

/** What one instance needs of an agent, its executor not counted. MiB. */
export interface Demand {
  readonly cpus: number;
  readonly memMb: number;
  readonly diskMb: number;
  readonly gpus: number;
  /** Names of ports; each gets one number. */
  readonly ports: readonly string[];
}

export interface AttributeConstraint {
  readonly attribute: string;
  readonly constraint: ParsedConstraint;
}

/** A config as the scheduler reads it. Tasks with the same config are equal: placement evaluates them once. */
export interface TaskConfig extends StoredConfig {
  /** `role/environment/name`. */
  readonly jobKey: string;
  readonly role: string;
  readonly demand: Demand;
  /** Values first, then limits; without `dedicated`. */
  readonly constraints: readonly AttributeConstraint[];
  /** `role/label` of the agents that it must have, and that take nothing else. */
  readonly dedicated: string | null;
  readonly tier: Tier;
  readonly priority: number;
  readonly service: boolean;
  /** -1: any number. */
  readonly maxTaskFailures: number;
  /** `reschedule: false` waits for the agent for ever. */
  readonly partition: { readonly reschedule: boolean; readonly delayMs: number };
  /** Time between SIGTERM and SIGKILL at a kill, ms. */
  readonly killGraceMs: number;
}
