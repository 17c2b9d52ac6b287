import type { AgentRecord } from '../model/agent.js';
import { ASSIGNED_STATES, isActive } from '../model/task.js';
import type { Task, TaskState } from '../model/task.js';

const NONE: ReadonlySet<string> = new Set();

interface JobIndex {
  /** In the order in which they were made. */
  readonly ids: Set<string>;
  readonly active: Map<number, string>;
}

/**
 * The indexes over tasks. Each change costs what one task has of attributes, never the number of tasks; only the sorted list of
 * jobs is made anew, when it is asked for after a job came or went.
 */
export class TaskIndexes {
  readonly #jobs = new Map<string, JobIndex>();
  readonly #agents = new Map<string, Set<string>>();
  readonly #states = new Map<TaskState, Set<string>>();
  readonly #configUsers = new Map<string, number>();
  readonly #limits = new Map<string, Map<string, number>>();
  #sorted: readonly string[] | null = null;

  add(task: Task, agent: AgentRecord | undefined): void {
    let job = this.#jobs.get(task.job);
    if (job === undefined) {
      job = { ids: new Set(), active: new Map() };
      this.#jobs.set(task.job, job);
      this.#sorted = null;
    }
    job.ids.add(task.id);
    if (isActive(task)) job.active.set(task.instance, task.id);
    grow(this.#states, task.state, task.id);
    this.#configUsers.set(task.configId, this.configUsers(task.configId) + 1);
    const agentId = agentOf(task);
    if (agentId !== null) {
      grow(this.#agents, agentId, task.id);
      this.count(task, agent, 1);
    }
  }

  /** `last`: its record goes, and does not only change. */
  remove(task: Task, agent: AgentRecord | undefined, last: boolean): void {
    const job = this.#jobs.get(task.job);
    if (job?.active.get(task.instance) === task.id) job.active.delete(task.instance);
    if (last) {
      job?.ids.delete(task.id);
      if (job?.ids.size === 0) {
        this.#jobs.delete(task.job);
        this.#sorted = null;
      }
    }
    shrink(this.#states, task.state, task.id);
    const users = this.configUsers(task.configId) - 1;
    if (users > 0) this.#configUsers.set(task.configId, users);
    else this.#configUsers.delete(task.configId);
    const agentId = agentOf(task);
    if (agentId !== null) {
      shrink(this.#agents, agentId, task.id);
      this.count(task, agent, -1);
    }
  }

  /** Adds a task to, or takes it from, the counts of its job on the values that its agent has. */
  count(task: Task, agent: AgentRecord | undefined, by: 1 | -1): void {
    if (task.placement === null) return;
    this.#count(task.job, 'host', task.placement.host, by);
    for (const [attribute, values] of Object.entries(agent?.attributes ?? {})) {
      for (const value of new Set(values)) this.#count(task.job, attribute, value, by);
    }
  }

  jobs(): readonly string[] {
    this.#sorted ??= [...this.#jobs.keys()].sort();
    return this.#sorted;
  }

  ofJob(job: string): ReadonlySet<string> {
    return this.#jobs.get(job)?.ids ?? NONE;
  }

  activeOfJob(job: string): Iterable<string> {
    return this.#jobs.get(job)?.active.values() ?? [];
  }

  activeInstance(job: string, instance: number): string | undefined {
    return this.#jobs.get(job)?.active.get(instance);
  }

  onAgent(agentId: string): ReadonlySet<string> {
    return this.#agents.get(agentId) ?? NONE;
  }

  inState(state: TaskState): ReadonlySet<string> {
    return this.#states.get(state) ?? NONE;
  }

  configUsers(configId: string): number {
    return this.#configUsers.get(configId) ?? 0;
  }

  limitCount(job: string, attribute: string, value: string): number {
    return this.#limits.get(job)?.get(limitKey(attribute, value)) ?? 0;
  }

  #count(job: string, attribute: string, value: string, by: number): void {
    const counts = this.#limits.get(job) ?? new Map<string, number>();
    const key = limitKey(attribute, value);
    const count = (counts.get(key) ?? 0) + by;
    if (count === 0) counts.delete(key);
    else counts.set(key, count);
    if (counts.size === 0) this.#limits.delete(job);
    else this.#limits.set(job, counts);
  }
}

function agentOf(task: Task): string | null {
  return ASSIGNED_STATES.has(task.state) ? (task.placement?.agentId ?? null) : null;
}

function limitKey(attribute: string, value: string): string {
  return `${attribute}\0${value}`;
}

function grow<K>(index: Map<K, Set<string>>, key: K, id: string): void {
  const ids = index.get(key);
  if (ids === undefined) index.set(key, new Set([id]));
  else ids.add(id);
}

function shrink<K>(index: Map<K, Set<string>>, key: K, id: string): void {
  const ids = index.get(key);
  ids?.delete(id);
  if (ids?.size === 0) index.delete(key);
}
