import type { Log } from '@murmur/service';

/** What a task needs of Aurora's schema to run; templates are resolved. Names and units are Aurora's (seconds, bytes). */
export interface RunnerTask {
  readonly name: string;
  readonly processes: readonly RunnerProcess[];
  /** Each `order` list: one may start when the one before it succeeded. */
  readonly constraints: readonly { readonly order?: readonly string[] | undefined }[];
  /** So many failed processes make the task FAILED; 0 = any number may fail. */
  readonly max_failures: number;
  /** So many processes at a time; 0 = any number. */
  readonly max_concurrency: number;
  /** Seconds from the end of ACTIVE until everything that still runs gets SIGKILL. */
  readonly finalization_wait: number;
}

export interface RunnerProcess {
  /** `^[^./][^/]*$`: it names folders. */
  readonly name: string;
  readonly cmdline: string;
  /** So many failed runs make the process FAILED; 0 = any number. */
  readonly max_failures: number;
  /** A run that succeeded is repeated too. */
  readonly daemon: boolean;
  /** The task does not wait for it. */
  readonly ephemeral: boolean;
  /** Seconds between the starts of two runs, at the least. */
  readonly min_duration: number;
  /** Runs in FINALIZING only. */
  readonly final: boolean;
  /** Absent: the runner's `loggerDefaults`. */
  readonly logger?: RunnerLogger | undefined;
}

export interface RunnerLogger {
  readonly destination: 'file' | 'console' | 'both' | 'none';
  readonly mode: 'standard' | 'rotate';
  /** Absent: `DEFAULT_ROTATE`. */
  readonly rotate?: { readonly log_size: number; readonly backups: number } | undefined;
}

/** A log of 100 MB is rotated, and five older ones are kept. */
export const DEFAULT_ROTATE = { log_size: 104_857_600, backups: 5 } as const;

export const TASK_STATES = [
  'ACTIVE',
  'CLEANING',
  'FINALIZING',
  'SUCCESS',
  'FAILED',
  'KILLED',
  'LOST',
] as const;
export type TaskState = (typeof TASK_STATES)[number];

export const PROCESS_STATES = [
  'WAITING',
  'FORKED',
  'RUNNING',
  'SUCCESS',
  'FAILED',
  'KILLED',
  'LOST',
] as const;
export type ProcessState = (typeof PROCESS_STATES)[number];

/** A process and its latest run. Times are ms since 1970, null = not yet. */
export interface ProcessView {
  readonly name: string;
  readonly state: ProcessState;
  /** Runs begun; the latest is number `runs - 1`, its output is in `.logs/<name>/<runs - 1>`. */
  readonly runs: number;
  /** Runs that failed; KILLED and LOST ones do not count. */
  readonly failures: number;
  /** Of the latest run: also its session id. */
  readonly pid: number | null;
  /** Start of that pid in clock ticks since boot (field 22 of /proc/PID/stat): tells it from a later owner of the number. */
  readonly startTicks: number | null;
  /** Exit code; a run ended by signal n has -n. */
  readonly returnCode: number | null;
  readonly forkedAt: number | null;
  readonly startedAt: number | null;
  readonly finishedAt: number | null;
}

export interface TaskView {
  readonly taskId: string;
  readonly task: RunnerTask;
  readonly state: TaskState;
  /** Why it is not ACTIVE any more, for people; null while it is. */
  readonly reason: string | null;
  readonly sandbox: string;
  readonly user: string | null;
  readonly startedAt: number;
  readonly finishedAt: number | null;
  /** In the order of `task.processes`. */
  readonly processes: readonly ProcessView[];
}

/** What the tree of one running process uses now. */
export interface ProcessUsage {
  readonly name: string;
  readonly run: number;
  readonly pid: number;
  /** User and system time of the tree, with its children that were waited for. */
  readonly cpuSeconds: number;
  readonly rssBytes: number;
  readonly threads: number;
  readonly processes: number;
}

export interface RunnerOptions {
  readonly task: RunnerTask;
  /** One path segment. */
  readonly taskId: string;
  /** Exists; belongs to `user`. */
  readonly sandbox: string;
  /** The checkpoint is the folder `<checkpointRoot>/<taskId>`, for the runner's own user only. */
  readonly checkpointRoot: string;
  /** Who the processes run as; null = who the runner runs as. Another user needs root. */
  readonly user: string | null;
  /** Added to HOME, LOGNAME, USER and PATH. */
  readonly env: Readonly<Record<string, string>>;
  /** The runner's own environment too. */
  readonly preserveEnv?: boolean;
  readonly loggerDefaults: RunnerLogger;
  /** SIGTERM to SIGKILL in CLEANING, unless `kill` says otherwise; `finalization_wait` is the upper bound. */
  readonly killGraceMs?: number;
  /** How often sizes of rotated logs are looked at. */
  readonly logCheckMs?: number;
  /** How often exits are looked for. */
  readonly pollMs?: number;
  readonly log: Log;
  readonly now?: () => number;
}

/** Runs one task. Processes outlive it: a runner that finds a checkpoint goes on where the one before it was. */
export interface Runner {
  /** Begins, or goes on from the checkpoint. Throws `RunnerError` (user, sandbox, checkpoint held by a living runner). */
  start(): Promise<void>;
  view(): TaskView;
  /** Called after each change of state, in order; the returned function ends it. */
  onChange(listener: (view: TaskView) => void): () => void;
  /** CLEANING, FINALIZING, then the terminal state with which this resolves. A later call may only shorten the grace. */
  kill(graceMs?: number): Promise<TaskView>;
  /** The terminal state, once nothing of the task is left in /proc. Pending for good after `detach`. */
  readonly finished: Promise<TaskView>;
  usage(): Promise<readonly ProcessUsage[]>;
  /** Lets go of the task and leaves its processes alone; another runner may go on. */
  detach(): Promise<void>;
}

export class RunnerError extends Error {
  override readonly name = 'RunnerError';
}
