import type { Unavailability } from '@murmur/engine';
import {
  addAgent,
  addFramework,
  recoverResources,
  updateFramework,
  updateUnavailability,
  type AgentSpec,
  type FrameworkSpec,
  type UnavailabilityWindow,
} from '../allocator/index.js';
import { add, bundleOf, type Bundle } from '../resources/index.js';
import { phaseOf } from './states-core.js';
import type { Agent, Framework } from './state.js';
import type { Turn } from './turn-core.js';

/** What the allocator is told of frameworks and agents. */
export function specOf(framework: Framework): FrameworkSpec {
  const can = framework.capabilities;
  return {
    frameworkId: framework.id,
    roles: framework.roles,
    suppressedRoles: [...framework.suppressedRoles],
    capabilities: {
      gpuResources: can.has('GPU_RESOURCES'),
      revocableResources: can.has('REVOCABLE_RESOURCES'),
      reservationRefinement: can.has('RESERVATION_REFINEMENT'),
      sharedResources: can.has('SHARED_RESOURCES'),
      regionAware: can.has('REGION_AWARE'),
    },
    active: framework.active,
  };
}

export function allocateTo(turn: Turn, framework: Framework): void {
  if (turn.allocator.frameworks.has(framework.id)) updateFramework(turn.allocator, specOf(framework));
  else addFramework(turn.allocator, specOf(framework));
}

export function allocateFrom(turn: Turn, agent: Agent): void {
  const spec: AgentSpec = {
    agentId: agent.id,
    total: agent.total,
    used: usedOf(agent),
    remote: isRemote(turn, agent),
    active: agent.active,
    unavailability: null,
  };
  addAgent(turn.allocator, spec);
  if (agent.unavailability !== null) tellUnavailability(turn, agent);
}

/** What tasks and executors hold of an agent, by framework. For each in their own role. */
export function usedOf(agent: Agent): Map<string, Bundle> {
  const used = new Map<string, Bundle>();
  const book = (frameworkId: string, bundle: Bundle): void => {
    used.set(frameworkId, add(used.get(frameworkId) ?? [], bundle));
  };
  for (const [frameworkId, tasks] of agent.tasks) {
    for (const task of tasks.values()) {
      if (phaseOf(task.state) === 'LIVE') book(frameworkId, bundleOf(task.resources));
    }
  }
  for (const [frameworkId, executors] of agent.executors) {
    for (const executor of executors.values()) book(frameworkId, bundleOf(executor.resources));
  }
  return used;
}

/** Another region than the master's. An agent or a master without region is at home. */
function isRemote(turn: Turn, agent: Agent): boolean {
  const mine = turn.state.info.domain?.fault_domain?.region.name;
  const its = agent.info.domain?.fault_domain?.region.name;
  return mine !== undefined && its !== undefined && mine !== its;
}

export function tellUnavailability(turn: Turn, agent: Agent): void {
  updateUnavailability(turn.allocator, agent.id, windowOf(agent.unavailability));
}

export function windowOf(unavailability: Unavailability | null): UnavailabilityWindow | null {
  if (unavailability === null) return null;
  return {
    startMs: unavailability.start.nanoseconds / NANOSECONDS_PER_MS,
    durationMs:
      unavailability.duration === undefined ? null : unavailability.duration.nanoseconds / NANOSECONDS_PER_MS,
  };
}
const NANOSECONDS_PER_MS = 1_000_000;

/** Gives resources back, not as a refusal. */
export function recover(turn: Turn, frameworkId: string, agentId: string, resources: Bundle): void {
  recoverResources(turn.allocator, { frameworkId, agentId, resources, filters: null }, turn.now);
}
