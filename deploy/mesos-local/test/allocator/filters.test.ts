import fc from 'fast-check';
import {
  DEFAULT_ALLOCATOR_OPTIONS,
  MAX_FILTERS,
  addAgent,
  addFilter,
  allocate,
  deactivateFramework,
  activateFramework,
  forgetFilters,
  isFiltered,
  recoverResources,
  refuseMs,
  reviveOffers,
  updateFramework,
  type AllocatorState,
} from '../../src/allocator/index.js';
import { add, contains, parseResources, unallocate } from '../../src/resources/index.js';
import { agent, cluster, framework, seeded } from './cluster.js';

function declined(filters: { refuse_seconds?: number } = {}): AllocatorState {
  const state = cluster([framework('f', { roles: ['x'] })], [agent('a', 'cpus:4;mem:4096')]);
  for (const given of allocate(state, 0, seeded(1))) recoverResources(state, { ...given, filters }, 0);
  return state;
}
const offers = (state: AllocatorState, now: number): number => allocate(state, now, seeded(1)).length;

describe('a refusal', () => {
  it.each([
    [undefined, 5000],
    [0, 0],
    [-1, 5000],
    [NaN, 5000],
    [0.2, 1000],
    [30, 30_000],
    [400 * 24 * 3600, 365 * 24 * 3600 * 1000],
    [Infinity, 365 * 24 * 3600 * 1000],
  ])('with refuse_seconds %p holds %p ms', (seconds, ms) => {
    expect(refuseMs(seconds, DEFAULT_ALLOCATOR_OPTIONS)).toBe(ms);
  });

  it('keeps what was refused away until it ends', () => {
    expect(offers(declined(), 4999)).toBe(0);
    expect(offers(declined(), 5000)).toBe(1);
    expect(offers(declined({ refuse_seconds: 0 }), 0)).toBe(1);
    expect(offers(declined({ refuse_seconds: 60 }), 59_999)).toBe(0);
  });

  it('does not count for other frameworks, roles and agents', () => {
    const state = cluster(
      [framework('f', { roles: ['x', 'y'] }), framework('g', { roles: ['x'], active: false })],
      [agent('a', 'cpus:4')],
    );
    const refuse = (): string[] =>
      allocate(state, 0, seeded(1)).map((given) => {
        recoverResources(state, { ...given, filters: {} }, 0);
        return `${given.frameworkId} ${given.role} ${given.agentId}`;
      });
    expect(refuse()).toEqual(['f x a']);
    expect(refuse()).toEqual(['f y a']);
    expect(refuse()).toEqual([]);
    addAgent(state, agent('b', 'cpus:4'));
    expect(refuse()).toHaveLength(1);
    activateFramework(state, 'g');
    expect(refuse()).toContain('g x a');
  });

  it('is over when the framework revives, comes back, or when the agent changes', () => {
    const forgetting: ((state: AllocatorState) => void)[] = [
      (state) => {
        reviveOffers(state, 'f', []);
      },
      (state) => {
        reviveOffers(state, 'f', ['x']);
      },
      (state) => {
        deactivateFramework(state, 'f');
        activateFramework(state, 'f');
      },
      (state) => {
        forgetFilters(state, 'a');
      },
      (state) => {
        addAgent(state, agent('a', 'cpus:4;mem:4096'));
      },
      (state) => {
        updateFramework(state, framework('f', { roles: ['x'], suppressedRoles: ['x'] }));
        updateFramework(state, framework('f', { roles: ['x'] }));
      },
    ];
    for (const forget of forgetting) {
      const state = declined({ refuse_seconds: 600 });
      forget(state);
      expect(offers(state, 1)).toBe(1);
    }
  });

  it('withholds exactly the bundles that it contains, and none once it ended', () => {
    const amount = fc.integer({ min: 1, max: 8 }).map((n) => parseResources(`cpus:${String(n)}`));
    const ports = fc
      .integer({ min: 1, max: 9 })
      .map((n) => parseResources(`mem:${String(n * 64)};ports:[1-${String(n)}]`));
    const bundle = fc.tuple(amount, ports).map(([a, b]) => add(a, b));
    fc.assert(
      fc.property(bundle, bundle, fc.integer({ min: 0, max: 10_000 }), (refused, total, now) => {
        const state = cluster([framework('f')], [agent('a', refused)]);
        for (const given of allocate(state, 0, seeded(1))) {
          recoverResources(state, { ...given, filters: { refuse_seconds: 5 } }, 0);
        }
        const known = state.agents.get('a');
        if (known === undefined) throw new Error('no agent');
        known.total = total;
        known.free = total;
        const [given] = allocate(state, now, seeded(1));
        expect(given === undefined).toBe(now < 5000 && contains(refused, total));
        if (given !== undefined) expect(unallocate(given.resources)).toEqual(total);
      }),
    );
  });

  it('is kept beside others: at most so many for one agent, the ones that end first go', () => {
    const state = cluster([framework('f')], []);
    const known = state.frameworks.get('f');
    if (known === undefined) throw new Error('no framework');
    const ports = (n: number): ReturnType<typeof parseResources> =>
      parseResources(`ports:[${String(n)}-${String(n)}]`);
    for (let n = 0; n <= MAX_FILTERS; n++) {
      addFilter(known, 'x', 'a', { refused: ports(n), untilMs: 1000 + n }, 0);
    }
    const filtered = (n: number, now: number): boolean => isFiltered(known, 'x', 'a', ports(n), now);
    expect(known.filters.get('x')?.get('a')).toHaveLength(MAX_FILTERS);
    expect([filtered(0, 0), filtered(1, 0), filtered(MAX_FILTERS, 0)]).toEqual([false, true, true]);
    expect(filtered(MAX_FILTERS, 1000 + MAX_FILTERS - 1)).toBe(true);
    expect(filtered(MAX_FILTERS, 1000 + MAX_FILTERS)).toBe(false);
    expect(known.filters.get('x')?.size).toBe(0);
  });

  it('takes the place of a smaller one that ends no later', () => {
    const state = declined({ refuse_seconds: 5 });
    const known = state.frameworks.get('f');
    if (known === undefined) throw new Error('no framework');
    addFilter(known, 'x', 'a', { refused: parseResources('cpus:9;mem:9999'), untilMs: 9000 }, 0);
    expect(known.filters.get('x')?.get('a')).toHaveLength(1);
  });
});
