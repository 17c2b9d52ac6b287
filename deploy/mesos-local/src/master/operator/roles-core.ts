/** `/roles`, `/weights`, `/quota` and their v1 forms. */
import type { MasterResponseGetRoles, Resource, WeightInfo } from '@murmur/engine';
import { add, countRanges, reservedByRole, toResources, type Bundle } from '../../resources/index.js';
import type { MasterState } from '../state.js';
import { usageOf, type Usage } from './usage-core.js';

const THOUSAND = 1_000;

/** Roles that a framework has, that hold or were offered something, or that have a weight; sorted. */
export function roleNames(state: MasterState, usage: Usage): string[] {
  const names = new Set<string>(state.weights.keys());
  for (const framework of state.frameworks.values()) for (const role of framework.roles) names.add(role);
  for (const sums of [usage.used.byRole, usage.offered.byRole])
    for (const role of sums.keys()) names.add(role);
  for (const agent of state.agents.values())
    for (const role of reservedByRole(agent.total).keys()) names.add(role);
  return [...names].sort();
}

/** Quota is not to be had here; `consumed` is what a role uses. */
export function renderRoles(state: MasterState): Record<string, unknown> {
  const usage = usageOf(state);
  const reserved = reservedQuantities(state);
  return {
    roles: roleNames(state, usage).map((name) => {
      const allocated = usage.used.byRole.of(name);
      const offered = usage.offered.byRole.of(name);
      return {
        name,
        weight: state.weights.get(name) ?? 1,
        quota: { role: name, guarantee: {}, limit: {}, consumed: amounts(allocated) },
        resources: amounts(add(allocated, offered)),
        allocated: amounts(allocated),
        offered: amounts(offered),
        reserved: reserved.get(name) ?? {},
        frameworks: frameworksOf(state, name),
      };
    }),
  };
}

/** GET_ROLES: scalars only, as Mesos lists them. */
export function getRoles(state: MasterState): MasterResponseGetRoles {
  const usage = usageOf(state);
  return {
    roles: roleNames(state, usage).map((name) => ({
      name,
      weight: state.weights.get(name) ?? 1,
      frameworks: frameworksOf(state, name).map((value) => ({ value })),
      resources: scalars(add(usage.used.byRole.of(name), usage.offered.byRole.of(name))),
    })),
  };
}

export function weightInfos(state: MasterState): WeightInfo[] {
  return [...state.weights].map(([role, weight]) => ({ weight, role }));
}

function frameworksOf(state: MasterState, role: string): string[] {
  return [...state.frameworks.values()].filter((each) => each.roles.includes(role)).map((each) => each.id);
}

function reservedQuantities(state: MasterState): Map<string, Record<string, number>> {
  const sums = new Map<string, Bundle>();
  for (const agent of state.agents.values())
    for (const [role, bundle] of reservedByRole(agent.total))
      sums.set(role, add(sums.get(role) ?? [], bundle));
  return new Map([...sums].map(([role, bundle]) => [role, amounts(bundle)]));
}

/** How much of each name: scalars by value, ranges by their length. */
function amounts(bundle: Bundle): Record<string, number> {
  const sums = new Map<string, number>();
  for (const item of bundle) {
    const before = sums.get(item.kind.name) ?? 0;
    if (item.type === 'SCALAR') sums.set(item.kind.name, before + item.thousandths);
    else {
      const units = item.type === 'RANGES' ? countRanges(item.ranges) : item.items.length;
      sums.set(item.kind.name, before + units * THOUSAND);
    }
  }
  return Object.fromEntries([...sums].sort().map(([name, n]) => [name, n / THOUSAND]));
}

function scalars(bundle: Bundle): Resource[] {
  const sums = new Map<string, number>();
  for (const resource of toResources(bundle, 'endpoint'))
    if (resource.scalar !== undefined)
      sums.set(resource.name, (sums.get(resource.name) ?? 0) + resource.scalar.value);
  return [...sums].sort().map(([name, value]) => ({
    name,
    type: 'SCALAR',
    scalar: { value: Math.round(value * THOUSAND) / THOUSAND },
  }));
}
