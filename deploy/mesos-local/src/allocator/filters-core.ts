import { contains, type Bundle } from '../resources/bundle-core.js';
import type { AllocatorFramework, AllocatorOptions, Filter } from './types.js';

/** Seconds that a refused bundle stays away when the call does not say, or says something negative. */
export const DEFAULT_REFUSE_SECONDS = 5;
/** 365 days: longer refusals are cut. */
export const MAX_REFUSE_SECONDS = 365 * 24 * 3600;
/** Filters kept for one framework, role and agent; beyond that the one that ends first goes. */
export const MAX_FILTERS = 64;

/** Milliseconds that a refusal holds, for `Filters.refuse_seconds`; 0 = no filter at all. */
export function refuseMs(refuseSeconds: number | undefined, options: AllocatorOptions): number {
  if (refuseSeconds === 0) return 0;
  const asked = refuseSeconds ?? DEFAULT_REFUSE_SECONDS;
  const seconds = asked >= 0 ? Math.min(asked, MAX_REFUSE_SECONDS) : DEFAULT_REFUSE_SECONDS;
  return Math.max(seconds * 1000, options.allocationIntervalMs);
}

export function addFilter(
  framework: AllocatorFramework,
  role: string,
  agentId: string,
  filter: Filter,
  now: number,
): void {
  const agents = framework.filters.get(role) ?? new Map<string, Filter[]>();
  framework.filters.set(role, agents);
  const kept = (agents.get(agentId) ?? []).filter(
    (old) => old.untilMs > now && !(old.untilMs <= filter.untilMs && contains(filter.refused, old.refused)),
  );
  kept.push(filter);
  if (kept.length > MAX_FILTERS) kept.sort((a, b) => a.untilMs - b.untilMs).shift();
  agents.set(agentId, kept);
}

/** Whether a bundle (not allocated) is part of what was refused. Filters that ended are dropped on the way. */
export function isFiltered(
  framework: AllocatorFramework,
  role: string,
  agentId: string,
  bundle: Bundle,
  now: number,
): boolean {
  const agents = framework.filters.get(role);
  const filters = agents?.get(agentId);
  if (agents === undefined || filters === undefined) return false;
  if (filters.some((filter) => filter.untilMs <= now)) {
    const kept = filters.filter((filter) => filter.untilMs > now);
    if (kept.length === 0) agents.delete(agentId);
    else agents.set(agentId, kept);
    return kept.some((filter) => contains(filter.refused, bundle));
  }
  return filters.some((filter) => contains(filter.refused, bundle));
}
