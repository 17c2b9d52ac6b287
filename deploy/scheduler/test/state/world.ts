import { parseJob } from '@murmur/job-config';
import type { Job } from '@murmur/job-config';
import type { EngineTaskState, TaskUpdate } from '@murmur/engine';
import { isActive } from '../../src/model/task.js';
import type { Task } from '../../src/model/task.js';
import type { Transaction } from '../../src/model/tables.js';
import { createDecisions, createState, decodeTransaction, encodeTransaction } from '../../src/state/index.js';
import type { DecisionOptions, State } from '../../src/state/index.js';
import type { AgentSighting, Command, Effect, Outcome, Tx } from '../../src/state/port.js';

/** The state, its decisions, a clock and a log, as a scheduler has them. */
export const MB = 1024 * 1024;
export const JOB = 'www/prod/web';
export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export type Json = Record<string, unknown>;

export function jobOf(more: Json = {}): Job {
  const result = parseJob({
    role: 'www',
    cluster: 'local',
    environment: 'prod',
    name: 'web',
    service: true,
    instances: 3,
    task: {
      processes: [{ name: 'web', cmdline: 'serve --port {{thermos.ports[http]}}' }],
      resources: { cpu: 0.5, ram: 64 * MB, disk: 16 * MB },
    },
    ...more,
  });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.value;
}

export class World {
  state: State = createState();
  now = 1_700_000_000_000;
  /** Encoded, as on disk. */
  log: Uint8Array[] = [];
  neverFits: string | null = null;
  readonly #decisions: ReturnType<typeof createDecisions>;
  #uuids = 0;

  constructor(options: Partial<DecisionOptions> = {}) {
    this.#decisions = createDecisions(options);
    this.#decisions.reset(this.state, this.now);
  }

  get context(): { now: number; newUuid: () => string } {
    return { now: this.now, newUuid: () => `u${(this.#uuids += 1)}` };
  }

  run<T>(change: (tx: Tx) => T): T {
    const { result, committed } = this.state.transact(this.now, change);
    if (committed !== null) this.log.push(encodeTransaction(committed.transaction));
    return result;
  }

  execute(command: Command, name = 'ann'): Outcome {
    const context = {
      ...this.context,
      actor: { name, reason: 'because' },
      neverFits: () => this.neverFits,
    };
    return this.run((tx) => this.#decisions.execute(tx, command, context));
  }

  create(more: Json = {}): Outcome {
    return this.execute({ kind: 'create', job: jobOf(more) });
  }

  assign(task: Task, agentId = 'a1', ports: Record<string, number> = { http: 31_000 }): boolean {
    const placement = { agentId, host: `host-${agentId}`, ports };
    return this.run((tx) => this.#decisions.assign(tx, task.id, placement, this.context));
  }

  launchFailed(task: Task, reason = 'no'): readonly Effect[] {
    return this.run((tx) => this.#decisions.launchFailed(tx, task.id, reason, this.context));
  }

  update(taskId: string, state: EngineTaskState, more: Partial<TaskUpdate> = {}): readonly Effect[] {
    const update: TaskUpdate = {
      taskId,
      agentId: this.state.task(taskId)?.placement?.agentId ?? 'a1',
      state,
      reason: null,
      message: '',
      healthy: null,
      at: this.now,
      receipt: null,
      ...more,
    };
    return this.run((tx) => this.#decisions.update(tx, update, this.context));
  }

  seen(agentId = 'a1', more: Partial<AgentSighting> = {}): void {
    const sighting: AgentSighting = {
      agentId,
      host: `host-${agentId}`,
      url: null,
      attributes: new Map([['rack', ['r1']]]),
      free: { cpus: 4, memMb: 1024, diskMb: 1024, gpus: 0 },
      freePorts: 100,
      ...more,
    };
    this.run((tx) => this.#decisions.agentSeen(tx, sighting, this.context));
  }

  agentLost(agentId = 'a1'): readonly Effect[] {
    return this.run((tx) => this.#decisions.agentLost(tx, agentId, this.context));
  }

  /** Lets time pass, then ticks once. */
  tick(ms = 0): readonly Effect[] {
    this.now += ms;
    return this.run((tx) => this.#decisions.tick(tx, this.context));
  }

  tickWith(context: { readonly now: number; readonly newUuid: () => string }): readonly Effect[] {
    return this.run((tx) => this.#decisions.tick(tx, context));
  }

  /** The engine listens again. */
  connected(): void {
    this.#decisions.connected(this.now);
  }

  illegal(): number {
    return this.#decisions.illegalTransitions();
  }

  /** The scheduler dies and comes back: nothing but the log is left. */
  crash(): void {
    this.use(recovered(this.log));
  }

  use(state: State): void {
    this.state = state;
    this.#decisions.reset(state, this.now);
  }

  active(job = JOB): readonly Task[] {
    return this.state.activeOfJob(job);
  }

  task(instance = 0, job = JOB): Task {
    const task = this.state.activeInstance(job, instance);
    if (task === undefined) throw new Error(`no active instance ${instance}`);
    return task;
  }

  states(job = JOB): readonly string[] {
    return this.state.tasksOfJob(job).map((task) => `${task.instance} ${task.state}`);
  }

  /** Brings every instance that waits to RUNNING. */
  start(job = JOB, agentId = 'a1'): void {
    for (const task of this.active(job)) {
      if (task.state !== 'PENDING') continue;
      this.assign(task, agentId);
      this.update(task.id, 'starting');
      this.update(task.id, 'running');
    }
  }
}

export function recovered(log: readonly Uint8Array[]): State {
  const state = createState();
  for (const entry of log) state.apply(decodeTransaction(entry));
  return state;
}

export function decoded(log: readonly Uint8Array[]): readonly Transaction[] {
  return log.map(decodeTransaction);
}

/** Everything in a state that a reader can see, in an order of its own. */
export function contents(state: State): unknown {
  const lines = [...state.snapshotChunks()]
    .flatMap((chunk) => new TextDecoder().decode(chunk).split('\n'))
    .filter((line) => line.startsWith('['))
    .sort();
  const jobs = state.jobs();
  const byJob = jobs.map((job) => [
    job,
    state
      .tasksOfJob(job)
      .map(({ id }) => id)
      .sort(),
    state.activeOfJob(job).map(({ id }) => id),
  ]);
  const agents = [...state.agents()].map(({ id }) => id).sort();
  const onAgents = agents.map((id) =>
    state
      .tasksOnAgent(id)
      .map((task) => task.id)
      .sort(),
  );
  return { lines, jobs, byJob, agents, onAgents, limits: limits(state) };
}

/** Counts as the index has them, beside counts made from the records. */
export function limits(state: State): readonly (readonly [string, number, number])[] {
  const expected = new Map<string, number>();
  for (const task of state.tasks()) {
    if (!isActive(task) || task.placement === null) continue;
    const attributes = state.agent(task.placement.agentId)?.attributes ?? {};
    for (const [name, values] of Object.entries({ ...attributes, host: [task.placement.host] })) {
      for (const value of values) {
        const key = [task.job, name, value].join(' ');
        expected.set(key, (expected.get(key) ?? 0) + 1);
      }
    }
  }
  return [...expected].sort().map(([key, count]) => {
    const [job = '', name = '', value = ''] = key.split(' ');
    return [key, count, state.limitCount(job, name, value)] as const;
  });
}
