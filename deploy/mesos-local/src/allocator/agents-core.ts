import {
  EMPTY,
  add,
  contains,
  subtract,
  sumOf,
  thousandthsOf,
  type Bundle,
} from '../resources/bundle-core.js';
import { unallocate } from '../resources/wire-core.js';
import { addFilter, refuseMs } from './filters-core.js';
import { book, changeTotals } from './shares-core.js';
import type { AgentSpec, AllocatorAgent, AllocatorState, UnavailabilityWindow } from './types.js';

/** An agent registered; what it says is used is booked to its frameworks, known or not. Replaces one with the same id. */
export function addAgent(state: AllocatorState, spec: AgentSpec): void {
  removeAgent(state, spec.agentId);
  const agent: AllocatorAgent = {
    agentId: spec.agentId,
    total: spec.total,
    used: new Map(spec.used),
    usedSum: unallocate(sumOf(spec.used.values())),
    free: EMPTY,
    remote: spec.remote,
    active: spec.active,
    hasGpus: thousandthsOf(spec.total, 'gpus') > 0,
    unavailability: spec.unavailability,
    inverseOutstanding: new Set(),
    inverseStatuses: new Map(),
  };
  agent.free = subtract(agent.total, agent.usedSum);
  state.agents.set(spec.agentId, agent);
  changeTotals(state.tree, agent.total, 1);
  for (const [frameworkId, used] of agent.used) book(state.tree, frameworkId, used, 1);
}

/** All that was given of it is forgotten; a later `recoverResources` for it does nothing. */
export function removeAgent(state: AllocatorState, agentId: string): void {
  const agent = state.agents.get(agentId);
  if (agent === undefined) return;
  for (const [frameworkId, used] of agent.used) book(state.tree, frameworkId, used, -1);
  changeTotals(state.tree, agent.total, -1);
  state.agents.delete(agentId);
  forgetFilters(state, agentId);
}

/** New total (reconfigured, or reservations changed). What is used stays; if it is more than the total, nothing is free. */
export function updateAgentTotal(state: AllocatorState, agentId: string, total: Bundle): void {
  const agent = state.agents.get(agentId);
  if (agent === undefined) return;
  changeTotals(state.tree, agent.total, -1);
  changeTotals(state.tree, total, 1);
  agent.total = total;
  agent.hasGpus = thousandthsOf(total, 'gpus') > 0;
  agent.free = subtract(total, agent.usedSum);
}

/** Its attributes changed: what was refused of it may be welcome now. */
export function forgetFilters(state: AllocatorState, agentId: string): void {
  for (const framework of state.frameworks.values()) {
    for (const agents of framework.filters.values()) agents.delete(agentId);
    framework.inverseFilters.delete(agentId);
  }
}

export function activateAgent(state: AllocatorState, agentId: string): void {
  const agent = state.agents.get(agentId);
  if (agent !== undefined) agent.active = true;
}

/** Nothing of it is offered; the caller rescinds what is. */
export function deactivateAgent(state: AllocatorState, agentId: string): void {
  const agent = state.agents.get(agentId);
  if (agent !== undefined) agent.active = false;
}

/** Maintenance was scheduled, moved, or taken back (null). Answers to earlier inverse offers count no more. */
export function updateUnavailability(
  state: AllocatorState,
  agentId: string,
  unavailability: UnavailabilityWindow | null,
): void {
  const agent = state.agents.get(agentId);
  if (agent === undefined) return;
  agent.unavailability = unavailability;
  agent.inverseOutstanding.clear();
  agent.inverseStatuses.clear();
  for (const framework of state.frameworks.values()) framework.inverseFilters.delete(agentId);
}

export interface Recovery {
  readonly frameworkId: string;
  readonly agentId: string;
  /** Allocated to their role: an offer declined, leftovers of an ACCEPT, a task's end. */
  readonly resources: Bundle;
  /** null = no filter. For a refusal: `Filters`, whose `refuse_seconds` may be unset. */
  readonly filters: { readonly refuse_seconds?: number } | null;
}

/** Gives resources back. A refusal also keeps any part of them away from the framework's role for a while. */
export function recoverResources(state: AllocatorState, recovery: Recovery, now: number): void {
  const { frameworkId, agentId, resources } = recovery;
  const agent = state.agents.get(agentId);
  if (agent === undefined || resources.length === 0) return;
  const held = agent.used.get(frameworkId) ?? EMPTY;
  const rest = subtract(held, resources);
  const given = contains(held, resources) ? resources : subtract(held, rest);
  setUsed(agent, frameworkId, rest, subtract(agent.usedSum, unallocate(given)));
  book(state.tree, frameworkId, given, -1);
  const framework = state.frameworks.get(frameworkId);
  if (recovery.filters === null || framework === undefined) return;
  const ms = refuseMs(recovery.filters.refuse_seconds, state.options);
  if (ms === 0) return;
  for (const role of new Set(resources.map((item) => item.kind.allocatedTo ?? '*'))) {
    const refused = unallocate(resources.filter((item) => (item.kind.allocatedTo ?? '*') === role));
    addFilter(framework, role, agentId, { refused, untilMs: now + ms }, now);
  }
}

/** Books more for a framework than an allocation run gave: a task that an agent says it has. */
export function addUsed(
  state: AllocatorState,
  agentId: string,
  frameworkId: string,
  resources: Bundle,
): void {
  const agent = state.agents.get(agentId);
  if (agent === undefined || resources.length === 0) return;
  const used = add(agent.used.get(frameworkId) ?? EMPTY, resources);
  setUsed(agent, frameworkId, used, add(agent.usedSum, unallocate(resources)));
  book(state.tree, frameworkId, resources, 1);
}

/**
 * An operation (RESERVE, CREATE, ...) on offered resources was accepted: `before` becomes `after` in what the framework holds
 * and in the agent's total. False, and nothing happens, where the framework does not hold `before`.
 */
export function updateAllocation(
  state: AllocatorState,
  agentId: string,
  frameworkId: string,
  before: Bundle,
  after: Bundle,
): boolean {
  const agent = state.agents.get(agentId);
  const held = agent?.used.get(frameworkId);
  if (agent === undefined || held === undefined || !contains(held, before)) return false;
  updateAgentTotal(state, agentId, add(subtract(agent.total, unallocate(before)), unallocate(after)));
  const sum = add(subtract(agent.usedSum, unallocate(before)), unallocate(after));
  setUsed(agent, frameworkId, add(subtract(held, before), after), sum);
  book(state.tree, frameworkId, before, -1);
  book(state.tree, frameworkId, after, 1);
  return true;
}

/** The same by an operator, on what is free. False where it is not free; the caller may rescind offers and try again. */
export function updateAvailable(
  state: AllocatorState,
  agentId: string,
  before: Bundle,
  after: Bundle,
): boolean {
  const agent = state.agents.get(agentId);
  if (agent === undefined || !contains(agent.free, before)) return false;
  updateAgentTotal(state, agentId, add(subtract(agent.total, before), after));
  return true;
}

function setUsed(agent: AllocatorAgent, frameworkId: string, used: Bundle, sum: Bundle): void {
  if (used.length === 0) agent.used.delete(frameworkId);
  else agent.used.set(frameworkId, used);
  agent.usedSum = sum;
  agent.free = subtract(agent.total, sum);
}
