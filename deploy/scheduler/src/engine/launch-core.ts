import type { Launch } from '@murmur/engine';
import type { ExecutorOverhead } from '../backend.js';
import type { TaskConfig } from '../model/config.js';
import type { Placement, Task } from '../model/task.js';

/** How Thermos is started for a task; from the scheduler's flags. */
export interface ExecutorSettings {
  readonly node: string;
  /** murmur-thermos.cjs, at the same path on every agent. */
  readonly path: string;
  /** Further flags, as a shell reads them. */
  readonly flags: string;
  readonly overhead: ExecutorOverhead;
  /** Whom processes run as; empty: the job's role. */
  readonly taskUser: string;
}

/**
 * What an executor has beyond SIGTERM's grace until the agent ends it by force, ms: the HTTP steps of the lifecycle wait before signals,
 * and the final processes follow after them.
 */
const SHUTDOWN_EXTRA_MS = 30_000;

/**
 * The launch of a task on the agent that it was placed on. Each task has an executor of its own, so one that ends or hangs
 * touches no other. `data` is what Aurora's executor gets: the whole job, with `instance`.
 */
export function launchOf(
  task: Task & { readonly placement: Placement },
  config: TaskConfig,
  settings: ExecutorSettings,
): Launch {
  const { agentId, ports } = task.placement;
  const { cpus, memMb, diskMb } = settings.overhead;
  const { demand } = config;
  return {
    taskId: task.id,
    name: config.jobKey,
    agentId,
    resources: {
      cpus: demand.cpus,
      memMb: demand.memMb,
      diskMb: demand.diskMb,
      gpus: demand.gpus,
      ports: Object.values(ports)
        .sort((a, b) => a - b)
        .map((port) => ({ first: port, last: port })),
    },
    revocable: [],
    executor: {
      id: `thermos-${task.id}`,
      command: commandOf(settings),
      environment: {},
      artifacts: [],
      resources: { cpus, memMb, diskMb },
      shutdownGraceMs: config.killGraceMs + SHUTDOWN_EXTRA_MS,
      user: null,
    },
    data: new TextEncoder().encode(JSON.stringify(payloadOf(task.instance, config, settings.taskUser))),
    labels: { 'murmur.job': config.jobKey, 'murmur.instance': String(task.instance) },
    portNames: ports,
  };
}

/** A task that names its own user keeps it. */
function payloadOf(instance: number, { job }: TaskConfig, taskUser: string): object {
  const user = job.task.user ?? taskUser;
  return { ...job, instance, task: user === '' ? job.task : { ...job.task, user } };
}

function commandOf({ node, path, flags }: ExecutorSettings): string {
  return `exec ${quote(node)} ${quote(path)} executor${flags === '' ? '' : ` ${flags}`}`;
}

/** As a shell reads it back. */
function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
