import {
  EMPTY,
  add,
  filterItems,
  subtract,
  thousandthsOf,
  type Bundle,
  type Item,
} from '../resources/bundle-core.js';
import { reservedFor } from '../resources/kind-core.js';
import { isInSubtree } from '../resources/roles-core.js';
import { allocate as allocateTo } from '../resources/wire-core.js';
import { isFiltered } from './filters-core.js';
import { book, createTree, sortedFrameworks, sortedRoles } from './shares-core.js';
import type {
  AllocatorAgent,
  AllocatorFramework,
  AllocatorOptions,
  AllocatorState,
  Allocation,
} from './types.js';

export const DEFAULT_ALLOCATOR_OPTIONS: AllocatorOptions = {
  allocationIntervalMs: 1000,
  minAllocatable: [
    { name: 'cpus', value: 0.01 },
    { name: 'mem', value: 32 },
  ],
  filterGpuResources: true,
  fairSharingExcluded: [],
};

export function createAllocator(options: Partial<AllocatorOptions> = {}): AllocatorState {
  const all = { ...DEFAULT_ALLOCATOR_OPTIONS, ...options };
  return {
    options: all,
    frameworks: new Map(),
    agents: new Map(),
    tree: createTree(all.fairSharingExcluded),
  };
}

/**
 * One run: gives what is free of each agent to whom it is due by weighted dominant resource fairness, and books it. Agents
 * are taken in random order (`random` gives 0 <= x < 1); of each, the role with the smallest share is first to pick, and in it the
 * framework with the smallest, and a pick takes all that the role may have. `agentIds` limits the run to these.
 */
export function allocate(
  state: AllocatorState,
  now: number,
  random: () => number,
  agentIds?: Iterable<string>,
): readonly Allocation[] {
  const agents: AllocatorAgent[] = [];
  for (const agentId of agentIds ?? state.agents.keys()) {
    const agent = state.agents.get(agentId);
    if (agent?.active === true && isAllocatable(agent.free, state.options)) agents.push(agent);
  }
  shuffle(agents, random);
  const given: Allocation[] = [];
  for (const agent of agents) allocateAgent(state, agent, now, given);
  return given;
}

function allocateAgent(state: AllocatorState, agent: AllocatorAgent, now: number, given: Allocation[]): void {
  for (const node of sortedRoles(state.tree)) {
    for (const share of sortedFrameworks(state.tree, node)) {
      const framework = state.frameworks.get(share.frameworkId);
      if (framework === undefined || !mayHave(state, framework, node.path, agent)) continue;
      const resources = suitable(agent.free, node.path, framework);
      if (!isAllocatable(resources, state.options)) continue;
      if (isFiltered(framework, node.path, agent.agentId, resources, now)) continue;
      given.push(give(state, agent, share.frameworkId, node.path, resources));
      if (!isAllocatable(agent.free, state.options)) return;
    }
  }
}

function mayHave(
  state: AllocatorState,
  framework: AllocatorFramework,
  role: string,
  agent: AllocatorAgent,
): boolean {
  const { active, capabilities } = framework.spec;
  if (!active || framework.suppressed.has(role)) return false;
  if (state.options.filterGpuResources && agent.hasGpus && !capabilities.gpuResources) return false;
  return !agent.remote || capabilities.regionAware;
}

/** What of a bundle the role may have and the framework understands. */
function suitable(free: Bundle, role: string, framework: AllocatorFramework): Bundle {
  const can = framework.spec.capabilities;
  return filterItems(free, ({ kind }: Item) => {
    const owner = reservedFor(kind);
    if (owner !== null && !isInSubtree(role, owner)) return false;
    if (kind.revocable && !can.revocableResources) return false;
    if (kind.shared && !can.sharedResources) return false;
    return kind.reservations.length < 2 || can.reservationRefinement;
  });
}

function give(
  state: AllocatorState,
  agent: AllocatorAgent,
  frameworkId: string,
  role: string,
  free: Bundle,
): Allocation {
  const resources = allocateTo(free, role);
  const held = agent.used.get(frameworkId) ?? EMPTY;
  agent.used.set(frameworkId, add(held, resources));
  agent.usedSum = add(agent.usedSum, free);
  agent.free = subtract(agent.free, free);
  book(state.tree, frameworkId, resources, 1);
  return { frameworkId, role, agentId: agent.agentId, resources };
}

/** Whether there is enough of anything to be worth an offer. */
export function isAllocatable(bundle: Bundle, options: AllocatorOptions): boolean {
  return options.minAllocatable.some(({ name, value }) => thousandthsOf(bundle, name) >= value * 1000);
}

/** Fisher and Yates. */
function shuffle(items: AllocatorAgent[], random: () => number): void {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    const a = items[i];
    const b = items[j];
    if (a === undefined || b === undefined) continue;
    items[i] = b;
    items[j] = a;
  }
}
