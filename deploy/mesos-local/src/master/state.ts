import type {
  AgentInfo,
  AgentInfoCapability,
  DrainInfo,
  ExecutorInfo,
  FrameworkInfo,
  FrameworkInfoCapabilityType,
  InverseOffer,
  KillPolicy,
  MachineID,
  MaintenanceWindow,
  MasterInfo,
  Offer,
  Task,
  TaskStatus,
  Unavailability,
} from '@murmur/engine';
import type { Bundle } from '../resources/bundle-core.js';

/** Entities that the state holds are changed in place by the cores; whoever renders them sees them read-only. */
type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Mesos's Task, with the state that is known last. Its resources are released once that state is terminal. */
export type TaskRecord = Mutable<Omit<Task, 'statuses'>> & { statuses: TaskStatus[] };

/** Completed tasks of a framework that are kept for those who look; the oldest goes first. */
export const COMPLETED_TASKS_MAX = 1_000;
/** Completed frameworks that are kept; ids older than these may subscribe again as if unknown. */
export const COMPLETED_FRAMEWORKS_MAX = 50;
/** Unreachable and gone agents that are remembered, each; the oldest goes first. */
export const LOST_AGENTS_MAX = 100_000;
/** Statuses kept of one task; two of the same state count once. */
export const STATUSES_MAX = 64;

/** An agent that is admitted here. All times are milliseconds since 1970. */
export interface Agent {
  readonly id: string;
  /** With `id`. */
  info: AgentInfo;
  /** Where tools reach it, `slave(1)@ip:port`. */
  pid: string;
  version: string;
  capabilities: readonly AgentInfoCapability[];
  /** With the dynamic reservations it stores. */
  total: Bundle;
  readonly registeredAt: number;
  reregisteredAt: number | null;
  /** Has a stream. */
  connected: boolean;
  /** May be offered: connected, and neither deactivated nor draining. */
  active: boolean;
  /** By the operator (DEACTIVATE_AGENT, DRAIN_AGENT), until REACTIVATE_AGENT. */
  deactivated: boolean;
  drain: DrainInfo | null;
  unavailability: Unavailability | null;
  /** By framework id, then task id; the same records as the framework's. */
  readonly tasks: Map<string, Map<string, TaskRecord>>;
  /** By framework id, then executor id. Custom executors only. */
  readonly executors: Map<string, Map<string, ExecutorInfo>>;
  /** Outstanding offers and inverse offers, by id. */
  readonly offers: Set<string>;
  readonly inverseOffers: Set<string>;
  /** The stream's id; null while there is none. */
  streamId: string | null;
  /** Pings without an answer. */
  pingsMissed: number;
  nextPingAt: number;
  /** Kills to send when it is back: framework id and task id. */
  readonly pendingKills: Map<string, Map<string, PendingKill>>;
}

export interface PendingKill {
  readonly policy: KillPolicy | null;
}

/** An agent from the registry that did not come back yet after this master began. */
export interface RecoveredAgent {
  readonly info: AgentInfo;
  /** Declared unreachable when it is not back by then, ms. */
  readonly deadline: number;
  /** As the operator left it. */
  readonly deactivated: boolean;
  readonly drain: DrainInfo | null;
}

export interface LostAgent {
  readonly info: AgentInfo;
  readonly at: number;
}

/** A framework that is known: connected, within its failover time-out, or heard of from an agent only (recovered). */
export interface Framework {
  readonly id: string;
  /** With `id`. */
  info: FrameworkInfo;
  /** `roles`, or the one `role`. */
  roles: readonly string[];
  capabilities: ReadonlySet<FrameworkInfoCapabilityType>;
  readonly suppressedRoles: Set<string>;
  connected: boolean;
  /** Gets offers. */
  active: boolean;
  /** Known from agents only: it has not subscribed with this master yet. */
  recovered: boolean;
  readonly registeredAt: number;
  reregisteredAt: number | null;
  unregisteredAt: number | null;
  /** When it is removed unless it subscribes again, ms. */
  failoverDeadline: number | null;
  streamId: string | null;
  /** The principal it authenticated as. */
  principal: string | null;
  nextHeartbeatAt: number;
  readonly tasks: Map<string, TaskRecord>;
  readonly unreachableTasks: Map<string, TaskRecord>;
  /** Oldest first, at most COMPLETED_TASKS_MAX. */
  readonly completedTasks: TaskRecord[];
  /** By agent id, then executor id. */
  readonly executors: Map<string, Map<string, ExecutorInfo>>;
  readonly offers: Set<string>;
  readonly inverseOffers: Set<string>;
  /** Calls, events, offers, operations counted, by the end of Mesos's metric name (`calls/accept`). */
  readonly counters: Map<string, number>;
}

