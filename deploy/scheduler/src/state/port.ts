import type { Job } from '@murmur/job-config';
import type { ErrorCode } from '@murmur/scheduler-api';
import type { TaskUpdate } from '@murmur/engine';
import type { AgentRecord } from '../model/agent.js';
import type { TaskConfig } from '../model/config.js';
import type { AuditEntry, TableName, Tables, Transaction } from '../model/tables.js';
import type { Placement, Task, TaskState } from '../model/task.js';

/** Everything the scheduler knows, in memory, with the indexes that its readers need. Records are never changed in place. */
export interface StateView {
  task(id: string): Task | undefined;
  tasks(): Iterable<Task>;
  readonly taskCount: number;
  /** Keys (`role/environment/name`) of jobs with any task, ended ones too; sorted. */
  jobs(): readonly string[];
  /** All of a job, ended ones too; by instance, newest first. */
  tasksOfJob(job: string): readonly Task[];
  activeOfJob(job: string): readonly Task[];
  activeInstance(job: string, instance: number): Task | undefined;
  /** Those in ASSIGNED_STATES. */
  tasksOnAgent(agentId: string): readonly Task[];
  tasksInState(state: TaskState): Iterable<Task>;
  countInState(state: TaskState): number;
  config(id: string): TaskConfig | undefined;
  agent(id: string): AgentRecord | undefined;
  agents(): Iterable<AgentRecord>;
  /** Active tasks of the job on agents that have this value; `host` is an attribute too. */
  limitCount(job: string, attribute: string, value: string): number;
  meta(key: string): string | undefined;
  /** Newest first. */
  audit(limit: number, before?: string): readonly AuditEntry[];
}

/** A transaction under way. What is written is seen at once, also through the StateView it belongs to. */
export interface Tx extends StateView {
  put<T extends TableName>(table: T, key: string, value: Tables[T]): void;
  delete(table: TableName, key: string): void;
  readonly auditCount: number;
  /** Ids of configs that no task refers to. */
  unusedConfigs(): Iterable<string>;
}

/** What a decision asks for. It is performed only once the transaction is durable. */
export type Effect = {
  readonly kind: 'kill';
  readonly taskId: string;
  readonly agentId: string | null;
  readonly graceMs: number | null;
};

export interface Actor {
  readonly name: string;
  /** Why, in the actor's words. */
  readonly reason: string | null;
}

/** What a user may ask. Instances null: all that are active. */
export type Command =
  | { readonly kind: 'create'; readonly job: Job }
  | { readonly kind: 'kill'; readonly job: string; readonly instances: readonly number[] | null }
  /** Clones the config of `instance`. */
  | { readonly kind: 'add'; readonly job: string; readonly instance: number; readonly count: number }
  | { readonly kind: 'restart'; readonly job: string; readonly instances: readonly number[] | null }
  /** Adds clones of the lowest instance at the lowest free numbers, or kills the highest. */
  | { readonly kind: 'scale'; readonly job: string; readonly instances: number };

export interface CommandContext {
  readonly now: number;
  readonly actor: Actor;
  /** A new UUID for a task id. */
  readonly newUuid: () => string;
  /** Why no agent that is known could ever take it, or null. */
  readonly neverFits: (config: TaskConfig) => string | null;
}

export type Outcome =
  | {
      readonly ok: true;
      /** One line for people: `3 instances of www/prod/web are pending`. */
      readonly text: string;
      /** The instances it touched. */
      readonly instances: readonly number[];
      readonly effects: readonly Effect[];
    }
  | { readonly ok: false; readonly code: ErrorCode; readonly message: string };

/** What decisions take beside the transaction. */
export interface DecisionContext {
  readonly now: number;
  readonly newUuid: () => string;
}

/** The decisions over the state. Each takes the transaction, what happened, and time; it writes, and says what else is to be done. */
export interface Decisions {
  /** A user's command, with its audit entry (refusals too). A refused one changes nothing else. */
  execute(tx: Tx, command: Command, context: CommandContext): Outcome;
  /** PENDING -> ASSIGNED. False when it is not PENDING any more. */
  assign(tx: Tx, taskId: string, placement: Placement, context: DecisionContext): boolean;
  /** A launch that surely was not taken: ASSIGNED -> LOST, with its replacement. */
  launchFailed(tx: Tx, taskId: string, reason: string, context: DecisionContext): readonly Effect[];
  /** An engine's status update, also one of reconciliation; of an unknown or ended task that is alive: a kill. */
  update(tx: Tx, update: TaskUpdate, context: DecisionContext): readonly Effect[];
  agentLost(tx: Tx, agentId: string, context: DecisionContext): readonly Effect[];
  /** An offer was seen: records its attributes and capacity; takes back `lostAt`. Writes nothing when nothing is new. */
  agentSeen(tx: Tx, agent: AgentSighting, context: DecisionContext): void;
  /**
   * Everything that is due: THROTTLED that may go, transient states that took too long, kills to be sent again, partitions
   * beyond their delay, history to be pruned, agents lost long ago without a task. To be called once a second; at most
   * TICK_TASKS_MAX tasks in one call.
   */
  tick(tx: Tx, context: DecisionContext): readonly Effect[];
  /** The state as after a restart: nothing but in-memory timers (kill re-sends) begin anew. */
  reset(state: StateView, now: number): void;
  /** The engine listens again, and has yet to say what happened meanwhile. */
  connected(now: number): void;
  /** Transitions that were asked for and refused, since the start; updates that come late or twice are not among them. */
  illegalTransitions(): number;
}

export interface AgentSighting {
  readonly agentId: string;
  readonly host: string;
  readonly url: string | null;
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  readonly free: {
    readonly cpus: number;
    readonly memMb: number;
    readonly diskMb: number;
    readonly gpus: number;
  };
  readonly freePorts: number;
}

/** What has been committed, for listeners: events of the API, the placer's index, gauges. */
export interface Committed {
  readonly transaction: Transaction;
  /** The state before, for each op, by index. */
  readonly before: readonly (Tables[TableName] | null)[];
}
