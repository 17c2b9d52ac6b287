import type { TaskConfig } from '../model/config.js';
import { ASSIGNED_STATES, TERMINAL } from '../model/task.js';
import type { Task } from '../model/task.js';
import { KILL_STATES } from './machine-core.js';
import { since } from './task-core.js';

/** How long a task may be in ASSIGNED, STARTING, KILLING, RESTARTING, DRAINING or PREEMPTING, beyond what its config allows. */
export const TRANSIENT_MS = 5 * 60_000;
/**
 * After a connection of the engine, time-outs of tasks that have an agent rest so long: a master that is new too hears of its agents only as they
 * come back, and many tasks are asked for in parts, so what became of a task meanwhile is told first.
 */
export const HEARING_MS = 60_000;
/** A kill is sent again after so long, then after twice that, ... */
export const KILL_RESEND_MS = 15_000;
export const KILL_RESEND_MAX_MS = 5 * 60_000;
/** How long an ended task is kept, if its job has no more than HISTORY_PER_JOB_MAX of them ... */
export const HISTORY_MS = 2 * 24 * 3_600_000;
export const HISTORY_PER_JOB_MAX = 100;
/** ... and at least. */
export const HISTORY_MIN_MS = 3_600_000;

/**
 * When the time of a task in its state is over: null = never. For THROTTLED, when it may go; for an ended one, when it may be removed. Of a task
 * that has an agent it is not over before `restUntil`.
 */
export function timeoutAt(task: Task, config: TaskConfig, restUntil: number): number | null {
  const at = ownTimeoutAt(task, config);
  return at === null || !ASSIGNED_STATES.has(task.state) ? at : Math.max(at, restUntil);
}

function ownTimeoutAt(task: Task, config: TaskConfig): number | null {
  const from = since(task);
  switch (task.state) {
    case 'THROTTLED':
      return task.throttledUntil ?? from;
    case 'ASSIGNED':
      return from + TRANSIENT_MS;
    case 'STARTING':
      return from + TRANSIENT_MS + warmUpMs(config);
    case 'KILLING':
    case 'RESTARTING':
    case 'DRAINING':
    case 'PREEMPTING':
      return from + TRANSIENT_MS + config.killGraceMs;
    case 'PARTITIONED':
      return config.partition.reschedule ? from + config.partition.delayMs : null;
    case 'FINISHED':
    case 'FAILED':
    case 'KILLED':
    case 'LOST':
      return from + HISTORY_MS;
    case 'PENDING':
    case 'RUNNING':
      return null;
  }
}

/** How long health checks may leave an instance in STARTING before its executor fails it. */
function warmUpMs({ job: { health_check_config: checks } }: TaskConfig): number {
  const attempts = checks.max_consecutive_failures + checks.min_consecutive_successes + 1;
  return 1000 * (checks.initial_interval_secs + attempts * (checks.interval_secs + checks.timeout_secs));
}

/** Kills that are under way, and when each is sent again. In memory only: after a restart all begin anew. */
export class KillTimers {
  readonly #timers = new Map<string, { readonly at: number; readonly delayMs: number }>();

  /** A kill was sent now. */
  sent(taskId: string, now: number): void {
    const delayMs = Math.min(
      (this.#timers.get(taskId)?.delayMs ?? KILL_RESEND_MS / 2) * 2,
      KILL_RESEND_MAX_MS,
    );
    this.#timers.set(taskId, { at: now + delayMs, delayMs });
  }

  /** When to send it again; at once if it is not known to have been sent. */
  resendAt(taskId: string): number {
    return this.#timers.get(taskId)?.at ?? 0;
  }

  forget(taskId: string): void {
    this.#timers.delete(taskId);
  }

  clear(): void {
    this.#timers.clear();
  }
}

/** When something is to be done about a task: null = nothing without an event. */
export function dueAt(task: Task, config: TaskConfig, kills: KillTimers, restUntil: number): number | null {
  const timeout = timeoutAt(task, config, restUntil);
  if (timeout !== null && TERMINAL.has(task.state)) return since(task) + HISTORY_MIN_MS;
  return KILL_STATES.has(task.state) ? Math.min(kills.resendAt(task.id), timeout ?? Infinity) : timeout;
}

export interface Due {
  readonly at: number;
  readonly kind: 'task' | 'agent';
  readonly id: string;
}

/**
 * What is to be looked at when, as a binary heap. An entry is only a hint: whoever takes it looks what the record says now, so stale ones
 * do no harm, and nobody has to remove them.
 */
export class DueHeap {
  readonly #heap: Due[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(due: Due): void {
    const heap = this.#heap;
    let index = heap.push(due) - 1;
    while (index > 0) {
      const parent = (index - 1) >>> 1;
      const above = heap[parent];
      if (above === undefined || above.at <= due.at) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = due;
  }

  /** The earliest, if it is due. */
  pop(now: number): Due | undefined {
    const [first] = this.#heap;
    if (first === undefined || first.at > now) return undefined;
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
    return first;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #sink(due: Due): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      const right = left + 1;
      const child = (heap[right]?.at ?? Infinity) < (heap[left]?.at ?? Infinity) ? right : left;
      const below = heap[child];
      if (below === undefined || below.at >= due.at) break;
      heap[index] = below;
      index = child;
    }
    heap[index] = due;
  }
}
