import { setWeight, subscribe, unsubscribe } from './shares-core.js';
import type { AllocatorFramework, AllocatorState, FrameworkSpec } from './types.js';

/** A framework came, or came back; what it holds on known agents counts at once. Replaces one with the same id. */
export function addFramework(state: AllocatorState, spec: FrameworkSpec): void {
  if (state.frameworks.has(spec.frameworkId)) removeFramework(state, spec.frameworkId);
  const framework: AllocatorFramework = {
    spec,
    suppressed: new Set(spec.suppressedRoles),
    filters: new Map(),
    inverseFilters: new Map(),
  };
  state.frameworks.set(spec.frameworkId, framework);
  for (const role of spec.roles) subscribe(state.tree, role, spec.frameworkId);
}

/** New roles, capabilities or suppressions (UPDATE_FRAMEWORK, resubscription). Filters stay, but for roles it left. */
export function updateFramework(state: AllocatorState, spec: FrameworkSpec): void {
  const framework = state.frameworks.get(spec.frameworkId);
  if (framework === undefined) return;
  const roles = new Set(spec.roles);
  for (const role of framework.spec.roles) {
    if (roles.has(role)) continue;
    unsubscribe(state.tree, role, spec.frameworkId);
    framework.filters.delete(role);
  }
  for (const role of roles) subscribe(state.tree, role, spec.frameworkId);
  for (const role of framework.suppressed) {
    if (!spec.suppressedRoles.includes(role)) framework.filters.delete(role);
  }
  framework.suppressed.clear();
  for (const role of spec.suppressedRoles) framework.suppressed.add(role);
  framework.spec = spec;
}

/** It is gone for good. What it holds stays booked on the agents until `recoverResources`. */
export function removeFramework(state: AllocatorState, frameworkId: string): void {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  for (const role of framework.spec.roles) unsubscribe(state.tree, role, frameworkId);
  state.frameworks.delete(frameworkId);
  for (const agent of state.agents.values()) {
    agent.inverseOutstanding.delete(frameworkId);
    agent.inverseStatuses.delete(frameworkId);
  }
}

/** Connected again: offers may come. Its filters are kept. */
export function activateFramework(state: AllocatorState, frameworkId: string): void {
  setActive(state, frameworkId, true);
}

/** Disconnected: no more offers; filters are dropped, as a scheduler that comes back knows nothing of them. */
export function deactivateFramework(state: AllocatorState, frameworkId: string): void {
  setActive(state, frameworkId, false);
  const framework = state.frameworks.get(frameworkId);
  framework?.filters.clear();
  framework?.inverseFilters.clear();
}

function setActive(state: AllocatorState, frameworkId: string, active: boolean): void {
  const framework = state.frameworks.get(frameworkId);
  if (framework !== undefined) framework.spec = { ...framework.spec, active };
}

/** REVIVE: no role is suppressed and nothing is filtered any more. No roles = all of the framework's. */
export function reviveOffers(state: AllocatorState, frameworkId: string, roles: readonly string[]): void {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  for (const role of roles.length > 0 ? roles : framework.spec.roles) {
    framework.suppressed.delete(role);
    framework.filters.delete(role);
  }
  framework.inverseFilters.clear();
}

/** SUPPRESS: no offers for these roles. No roles = all of the framework's. */
export function suppressOffers(state: AllocatorState, frameworkId: string, roles: readonly string[]): void {
  const framework = state.frameworks.get(frameworkId);
  if (framework === undefined) return;
  for (const role of roles.length > 0 ? roles : framework.spec.roles) framework.suppressed.add(role);
}

/** A role with weight 2 may have twice the share of its sibling with weight 1. Above 0. */
export function updateWeights(
  state: AllocatorState,
  weights: readonly { readonly role: string; readonly weight: number }[],
): void {
  for (const { role, weight } of weights) setWeight(state.tree, role, weight);
}
