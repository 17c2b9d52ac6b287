import type { ClusterShape } from '@murmur/scheduler-api';
import type { EngineOffer } from '@murmur/engine';
import type { Sizes } from './model/agent.js';
import type { TaskConfig } from './model/config.js';
import type { Refusal } from './placement/port.js';
import type { BackupInfo } from './storage/port.js';
import type { Actor, Command, Committed, Outcome, StateView } from './state/port.js';

/** Offers of one agent, held together. */
export interface HeldOffer {
  readonly agentId: string;
  readonly offers: readonly EngineOffer[];
  readonly heldSince: number;
}

/** Equal tasks that wait for an agent. */
export interface WaitingGroup {
  readonly job: string;
  readonly configId: string;
  readonly taskIds: readonly string[];
  readonly pendingSince: number;
  /** Of the last attempt; null before the first. */
  readonly refusal: Refusal | null;
  readonly penaltyMs: number;
  readonly nextAttemptAt: number | null;
}

/** Why a pending task still waits: of its group. */
export type Waiting = Pick<WaitingGroup, 'refusal' | 'nextAttemptAt'>;

export interface Capacity {
  readonly needs: Sizes;
  readonly count: number;
  readonly refusal: Refusal | null;
}

/** `execute` of a scheduler that is not ready; its `code` is one of the API's. */
export class NotReadyError extends Error {
  override readonly name = 'NotReadyError';
  readonly code = 'not-ready';
}

/** What the HTTP side needs of the running scheduler. */
export interface Backend {
  readonly state: StateView;
  status(): Omit<ClusterShape, 'tasks' | 'agents'>;
  /** Resolves when it is durable. Rejects when this scheduler does not lead or is not ready. */
  execute(command: Command, actor: Actor): Promise<Outcome>;
  waiting(): readonly WaitingGroup[];
  /** The group of one task, without a look at the others; null when it does not wait. */
  waitingOf(taskId: string): Waiting | null;
  offers(): readonly HeldOffer[];
  /** `needs` includes the executor. */
  capacity(config: TaskConfig, max: number): Capacity;
  /** Told after each commit, in order; `position` is the log's. */
  onCommitted(listener: (committed: Committed, position: number) => void): () => void;
  snapshot(): Promise<number>;
  backup(): Promise<BackupInfo>;
  backups(): Promise<readonly BackupInfo[]>;
  /** How many tasks were asked for; 0 for implicit. */
  reconcile(kind: 'explicit' | 'implicit'): Promise<number>;
}

/** Why nothing fits, in one sentence: `no agent fits: 3 have insufficient cpu, ...`. Written once, used by API and CLI. */
export type RefusalText = (refusal: Refusal) => string;

/** What a job needs of an agent with its executor, from the scheduler's flags. */
export interface ExecutorOverhead {
  readonly cpus: number;
  readonly memMb: number;
  readonly diskMb: number;
}