export interface OfferRecord {
  /** With `reservations`; frameworks without RESERVATION_REFINEMENT were sent `role`s instead. */
  readonly offer: Offer;
  readonly frameworkId: string;
  readonly agentId: string;
  readonly role: string;
  /** What it gives, allocated to `role`. */
  readonly resources: Bundle;
  readonly createdAt: number;
}

export interface InverseOfferRecord {
  readonly inverseOffer: InverseOffer;
  readonly frameworkId: string;
  readonly agentId: string;
  readonly createdAt: number;
}

export type MachineMode = 'UP' | 'DRAINING' | 'DOWN';

/** Answer of a framework to an inverse offer. */
export interface InverseOfferAnswer {
  readonly status: 'UNKNOWN' | 'ACCEPT' | 'DECLINE';
  readonly frameworkId: string;
  readonly at: number;
}

export interface Machine {
  readonly id: MachineID;
  mode: MachineMode;
  unavailability: Unavailability | null;
  /** Agents that are on it now. */
  readonly agents: Set<string>;
  /** By agent id, then framework id. */
  readonly answers: Map<string, Map<string, InverseOfferAnswer>>;
}

export interface Maintenance {
  /** The schedule as it was given. */
  windows: readonly MaintenanceWindow[];
  /** By `machineKey`. A machine that is UP and has no agent is not listed. */
  readonly machines: Map<string, Machine>;
}

/** Everything that a master knows. Only the cores beside this file change it. */
export interface MasterState {
  info: MasterInfo;
  readonly startedAt: number;
  electedAt: number;
  readonly agents: Map<string, Agent>;
  readonly recoveredAgents: Map<string, RecoveredAgent>;
  readonly unreachableAgents: Map<string, LostAgent>;
  /** Marked gone: may never come back. */
  readonly goneAgents: Map<string, LostAgent>;
  readonly frameworks: Map<string, Framework>;
  /** Oldest first, at most COMPLETED_FRAMEWORKS_MAX. */
  readonly completedFrameworks: Map<string, Framework>;
  readonly offers: Map<string, OfferRecord>;
  readonly inverseOffers: Map<string, InverseOfferRecord>;
  /** Of roles; 1 where none is given. */
  readonly weights: Map<string, number>;
  readonly maintenance: Maintenance;
  /** Events counted, by Mesos's metric name (`master/task_killed/source_agent/reason_…`). Gauges are derived, not kept. */
  readonly counters: Map<string, number>;
  nextFramework: number;
  nextAgent: number;
  /** Offers and inverse offers share it. */
  nextOffer: number;
}

/** A master that knows nothing yet. `now` in ms. */
export function createState(info: MasterInfo, now: number): MasterState {
  return {
    info,
    startedAt: now,
    electedAt: now,
    agents: new Map(),
    recoveredAgents: new Map(),
    unreachableAgents: new Map(),
    goneAgents: new Map(),
    frameworks: new Map(),
    completedFrameworks: new Map(),
    offers: new Map(),
    inverseOffers: new Map(),
    weights: new Map(),
    maintenance: { windows: [], machines: new Map() },
    counters: new Map(),
    nextFramework: 0,
    nextAgent: 0,
    nextOffer: 0,
  };
}

/** Machines are the same when hostname (case aside) and ip are. */
export function machineKey(id: MachineID): string {
  return `${(id.hostname ?? '').toLowerCase()}|${id.ip ?? ''}`;
}
