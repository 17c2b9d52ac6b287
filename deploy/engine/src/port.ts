/**
 * What a scheduler schedules onto. No word of it is Mesos's: another engine can stand behind it. Sizes are in MiB, times in ms
 * since 1970, durations in ms. Everything is at least once and in any order between agents; `reconcile` is how a scheduler
 * learns what it missed.
 */

export interface PortRange {
  readonly first: number;
  /** Inclusive. */
  readonly last: number;
}

export interface Amounts {
  readonly cpus: number;
  readonly memMb: number;
  readonly diskMb: number;
  readonly gpus: number;
  /** Sorted, without overlap. */
  readonly ports: readonly PortRange[];
}

/** When a machine will be away. */
export interface Absence {
  readonly startAt: number;
  /** null = for ever. */
  readonly durationMs: number | null;
}

/** Free room on one agent, held for this scheduler until it answers or the engine takes it back. */
export interface EngineOffer {
  readonly id: string;
  readonly agentId: string;
  readonly hostname: string;
  /** Where people and tools reach the agent, `http://host:port`, if the engine says. */
  readonly agentUrl: string | null;
  readonly resources: Amounts;
  /** The part that may be taken back at any time, not contained in `resources`. */
  readonly revocable: Amounts;
  /** A name may have several values; numbers and ranges as text. */
  readonly attributes: ReadonlyMap<string, readonly string[]>;
  readonly absence: Absence | null;
}

/** The engine asks for an agent back by `absence.startAt`; the answer is only advice to it. */
export interface EngineInverseOffer {
  readonly id: string;
  readonly agentId: string | null;
  readonly absence: Absence;
}

export interface Artifact {
  readonly uri: string;
  readonly executable: boolean;
  readonly extract: boolean;
}

/** The program that runs a task on its agent. */
export interface Executor {
  readonly id: string;
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly artifacts: readonly Artifact[];
  /** Its own needs, on top of the task's. */
  readonly resources: Pick<Amounts, 'cpus' | 'memMb' | 'diskMb'>;
  readonly shutdownGraceMs: number | null;
  readonly user: string | null;
}

export interface Launch {
  readonly taskId: string;
  readonly name: string;
  readonly agentId: string;
  readonly resources: Amounts;
  /** Which resources come out of the offer's revocable part. */
  readonly revocable: readonly 'cpus'[];
  readonly executor: Executor;
  /** For the executor; no more than a few hundred KiB. */
  readonly data: Uint8Array;
  readonly labels: Readonly<Record<string, string>>;
  /** Port names, for whoever discovers through the engine. */
  readonly portNames: Readonly<Record<string, number>>;
}

export const TASK_STATES = [
  'staging',
  'starting',
  'running',
  'killing',
  'finished',
  'failed',
  'killed',
  /** The launch was not valid. */
  'error',
  /** The engine has no more to say of it; it may have run, or run still. */
  'lost',
  /** Never started. */
  'dropped',
  /** Its agent cannot be reached; it may come back. */
  'unreachable',
  'gone',
  /** The engine does not know it. */
  'unknown',
] as const;
export type EngineTaskState = (typeof TASK_STATES)[number];

/** States that no task leaves. `lost`, `unreachable` and `unknown` may resurrect. */
export const TERMINAL_STATES: ReadonlySet<EngineTaskState> = new Set([
  'finished',
  'failed',
  'killed',
  'error',
  'dropped',
  'gone',
]);

/** Why a task is in its state, as far as a scheduler acts on it; `other` has its story in `message`. */
export type Reason =
  | 'memory-limit'
  | 'disk-limit'
  | 'launch-failed'
  | 'invalid'
  | 'offer-gone'
  | 'agent-removed'
  | 'agent-draining'
  | 'agent-returned'
  | 'executor-ended'
  | 'reconciliation'
  | 'other';

export interface TaskUpdate {
  readonly taskId: string;
  readonly agentId: string | null;
  readonly state: EngineTaskState;
  readonly reason: Reason | null;
  readonly message: string;
  readonly healthy: boolean | null;
  readonly at: number;
  /** Set where the engine waits for `acknowledge`; it repeats the update until then. */
  readonly receipt: string | null;
}

export type EngineEvent =
  /** `frameworkId` must be stored: with it, tasks are found again after a restart. */
  | { readonly kind: 'connected'; readonly frameworkId: string }
  /** All offers are void. The engine tries to come back by itself. */
  | { readonly kind: 'disconnected'; readonly reason: string }
  /** For good: this registration is over (removed, or taken by another scheduler). null after `stop`. */
  | { readonly kind: 'ended'; readonly reason: string | null }
  | { readonly kind: 'offers'; readonly offers: readonly EngineOffer[] }
  | { readonly kind: 'offer-rescinded'; readonly offerId: string }
  | { readonly kind: 'inverse-offers'; readonly offers: readonly EngineInverseOffer[] }
  | { readonly kind: 'inverse-offer-rescinded'; readonly offerId: string }
  | { readonly kind: 'update'; readonly update: TaskUpdate }
  | { readonly kind: 'agent-lost'; readonly agentId: string }
  | {
      readonly kind: 'executor-lost';
      readonly agentId: string;
      readonly executorId: string;
      /** Exit code, or null where it died otherwise. */
      readonly exitCode: number | null;
    };

/** An order that the engine did not take. `sure` = it had no effect; otherwise reconcile. */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly sure: boolean;
  constructor(message: string, sure: boolean) {
    super(message);
    this.sure = sure;
  }
}

/**
 * Orders resolve when the engine has taken them, which says nothing of their outcome: that comes as events. They are carried out
 * in the order in which they were given. All reject with EngineError while not connected.
 */
export interface Engine {
  /** Uses up the offers (all of one agent): launches, and refuses the rest of them for `refuseMs`. */
  launch(offerIds: readonly string[], launches: readonly Launch[], refuseMs: number): Promise<void>;
  decline(offerIds: readonly string[], refuseMs: number): Promise<void>;
  /** Offers again what was refused. */
  revive(): Promise<void>;
  /** No offers until `revive`. */
  suppress(): Promise<void>;
  kill(taskId: string, agentId: string | null, graceMs: number | null): Promise<void>;
  acknowledge(update: TaskUpdate): Promise<void>;
  /** Asks for the state of these tasks; of all that it knows when the list is empty. */
  reconcile(tasks: readonly { readonly taskId: string; readonly agentId: string | null }[]): Promise<void>;
  answerInverseOffers(offerIds: readonly string[], accept: boolean): Promise<void>;
  connected(): boolean;
  /** Leaves; tasks go on for the failover time-out. With `teardown` they are killed and the registration ends. */
  stop(options?: { readonly teardown: boolean }): Promise<void>;
}
