import type { IncomingMessage, ServerResponse } from 'node:http';
import type {
  AgentInfo,
  DrainConfig,
  FrameworkInfo,
  MachineID,
  MaintenanceSchedule,
  MasterInfo,
  TaskState,
  TaskStatus,
  Unavailability,
  WeightInfo,
} from '@murmur/engine';
import type { Log } from '@murmur/service';
import type { Agent, Framework, MachineMode, MasterState, TaskRecord } from './state.js';

/** Times in ms. */
export interface MasterConfig {
  readonly info: MasterInfo;
  readonly allocationIntervalMs: number;
  readonly heartbeatIntervalMs: number;
  readonly agentPingTimeoutMs: number;
  readonly maxAgentPingTimeouts: number;
  /** How long agents of the registry may take to come back after an election. */
  readonly agentReregisterTimeoutMs: number;
  /** Offers older than this are rescinded; null = never. */
  readonly offerTimeoutMs: number | null;
  /** What an offer must hold one of; absent = the allocator's default. */
  readonly minAllocatable?: readonly { readonly name: string; readonly value: number }[];
  /** Agents must show it as bearer; null = anyone may be one. */
  readonly clusterKey: string | null;
  /** Roles that may be used; null = any. */
  readonly roles: readonly string[] | null;
}

/** Mesos's own values. */
export const MASTER_DEFAULTS = {
  allocationIntervalMs: 1_000,
  heartbeatIntervalMs: 15_000,
  agentPingTimeoutMs: 15_000,
  maxAgentPingTimeouts: 5,
  agentReregisterTimeoutMs: 600_000,
  offerTimeoutMs: null,
  clusterKey: null,
  roles: null,
} as const;

/** Who calls: a principal, nobody in particular (no authentication wanted), or somebody to be refused with 401. */
export type Authentication =
  | { readonly ok: true; readonly principal: string | null }
  | { readonly ok: false; readonly realm: string; readonly message: string };

/** What outlives a master. Times in ms. */
export interface RegistrySnapshot {
  readonly agents: readonly AgentInfo[];
  readonly unreachable: readonly { readonly info: AgentInfo; readonly at: number }[];
  readonly gone: readonly { readonly info: AgentInfo; readonly at: number }[];
  /** Agents that the operator deactivated or drains. */
  readonly deactivated: readonly {
    readonly agentId: string;
    readonly drain: { readonly config: DrainConfig; readonly drained: boolean } | null;
  }[];
  readonly weights: readonly WeightInfo[];
  readonly schedule: MaintenanceSchedule;
  readonly machines: readonly {
    readonly id: MachineID;
    readonly mode: MachineMode;
    readonly unavailability: Unavailability | null;
  }[];
}

export type RegistryChange =
  | { readonly type: 'AGENT_ADMITTED'; readonly info: AgentInfo }
  | { readonly type: 'AGENT_UNREACHABLE'; readonly info: AgentInfo; readonly at: number }
  | { readonly type: 'AGENT_REMOVED'; readonly agentId: string }
  | { readonly type: 'AGENT_GONE'; readonly info: AgentInfo; readonly at: number }
  | {
      readonly type: 'AGENT_DEACTIVATED';
      readonly agentId: string;
      readonly drain: { readonly config: DrainConfig; readonly drained: boolean } | null;
    }
  | { readonly type: 'AGENT_REACTIVATED'; readonly agentId: string }
  | { readonly type: 'WEIGHTS'; readonly weights: readonly WeightInfo[] }
  | {
      readonly type: 'MAINTENANCE';
      readonly schedule: MaintenanceSchedule;
      readonly machines: RegistrySnapshot['machines'];
    };

/** Where changes go. An agent is admitted, and one marked gone is told, only after its change is stored. */
export interface MasterRegistryPort {
  store(change: RegistryChange): Promise<void>;
}

/** What subscribers of the operator API are told, in order. The listener renders at once: records change later. */
export type OperatorEvent =
  | { readonly type: 'TASK_ADDED'; readonly task: TaskRecord }
  | {
      readonly type: 'TASK_UPDATED';
      readonly frameworkId: string;
      readonly status: TaskStatus;
      readonly state: TaskState;
    }
  | { readonly type: 'AGENT_ADDED'; readonly agent: Agent }
  | { readonly type: 'AGENT_REMOVED'; readonly agentId: string }
  | { readonly type: 'FRAMEWORK_ADDED'; readonly framework: Framework }
  | { readonly type: 'FRAMEWORK_UPDATED'; readonly framework: Framework }
  | { readonly type: 'FRAMEWORK_REMOVED'; readonly info: FrameworkInfo };

/** Of an action of the operator: done, or why not, with the status code of it. */
export type ActionResult =
  { readonly ok: true } | { readonly ok: false; readonly status: number; readonly message: string };

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface MasterOptions {
  readonly config: MasterConfig;
  /** ms since 1970. */
  readonly now: () => number;
  readonly random: () => number;
  readonly uuid: () => string;
  readonly log: Log;
  readonly registry?: MasterRegistryPort;
  /** Of calls of frameworks; absent = nobody needs to say who they are. */
  readonly authenticate?: (request: IncomingMessage) => Authentication;
}

/** The master, once elected. Whoever mounts it redirects first when it does not lead. */
export interface Master {
  readonly state: MasterState;
  /** Before `start`: what the registry has. */
  restore(snapshot: RegistrySnapshot): void;
  /** Begins to allocate and to ping. */
  start(): void;
  /** POST /api/v1/scheduler. The body must not have been read. */
  readonly schedulerHandler: Handler;
  /** POST /internal/agent and POST /internal/agent/messages. The body must not have been read. */
  readonly agentHandler: Handler;
  readonly agentMessagesHandler: Handler;
  teardown(frameworkId: string): ActionResult;
  markAgentGone(agentId: string): Promise<ActionResult>;
  drainAgent(agentId: string, config: DrainConfig): Promise<ActionResult>;
  deactivateAgent(agentId: string): Promise<ActionResult>;
  reactivateAgent(agentId: string): Promise<ActionResult>;
  updateWeights(weights: readonly WeightInfo[]): Promise<ActionResult>;
  updateMaintenanceSchedule(schedule: MaintenanceSchedule): Promise<ActionResult>;
  startMaintenance(machines: readonly MachineID[]): Promise<ActionResult>;
  stopMaintenance(machines: readonly MachineID[]): Promise<ActionResult>;
  /** Answers a function that ends the subscription. */
  subscribeOperator(listener: (event: OperatorEvent) => void): () => void;
  /** Of the allocator: runs so far, ms of the last one. For /metrics/snapshot. */
  allocationStats(): { readonly runs: number; readonly lastMs: number };
  /** Ends all streams and timers. */
  stop(): void;
}
