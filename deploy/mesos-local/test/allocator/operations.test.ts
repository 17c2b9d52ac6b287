import { allocate, recoverResources, updateAllocation, updateAvailable } from '../../src/allocator/index.js';
import {
  allocate as allocateTo,
  equals,
  parseResources,
  pushReservation,
  reserveConversion,
  type Bundle,
} from '../../src/resources/index.js';
import { agent, checkBooks, cluster, framework, seeded } from './cluster.js';

const reservation = { type: 'DYNAMIC', role: 'prod', principal: 'ops' } as const;
const reserved = (text: string): Bundle => pushReservation(parseResources(text), reservation);

describe('an operation', () => {
  it('on an offer changes what the framework holds and what the agent has', () => {
    const state = cluster(
      [framework('f', { roles: ['prod'] }), framework('g', { roles: ['dev'], active: false })],
      [agent('a', 'cpus:4;mem:64')],
    );
    const [given] = allocate(state, 0, seeded(1));
    if (given === undefined) throw new Error('nothing was given');
    const { before, after } = reserveConversion(allocateTo(reserved('cpus:3'), 'prod'));
    expect(updateAllocation(state, 'a', 'f', before, after)).toBe(true);
    checkBooks(state);
    recoverResources(
      state,
      {
        ...given,
        resources: allocateTo([...parseResources('cpus:1;mem:64'), ...reserved('cpus:3')], 'prod'),
        filters: null,
      },
      0,
    );
    const known = state.agents.get('a');
    expect(known?.used.size).toBe(0);
    expect(equals(known?.free ?? [], [...parseResources('cpus:1;mem:64'), ...reserved('cpus:3')])).toBe(true);
    checkBooks(state);
  });

  it('on what the framework does not hold changes nothing', () => {
    const state = cluster([framework('f')], [agent('a', 'cpus:4')]);
    const { before, after } = reserveConversion(allocateTo(reserved('cpus:3'), 'prod'));
    expect(updateAllocation(state, 'a', 'f', before, after)).toBe(false);
    allocate(state, 0, seeded(1));
    expect(updateAllocation(state, 'a', 'f', before, after)).toBe(false);
    expect(updateAllocation(state, 'gone', 'f', before, after)).toBe(false);
    checkBooks(state);
  });

  it('of an operator works on what is free only', () => {
    const state = cluster([framework('f')], [agent('a', 'cpus:4')]);
    const { before, after } = reserveConversion(reserved('cpus:3'));
    expect(updateAvailable(state, 'a', before, after)).toBe(true);
    expect(updateAvailable(state, 'a', before, after)).toBe(false);
    expect(updateAvailable(state, 'gone', before, after)).toBe(false);
    allocate(state, 0, seeded(1));
    expect(updateAvailable(state, 'a', parseResources('cpus:1'), reserved('cpus:1'))).toBe(false);
    checkBooks(state);
  });
});
