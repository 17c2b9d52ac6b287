import type { Bundle } from '../resources/bundle-core.js';
import type { RoleTree } from './shares-core.js';

export interface AllocatorOptions {
  /** Milliseconds between two runs over all agents; a filter holds at least that long. */
  readonly allocationIntervalMs: number;
  /** An offer must have at least one of these scalars, in its own unit. */
  readonly minAllocatable: readonly { readonly name: string; readonly value: number }[];
  /** Agents with GPUs are for frameworks with GPU_RESOURCES only. */
  readonly filterGpuResources: boolean;
  /** Scalars that do not count for shares. */
  readonly fairSharingExcluded: readonly string[];
}

export interface FrameworkCapabilities {
  readonly gpuResources: boolean;
  readonly revocableResources: boolean;
  readonly reservationRefinement: boolean;
  readonly sharedResources: boolean;
  readonly regionAware: boolean;
}

export interface FrameworkSpec {
  readonly frameworkId: string;
  readonly roles: readonly string[];
  /** Of these roles it wants no offers. */
  readonly suppressedRoles: readonly string[];
  readonly capabilities: FrameworkCapabilities;
  /** An inactive (disconnected) framework keeps what it has and is offered nothing. */
  readonly active: boolean;
}

export interface UnavailabilityWindow {
  /** Milliseconds since 1970. */
  readonly startMs: number;
  /** null = for good. */
  readonly durationMs: number | null;
}

export interface AgentSpec {
  readonly agentId: string;
  /** Not allocated to any role; with its reservations. */
  readonly total: Bundle;
  /** What its tasks and executors hold, by framework, each allocated to a role. */
  readonly used: ReadonlyMap<string, Bundle>;
  /** In another region than the master. */
  readonly remote: boolean;
  readonly active: boolean;
  readonly unavailability: UnavailabilityWindow | null;
}

/** What an allocation run gives away: becomes one offer. */
export interface Allocation {
  readonly frameworkId: string;
  readonly role: string;
  readonly agentId: string;
  /** Allocated to `role`. */
  readonly resources: Bundle;
}

/** A framework should be asked to leave an agent. */
export interface InverseOffer {
  readonly frameworkId: string;
  readonly agentId: string;
  readonly unavailability: UnavailabilityWindow;
}

export type InverseOfferAnswer = 'ACCEPT' | 'DECLINE';

export interface InverseOfferStatus {
  readonly frameworkId: string;
  readonly answer: InverseOfferAnswer;
  readonly atMs: number;
}

/** Every bundle that `refused` contains is withheld until then. */
export interface Filter {
  readonly refused: Bundle;
  readonly untilMs: number;
}

export interface AllocatorFramework {
  spec: FrameworkSpec;
  readonly suppressed: Set<string>;
  /** role → agent → filters. */
  readonly filters: Map<string, Map<string, Filter[]>>;
  /** agent → until when no inverse offer is made. */
  readonly inverseFilters: Map<string, number>;
}

export interface AllocatorAgent {
  readonly agentId: string;
  total: Bundle;
  /** By framework, allocated to roles; what is offered too. */
  readonly used: Map<string, Bundle>;
  /** Sum of `used`, not allocated. */
  usedSum: Bundle;
  /** `total` without `usedSum`. */
  free: Bundle;
  remote: boolean;
  active: boolean;
  hasGpus: boolean;
  unavailability: UnavailabilityWindow | null;
  /** Frameworks with an inverse offer that is not yet answered. */
  readonly inverseOutstanding: Set<string>;
  readonly inverseStatuses: Map<string, InverseOfferStatus>;
}

/** Owned by the caller, changed by the functions of this folder only. */
export interface AllocatorState {
  readonly options: AllocatorOptions;
  readonly frameworks: Map<string, AllocatorFramework>;
  readonly agents: Map<string, AllocatorAgent>;
  readonly tree: RoleTree;
}
