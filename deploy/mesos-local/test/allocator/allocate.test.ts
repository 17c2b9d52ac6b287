import {
  activateAgent,
  activateFramework,
  addAgent,
  addFramework,
  addUsed,
  allocate,
  deactivateAgent,
  deactivateFramework,
  recoverResources,
  removeAgent,
  removeFramework,
  suppressOffers,
  reviveOffers,
  updateAgentTotal,
  updateFramework,
} from '../../src/allocator/index.js';
import {
  allocate as allocateTo,
  bundleOf,
  equals,
  formatBundle,
  parseResources,
  pushReservation,
} from '../../src/resources/index.js';
import { agent, checkBooks, cluster, framework, seeded } from './cluster.js';

const run = (...args: Parameters<typeof cluster>): readonly string[] =>
  allocate(cluster(...args), 0, seeded(1)).map(
    (given) => `${given.frameworkId} ${formatBundle(given.resources)}`,
  );

describe('an allocation run', () => {
  it('gives one framework on one machine everything, and then nothing more', () => {
    const state = cluster([framework('f1', { roles: ['prod'] })], [agent('a1', 'cpus:4;mem:64;ports:[1-9]')]);
    const [given, ...more] = allocate(state, 0, seeded(1));
    expect(more).toEqual([]);
    expect(given).toMatchObject({ frameworkId: 'f1', role: 'prod', agentId: 'a1' });
    expect(formatBundle(given?.resources ?? [])).toBe(
      'cpus(allocated: prod):4; mem(allocated: prod):64; ports(allocated: prod):[1-9]',
    );
    expect(allocate(state, 0, seeded(1))).toEqual([]);
    checkBooks(state);
  });

  it('can be limited to some agents', () => {
    const state = cluster([framework('f1')], [agent('a1', 'cpus:4'), agent('a2', 'cpus:4')]);
    expect(allocate(state, 0, seeded(1), ['a2', 'unknown']).map((given) => given.agentId)).toEqual(['a2']);
  });

  it('offers reserved resources to their role and to those below it only', () => {
    const total = 'cpus:1;cpus(prod):2;cpus(prod/web):3';
    const roles = (role: string): readonly string[] =>
      run([framework('f', { roles: [role] })], [agent('a', total)]);
    expect(roles('dev')).toEqual(['f cpus(allocated: dev):1']);
    expect(roles('prod')).toEqual([
      'f cpus(allocated: prod):1; cpus(allocated: prod)(reservations: [(STATIC,prod)]):2',
    ]);
    expect(roles('prod/web')[0]).toContain('[(STATIC,prod/web)]):3');
  });

  it('gives what is reserved for others to them in the same run', () => {
    const state = cluster(
      [framework('f1', { roles: ['dev'] }), framework('f2', { roles: ['prod'] })],
      [agent('a1', 'cpus:1;cpus(prod):2')],
    );
    expect(
      allocate(state, 0, seeded(1))
        .map((given) => given.frameworkId)
        .sort(),
    ).toEqual(['f1', 'f2']);
    checkBooks(state);
  });

  it('offers nothing below cpus 0.01 and mem 32, and anything else beside enough of one', () => {
    const offers = (total: string): number => run([framework('f')], [agent('a', total)]).length;
    expect(offers('cpus:0.009;mem:31;disk:1000;ports:[1-9]')).toBe(0);
    expect(offers('cpus:0.01')).toBe(1);
    expect(offers('mem:32')).toBe(1);
    expect(
      run([framework('f')], [agent('a', 'disk:5')], { minAllocatable: [{ name: 'disk', value: 5 }] }),
    ).toHaveLength(1);
  });

  it('keeps agents with GPUs for frameworks that know GPUs, unless told otherwise', () => {
    const agents = [agent('a', 'cpus:1;gpus:1')];
    const knows = framework('f', { capabilities: { gpuResources: true } });
    expect(run([framework('f')], agents)).toEqual([]);
    expect(run([knows], agents)).toHaveLength(1);
    expect(run([framework('f')], agents, { filterGpuResources: false })).toHaveLength(1);
  });

  it('keeps revocable, shared and refined resources from frameworks that do not know them', () => {
    const volume = { persistence: { id: 'v' } };
    const special = [
      ...parseResources('cpus:1'),
      ...bundleOf([
        { name: 'cpus', type: 'SCALAR', scalar: { value: 2 }, revocable: {} },
        { name: 'disk', type: 'SCALAR', scalar: { value: 4 }, disk: volume, shared: {} },
      ]),
      ...pushReservation(parseResources('cpus(prod):8'), { type: 'DYNAMIC', role: 'prod/web' }),
    ];
    const seen = (capabilities: Parameters<typeof framework>[1]): readonly string[] =>
      run([framework('f', { roles: ['prod/web'], ...capabilities })], [agent('a', special)]);
    expect(seen({})).toEqual(['f cpus(allocated: prod/web):1']);
    expect(seen({ capabilities: { revocableResources: true } })[0]).toContain('{REV}:2');
    expect(seen({ capabilities: { sharedResources: true } })[0]).toContain('<SHARED>:4');
    expect(seen({ capabilities: { reservationRefinement: true } })[0]).toContain('(DYNAMIC,prod/web)');
  });

  it('keeps agents of another region from frameworks that do not know regions', () => {
    const far = [agent('a', 'cpus:1', { remote: true })];
    expect(run([framework('f')], far)).toEqual([]);
    expect(run([framework('f', { capabilities: { regionAware: true } })], far)).toHaveLength(1);
  });
});

