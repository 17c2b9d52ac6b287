import fc from 'fast-check';
import {
  activateAgent,
  activateFramework,
  addAgent,
  addFramework,
  allocate,
  createAllocator,
  deactivateAgent,
  deactivateFramework,
  recoverResources,
  removeAgent,
  removeFramework,
  reviveOffers,
  suppressOffers,
  updateAgentTotal,
  updateFramework,
  updateWeights,
  type Allocation,
  type AllocatorState,
} from '../../src/allocator/index.js';
import {
  contains,
  isInSubtree,
  parseResources,
  reservedFor,
  sumOf,
  unallocate,
} from '../../src/resources/index.js';
import { agent, checkBooks, framework, seeded } from './cluster.js';

const ROLES = ['*', 'prod', 'prod/web', 'dev'];
const SIZES = [
  'cpus:1;mem:64',
  'cpus:4;mem:4096;ports:[31000-31009]',
  'cpus:2;cpus(prod):2;mem(dev):64',
  'cpus(prod/web):1;mem:1;bugs:{a,b}',
];
const frameworkId = fc.constantFrom('f1', 'f2', 'f3');
const agentId = fc.constantFrom('a1', 'a2', 'a3', 'a4');
const size = fc.constantFrom(...SIZES).map((text) => parseResources(text));
const roles = fc.uniqueArray(fc.constantFrom(...ROLES), { minLength: 1 });

interface Model {
  readonly state: AllocatorState;
  /** Offers and tasks: what is out. */
  given: Allocation[];
  now: number;
}
type Step = (model: Model) => void;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .record({ id: frameworkId, roles, suppressed: roles, add: fc.boolean() })
    .map(({ id, suppressed, add, ...rest }): Step => (model) => {
      const spec = framework(id, { ...rest, suppressedRoles: suppressed.length > 2 ? suppressed : [] });
      if (add) addFramework(model.state, spec);
      else updateFramework(model.state, spec);
    }),
  fc.record({ id: agentId, total: size, add: fc.boolean() }).map(({ id, total, add }): Step => (model) => {
    if (add) {
      addAgent(model.state, agent(id, total));
      model.given = model.given.filter((given) => given.agentId !== id);
    } else updateAgentTotal(model.state, id, total);
  }),
  agentId.map((id): Step => (model) => {
    removeAgent(model.state, id);
    model.given = model.given.filter((given) => given.agentId !== id);
  }),
  frameworkId.map((id): Step => (model) => {
    removeFramework(model.state, id);
  }),
  fc.record({ id: frameworkId, on: fc.boolean() }).map(({ id, on }): Step => (model) => {
    (on ? activateFramework : deactivateFramework)(model.state, id);
  }),
  fc.record({ id: agentId, on: fc.boolean() }).map(({ id, on }): Step => (model) => {
    (on ? activateAgent : deactivateAgent)(model.state, id);
  }),
  fc.record({ id: frameworkId, of: roles, on: fc.boolean() }).map(({ id, of, on }): Step => (model) => {
    (on ? reviveOffers : suppressOffers)(model.state, id, of);
  }),
  fc
    .record({ role: fc.constantFrom(...ROLES), weight: fc.integer({ min: 1, max: 9 }) })
    .map((weight): Step => (model) => {
      updateWeights(model.state, [weight]);
    }),
  fc
    .record({ at: fc.nat(), seconds: fc.option(fc.integer({ min: -1, max: 20 }), { nil: null }) })
    .map(({ at, seconds }): Step => (model) => {
      const given = model.given[at % Math.max(model.given.length, 1)];
      if (given === undefined) return;
      const filters = seconds === null ? null : { refuse_seconds: seconds };
      recoverResources(model.state, { ...given, filters }, model.now);
      model.given = model.given.filter((other) => other !== given);
    }),
  fc.integer({ min: 0, max: 8000 }).map((ms): Step => (model) => {
    model.now += ms;
  }),
  fc.integer().map((seed): Step => (model) => {
    runAndCheck(model, seed);
  }),
  fc.integer().map((seed): Step => (model) => {
    runAndCheck(model, seed);
  }),
);

/** Everything that one run must respect, looked at from outside. */
function runAndCheck(model: Model, seed: number): void {
  const before = new Map([...model.state.agents].map(([id, { free }]) => [id, free]));
  const given = allocate(model.state, model.now, seeded(seed));
  for (const [id, free] of before) {
    const taken = sumOf(given.filter((one) => one.agentId === id).map((one) => unallocate(one.resources)));
    expect(contains(free, taken)).toBe(true);
    if (taken.length > 0) expect(model.state.agents.get(id)?.active).toBe(true);
  }
  for (const one of given) {
    const to = model.state.frameworks.get(one.frameworkId);
    expect(to?.spec.active).toBe(true);
    expect(to?.spec.roles).toContain(one.role);
    expect(to?.suppressed.has(one.role)).toBe(false);
    for (const { kind } of one.resources) {
      expect(kind.allocatedTo).toBe(one.role);
      expect(isInSubtree(one.role, reservedFor(kind) ?? one.role)).toBe(true);
    }
    for (const filter of to?.filters.get(one.role)?.get(one.agentId) ?? []) {
      const withheld = filter.untilMs > model.now && contains(filter.refused, unallocate(one.resources));
      expect(withheld).toBe(false);
    }
  }
  model.given.push(...given);
}

describe('the allocator', () => {
  it('keeps its books whatever happens: nothing is given twice, all that is given back is free again', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const model: Model = { state: createAllocator(), given: [], now: 0 };
        for (const one of steps) {
          one(model);
          checkBooks(model.state);
        }
        for (const given of model.given)
          recoverResources(model.state, { ...given, filters: null }, model.now);
        checkBooks(model.state);
        for (const { used, free, total } of model.state.agents.values()) {
          expect(used.size).toBe(0);
          expect(contains(free, total) && contains(total, free)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });
});
