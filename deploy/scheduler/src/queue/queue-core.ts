import type { Waiting, WaitingGroup } from '../backend.js';
import type { Refusal } from '../placement/port.js';

/** What placement has to know of a PENDING task. */
export interface WaitingTask {
  readonly id: string;
  readonly job: string;
  readonly configId: string;
  readonly pendingSince: number;
}

/** The first wait after an attempt that placed nothing, ms; it doubles with each until the longest. */
export const PENALTY_FIRST_MS = 1_000;
export const PENALTY_MAX_MS = 60_000;

interface Group {
  readonly job: string;
  readonly configId: string;
  readonly tasks: Map<string, WaitingTask>;
  refusal: Refusal | null;
  penaltyMs: number;
  nextAttemptAt: number;
}

/**
 * PENDING tasks, those of one config together: they are equal, so one attempt tells for all of them. A group is tried at once, then
 * after a penalty that doubles while nothing fits; whatever may have cured its refusal wakes it before that.
 */
export class TaskGroups {
  readonly #groups = new Map<string, Group>();
  readonly #configOf = new Map<string, string>();
  /** Who was tried first in the last round goes behind: no group waits for another's whole length. */
  #turn = 0;

  get groups(): number {
    return this.#groups.size;
  }

  get tasks(): number {
    return this.#configOf.size;
  }

  has(taskId: string): boolean {
    return this.#configOf.has(taskId);
  }

  /** A group that waits for its penalty goes on waiting: what did not fit its tasks does not fit one more. */
  add(task: WaitingTask, dueAt: number): void {
    this.#configOf.set(task.id, task.configId);
    const group = this.#groups.get(task.configId);
    if (group !== undefined) {
      group.tasks.set(task.id, task);
      if (group.refusal === null) group.nextAttemptAt = Math.min(group.nextAttemptAt, dueAt);
      return;
    }
    this.#groups.set(task.configId, {
      job: task.job,
      configId: task.configId,
      tasks: new Map([[task.id, task]]),
      refusal: null,
      penaltyMs: 0,
      nextAttemptAt: dueAt,
    });
  }

  /** It is not PENDING any more. */
  remove(taskId: string): void {
    const configId = this.#configOf.get(taskId);
    if (configId === undefined) return;
    this.#configOf.delete(taskId);
    const group = this.#groups.get(configId);
    group?.tasks.delete(taskId);
    if (group?.tasks.size === 0) this.#groups.delete(configId);
  }

  /** Configs whose time has come, in the order in which they are to be tried. */
  due(now: number): readonly string[] {
    const due = [...this.#groups.values()].filter(({ nextAttemptAt }) => nextAttemptAt <= now);
    due.sort((a, b) => a.nextAttemptAt - b.nextAttemptAt);
    const ids = due.map(({ configId }) => configId);
    if (ids.length === 0) return ids;
    this.#turn = (this.#turn + 1) % ids.length;
    return [...ids.slice(this.#turn), ...ids.slice(0, this.#turn)];
  }

  /** When the next group is due, ms since 1970; null when nothing waits. */
  nextAt(): number | null {
    let next: number | null = null;
    for (const { nextAttemptAt } of this.#groups.values())
      if (next === null || nextAttemptAt < next) next = nextAttemptAt;
    return next;
  }

  /** Longest waiting first. */
  tasksOf(configId: string): readonly string[] {
    return [...(this.#groups.get(configId)?.tasks.keys() ?? [])];
  }

  /** Nothing fits the next of its tasks. `placed`: some of them were placed before that, so the penalty begins anew. */
  refused(configId: string, refusal: Refusal, now: number, placed: boolean): void {
    const group = this.#groups.get(configId);
    if (group === undefined) return;
    const doubled = Math.min(PENALTY_MAX_MS, group.penaltyMs * 2);
    group.penaltyMs = placed || group.penaltyMs === 0 ? PENALTY_FIRST_MS : doubled;
    group.refusal = refusal;
    group.nextAttemptAt = now + group.penaltyMs;
  }

  /** Something changed that may let it fit: it is due now, and its penalty begins anew. */
  wake(configId: string, now: number): void {
    const group = this.#groups.get(configId);
    if (group === undefined) return;
    group.penaltyMs = 0;
    group.nextAttemptAt = Math.min(group.nextAttemptAt, now);
  }

  /** Of this job's groups, those that a limit refused: one of its tasks has left an agent. */
  wakeLimited(job: string, now: number): void {
    for (const group of this.#groups.values())
      if (group.job === job && (group.refusal?.counts.limit ?? 0) > 0) this.wake(group.configId, now);
  }

  /** Configs that were refused and wait, at most `max`. */
  refusedConfigs(max: number): readonly string[] {
    const ids: string[] = [];
    for (const { configId, refusal } of this.#groups.values()) {
      if (ids.length >= max) break;
      if (refusal !== null) ids.push(configId);
    }
    return ids;
  }

  waitingOf(taskId: string): Waiting | null {
    return this.#groups.get(this.#configOf.get(taskId) ?? '') ?? null;
  }

  waiting(): readonly WaitingGroup[] {
    return [...this.#groups.values()].map(({ job, configId, tasks, refusal, penaltyMs, nextAttemptAt }) => ({
      job,
      configId,
      taskIds: [...tasks.keys()],
      pendingSince: Math.min(...[...tasks.values()].map(({ pendingSince }) => pendingSince)),
      refusal,
      penaltyMs,
      nextAttemptAt,
    }));
  }

  clear(): void {
    this.#groups.clear();
    this.#configOf.clear();
  }
}
