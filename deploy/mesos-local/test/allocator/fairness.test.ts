import fc from 'fast-check';
import {
  addAgent,
  allocate,
  createAllocator,
  recoverResources,
  roleShare,
  updateWeights,
  type AllocatorState,
} from '../../src/allocator/index.js';
import { allocate as allocateTo, parseResources, scalar, type Bundle } from '../../src/resources/index.js';
import { agent, checkBooks, cluster, framework, seeded } from './cluster.js';

const many = (count: number, total = 'cpus:4;mem:4096'): ReturnType<typeof agent>[] =>
  Array.from({ length: count }, (_, i) => agent(`a${String(i)}`, total));

function cpusBy(state: AllocatorState, key: 'frameworkId' | 'role', seed = 1): Record<string, number> {
  const cpus: Record<string, number> = {};
  for (const given of allocate(state, 0, seeded(seed))) {
    cpus[given[key]] = (cpus[given[key]] ?? 0) + scalar(given.resources, 'cpus');
  }
  return cpus;
}

describe('fair shares', () => {
  it('are equal for two frameworks, to within the share of one agent', () => {
    const sizes = fc.array(
      fc.record({ cpus: fc.integer({ min: 1, max: 32 }), mem: fc.integer({ min: 64, max: 65536 }) }),
      {
        minLength: 1,
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(sizes, fc.integer(), (machines, seed) => {
        const agents = machines.map(({ cpus, mem }, i) =>
          agent(`a${String(i)}`, `cpus:${String(cpus)};mem:${String(mem)}`),
        );
        const state = cluster([framework('f1'), framework('f2')], agents);
        const totals = { cpus: 0, mem: 0 };
        for (const { cpus, mem } of machines) {
          totals.cpus += cpus;
          totals.mem += mem;
        }
        const largest = Math.max(
          ...machines.map(({ cpus, mem }) => Math.max(cpus / totals.cpus, mem / totals.mem)),
        );
        const share = { f1: { cpus: 0, mem: 0 }, f2: { cpus: 0, mem: 0 } };
        for (const { frameworkId, resources } of allocate(state, 0, seeded(seed))) {
          const mine = share[frameworkId as 'f1' | 'f2'];
          mine.cpus += scalar(resources, 'cpus') / totals.cpus;
          mine.mem += scalar(resources, 'mem') / totals.mem;
        }
        const dominant = (mine: { cpus: number; mem: number }): number => Math.max(mine.cpus, mine.mem);
        expect(Math.abs(dominant(share.f1) - dominant(share.f2))).toBeLessThanOrEqual(largest + 1e-9);
      }),
    );
  });

  it('follow the weights of roles', () => {
    const state = cluster([framework('f1', { roles: ['a'] }), framework('f2', { roles: ['b'] })], many(40));
    updateWeights(state, [{ role: 'a', weight: 3 }]);
    expect(cpusBy(state, 'role')).toEqual({ a: 120, b: 40 });
    expect(roleShare(state.tree, 'a')).toBe(0.75);
    expect(roleShare(state.tree, 'nobody')).toBe(0);
  });

  it('are divided among siblings first: what is below a role shares what the role gets', () => {
    const state = cluster(
      ['a/x', 'a/y', 'b', 'a'].map((role) => framework(`of ${role}`, { roles: [role] })),
      many(60),
    );
    expect(cpusBy(state, 'role')).toEqual({ b: 120, a: 40, 'a/x': 40, 'a/y': 40 });
  });

  it('weigh a framework by the resource of which it has the most', () => {
    const state = cluster(
      [framework('f1'), framework('f2')],
      [
        agent('a1', 'cpus:10;mem:100', { used: new Map([['f1', used('cpus:9')]]) }),
        agent('a2', 'cpus:10;mem:100', { used: new Map([['f2', used('cpus:1;mem:99')]]) }),
      ],
    );
    // f1 has 45 % of the cpus, f2 49.5 % of the memory.
    expect(allocate(state, 0, () => 0.99)[0]?.frameworkId).toBe('f1');
  });

  it('do not count excluded resources', () => {
    const agents = [
      agent('a1', 'cpus:10;gpus:1', { used: new Map([['f1', used('gpus:1')]]) }),
      agent('a2', 'cpus:10', { used: new Map([['f2', used('cpus:1')]]) }),
    ];
    const gpus = { capabilities: { gpuResources: true } };
    const first = (fairSharingExcluded: readonly string[]): string | undefined =>
      allocate(
        cluster([framework('f1', gpus), framework('f2', gpus)], agents, { fairSharingExcluded }),
        0,
        seeded(1),
      )[0]?.frameworkId;
    expect(first([])).toBe('f2');
    expect(first(['gpus'])).toBe('f1');
  });

  it('take turns where they are equal', () => {
    const state = cluster([framework('f1'), framework('f2')], [agent('a1', 'cpus:4;mem:4096')]);
    const winners = [1, 2, 3, 4].map(() => {
      const [given] = allocate(state, 0, seeded(1));
      if (given === undefined) throw new Error('nothing was given');
      recoverResources(state, { ...given, filters: null }, 0);
      return given.frameworkId;
    });
    expect(winners).toEqual(['f1', 'f2', 'f1', 'f2']);
  });

  it('visit agents in the order that chance says', () => {
    const order = (seed: number): readonly string[] =>
      allocate(cluster([framework('f1')], many(20)), 0, seeded(seed)).map((given) => given.agentId);
    expect(order(1)).toEqual(order(1));
    expect(order(1)).not.toEqual(order(2));
    expect([...order(2)].sort()).toEqual([...order(1)].sort());
  });

  it('are kept while agents come, with what their tasks hold', () => {
    const state = createAllocator();
    addAgent(state, agent('a1', 'cpus:4;mem:64', { used: new Map([['early', used('cpus:1')]]) }));
    checkBooks(state);
    expect(roleShare(state.tree, '*')).toBe(0.25);
    addAgent(state, agent('a2', 'cpus:4;mem:64'));
    expect(roleShare(state.tree, '*')).toBe(0.125);
  });
});

function used(text: string): Bundle {
  return allocateTo(parseResources(text), '*');
}
