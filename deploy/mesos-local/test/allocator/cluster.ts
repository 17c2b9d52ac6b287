import {
  addAgent,
  addFramework,
  createAllocator,
  type AgentSpec,
  type AllocatorOptions,
  type AllocatorState,
  type FrameworkCapabilities,
  type FrameworkSpec,
} from '../../src/allocator/index.js';
import {
  equals,
  parseResources,
  subtract,
  sumOf,
  unallocate,
  type Bundle,
} from '../../src/resources/index.js';

const NOTHING: FrameworkCapabilities = {
  gpuResources: false,
  revocableResources: false,
  reservationRefinement: false,
  sharedResources: false,
  regionAware: false,
};

export function framework(
  frameworkId: string,
  spec: Partial<Omit<FrameworkSpec, 'capabilities'>> & {
    readonly capabilities?: Partial<FrameworkCapabilities>;
  } = {},
): FrameworkSpec {
  return {
    frameworkId,
    roles: ['*'],
    suppressedRoles: [],
    active: true,
    ...spec,
    capabilities: { ...NOTHING, ...spec.capabilities },
  };
}

export function agent(agentId: string, total: Bundle | string, spec: Partial<AgentSpec> = {}): AgentSpec {
  return {
    agentId,
    total: typeof total === 'string' ? parseResources(total) : total,
    used: new Map(),
    remote: false,
    active: true,
    unavailability: null,
    ...spec,
  };
}

export function cluster(
  frameworks: readonly FrameworkSpec[],
  agents: readonly AgentSpec[],
  options: Partial<AllocatorOptions> = {},
): AllocatorState {
  const state = createAllocator(options);
  for (const spec of frameworks) addFramework(state, spec);
  for (const spec of agents) addAgent(state, spec);
  return state;
}

/** Numbers that look random and are the same in every run: mulberry32. */
export function seeded(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** What must hold after whatever happened; throws what does not. */
export function checkBooks(state: AllocatorState): void {
  const held = new Map<string, number>();
  for (const { agentId, total, used, usedSum, free } of state.agents.values()) {
    if (!equals(usedSum, unallocate(sumOf(used.values())))) throw new Error(`${agentId}: sum of used`);
    if (!equals(free, subtract(total, usedSum))) throw new Error(`${agentId}: free`);
    for (const [frameworkId, bundle] of used) {
      for (const item of bundle) {
        if (item.type !== 'SCALAR') continue;
        const key = `${frameworkId} ${item.kind.allocatedTo ?? '*'} ${item.kind.name}`;
        held.set(key, (held.get(key) ?? 0) + item.thousandths);
      }
    }
  }
  const booked = new Map<string, number>();
  for (const node of state.tree.nodes.values()) {
    for (const share of node.frameworks.values()) {
      for (const [name, amount] of share.held)
        booked.set(`${share.frameworkId} ${node.path} ${name}`, amount);
    }
  }
  expect(booked).toEqual(held);
}