describe('frameworks and agents', () => {
  it('get nothing, and nothing of them is given, while they are not active', () => {
    const state = cluster([framework('f', { active: false })], [agent('a', 'cpus:1', { active: false })]);
    const count = (): number => {
      const given = allocate(state, 0, seeded(1));
      for (const one of given) recoverResources(state, { ...one, filters: null }, 0);
      return given.length;
    };
    expect(count()).toBe(0);
    activateFramework(state, 'f');
    expect(count()).toBe(0);
    activateAgent(state, 'a');
    expect(count()).toBe(1);
    deactivateAgent(state, 'a');
    expect(count()).toBe(0);
    activateAgent(state, 'a');
    deactivateFramework(state, 'f');
    expect(count()).toBe(0);
  });

  it('have suppressed roles, of which none is offered anything until it is revived', () => {
    const state = cluster(
      [framework('f', { roles: ['x', 'y'], suppressedRoles: ['x', 'y'] })],
      [agent('a', 'cpus:1')],
    );
    const roles = (): readonly string[] =>
      allocate(state, 0, seeded(1)).map((given) => {
        recoverResources(state, { ...given, filters: null }, 0);
        return given.role;
      });
    expect(roles()).toEqual([]);
    reviveOffers(state, 'f', ['y']);
    expect(roles()).toEqual(['y']);
    reviveOffers(state, 'f', []);
    suppressOffers(state, 'f', ['y']);
    expect(roles()).toEqual(['x']);
    suppressOffers(state, 'f', []);
    expect(roles()).toEqual([]);
  });

  it('may change: roles that were left get no more offers, and keep what they hold', () => {
    const state = cluster([framework('f', { roles: ['x'] })], [agent('a1', 'cpus:1')]);
    allocate(state, 0, seeded(1));
    updateFramework(state, framework('f', { roles: ['y'] }));
    addAgent(state, agent('a2', 'cpus:1'));
    expect(allocate(state, 0, seeded(1)).map((given) => given.role)).toEqual(['y']);
    checkBooks(state);
    updateFramework(state, framework('f', { roles: ['y'], suppressedRoles: ['y'] }));
    addAgent(state, agent('a3', 'cpus:1'));
    expect(allocate(state, 0, seeded(1))).toEqual([]);
  });

  it('may be removed in any order; what is recovered later is recovered once', () => {
    const state = cluster([framework('f')], [agent('a1', 'cpus:1'), agent('a2', 'cpus:1')]);
    const given = allocate(state, 0, seeded(1));
    removeFramework(state, 'f');
    removeAgent(state, 'a1');
    checkBooks(state);
    for (const one of [...given, ...given]) recoverResources(state, { ...one, filters: {} }, 0);
    checkBooks(state);
    expect(state.tree.nodes.size).toBe(1);
    addFramework(state, framework('g'));
    expect(allocate(state, 0, seeded(1)).map((one) => one.agentId)).toEqual(['a2']);
  });

  it('give back no more than they hold', () => {
    const state = cluster([framework('f'), framework('g', { active: false })], [agent('a', 'cpus:1')]);
    const [given] = allocate(state, 0, seeded(1));
    if (given === undefined) throw new Error('nothing was given');
    recoverResources(state, { ...given, frameworkId: 'g', filters: null }, 0);
    recoverResources(
      state,
      { ...given, resources: allocateTo(parseResources('cpus:7'), '*'), filters: null },
      0,
    );
    checkBooks(state);
    expect(equals(state.agents.get('a')?.free ?? [], parseResources('cpus:1'))).toBe(true);
  });

  it('may come back: the same id replaces what was there', () => {
    const state = cluster([framework('f')], [agent('a', 'cpus:1')]);
    allocate(state, 0, seeded(1));
    addAgent(state, agent('a', 'cpus:2'));
    addFramework(state, framework('f', { roles: ['x'] }));
    checkBooks(state);
    expect(allocate(state, 0, seeded(1)).map((given) => given.role)).toEqual(['x']);
  });

  it('may hold more than the total that an agent says to have now', () => {
    const state = cluster([framework('f')], [agent('a', 'cpus:4')]);
    addUsed(state, 'a', 'f', allocateTo(parseResources('cpus:3'), '*'));
    updateAgentTotal(state, 'a', parseResources('cpus:2'));
    checkBooks(state);
    expect(allocate(state, 0, seeded(1))).toEqual([]);
    recoverResources(
      state,
      { agentId: 'a', frameworkId: 'f', resources: allocateTo(parseResources('cpus:2'), '*'), filters: null },
      0,
    );
    expect(equals(state.agents.get('a')?.free ?? [], parseResources('cpus:1'))).toBe(true);
  });
});
