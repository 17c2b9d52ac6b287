import type {
  AgentInfo,
  ExecutorInfo,
  FrameworkInfo,
  Resource,
  TaskInfo,
  TaskState,
  TaskStatus,
  TaskStatusReason,
} from '@murmur/engine';
import type { ContainerRecord } from '../containerizer/types.js';
import type { RunPhase } from './run-table-core.js';
import type { UpdateStream } from './status-update-core.js';

/** What an agent knows. Changed by the cores of this folder only, one event at a time (`decide-core.ts`). */
export interface AgentState {
  readonly settings: AgentSettings;
  /** With its id once a master gave one. */
  info: AgentInfo;
  /** The agent's resources with dynamic reservations; what it tells the master. */
  resources: readonly Resource[];
  readonly frameworks: Map<string, Framework>;
  /** The last `COMPLETED_FRAMEWORKS_MAX`, for `/state`. */
  readonly completedFrameworks: Framework[];
  /** Every run that is not completed, by container id. */
  readonly runs: Map<string, Run>;
  /** By `streamKey`. */
  readonly streams: Map<string, UpdateStream>;
  readonly timers: Map<string, Timer>;
  /** Whether a master listens; while not, updates wait. */
  connected: boolean;
  readonly counters: Counters;
}

/** Durations in ms. */
export interface AgentSettings {
  readonly workDir: string;
  readonly registrationTimeoutMs: number;
  readonly reregistrationTimeoutMs: number;
  readonly shutdownGraceMs: number;
  /** What `network_infos` of a task without a network of its own says. */
  readonly ip: string;
}

export interface Framework {
  readonly id: string;
  info: FrameworkInfo;
  /** Being torn down: nothing of it is reported any more. */
  terminating: boolean;
  /** The present run of each executor id. */
  readonly executors: Map<string, Run>;
  /** The last `COMPLETED_EXECUTORS_MAX`. */
  readonly completed: Run[];
}

/** One container: a custom executor, or a command task, which is its own executor and has the id of its task. */
export interface Run {
  readonly kind: 'custom' | 'command';
  readonly frameworkId: string;
  readonly executorId: string;
  readonly containerId: string;
  readonly info: ExecutorInfo;
  phase: RunPhase;
  /** The executor has an open stream. Command tasks never have. */
  connected: boolean;
  record: ContainerRecord | null;
  readonly tasks: Map<string, AgentTask>;
  /** Not yet delivered: single tasks and groups, in the order of arrival. */
  queue: Delivery[];
  /** Kills that found the executor without a stream. */
  pendingKills: string[];
  ending: Ending | null;
  /** Result of the last health check of a command task that was told. */
  health: HealthState | null;
}

export interface Delivery {
  readonly group: boolean;
  readonly taskIds: readonly string[];
}

export type TaskPhase = 'queued' | 'launched' | 'terminated' | 'completed';

export interface AgentTask {
  readonly info: TaskInfo;
  phase: TaskPhase;
  /** The latest that the executor said, acknowledged or not. */
  state: TaskState;
  /** The last status of each state in a row. */
  statuses: TaskStatus[];
}

/** Why the agent itself ends a run. Decides what its live tasks become. */
export interface Ending {
  readonly why: 'killed' | 'max-completion' | 'unhealthy' | 'failed';
  /** When what was asked for politely is forced, ms; null = it was forced at once. */
  readonly deadlineMs: number | null;
  /** Of the terminal updates, for `failed`. */
  readonly verdict?: Verdict;
}

export interface Verdict {
  readonly state: TaskState;
  readonly reason: TaskStatusReason;
  readonly message: string;
  readonly resources?: readonly Resource[];
}

export interface HealthState {
  readonly startedMs: number;
  initializing: boolean;
  failures: number;
}

export interface Timer {
  readonly atMs: number;
  readonly event: TimerEvent;
}
export type TimerEvent =
  | { readonly timer: 'registration'; readonly containerId: string }
  | { readonly timer: 'reregistration'; readonly containerId: string }
  | { readonly timer: 'grace'; readonly containerId: string }
  | { readonly timer: 'max-completion'; readonly containerId: string }
  | { readonly timer: 'resend'; readonly key: string };

/** Since the start, for `/metrics/snapshot`. */
export interface Counters {
  tasks: Partial<Record<TaskState, number>>;
  executorsTerminated: number;
  launchErrors: number;
  validUpdates: number;
  invalidUpdates: number;
  validMessages: number;
  invalidMessages: number;
  recoveryErrors: number;
}

export const COMPLETED_FRAMEWORKS_MAX = 50;
export const COMPLETED_EXECUTORS_MAX = 150;

export function newState(info: AgentInfo, settings: AgentSettings): AgentState {
  return {
    settings,
    info,
    resources: info.resources ?? [],
    frameworks: new Map(),
    completedFrameworks: [],
    runs: new Map(),
    streams: new Map(),
    timers: new Map(),
    connected: false,
    counters: {
      tasks: {},
      executorsTerminated: 0,
      launchErrors: 0,
      validUpdates: 0,
      invalidUpdates: 0,
      validMessages: 0,
      invalidMessages: 0,
      recoveryErrors: 0,
    },
  };
}

export function newFramework(info: FrameworkInfo, id: string): Framework {
  return { id, info, terminating: false, executors: new Map(), completed: [] };
}

export function hasCapability(framework: Framework | undefined, type: string): boolean {
  return framework?.info.capabilities?.some((capability) => capability.type === type) ?? false;
}

/** TASK_DROPPED and its like are for frameworks that understand them; others hear TASK_LOST. */
export function lostState(framework: Framework | undefined, state: TaskState): TaskState {
  return hasCapability(framework, 'PARTITION_AWARE') ? state : 'TASK_LOST';
}

/** Queued or launched. */
export function isLive(task: AgentTask): boolean {
  return task.phase === 'queued' || task.phase === 'launched';
}

export function millis(duration: { readonly nanoseconds: number } | undefined): number | null {
  return duration === undefined ? null : duration.nanoseconds / 1e6;
}
