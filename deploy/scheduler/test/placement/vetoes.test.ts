import { createPlacer } from '../../src/placement/index.js';
import type { Ask, Machine, PlaceContext } from '../../src/placement/port.js';
import { ask, context, limit, machine, not, NOW, ROOM, values } from './support.js';

function vetoes(agent: Partial<Machine>, wanted: Partial<Ask>, at: Partial<PlaceContext> = {}) {
  const placer = createPlacer();
  placer.set(machine('a', agent));
  const found = placer.vetoes('a', ask(wanted), context(at));
  // What refuses is never chosen, what does not is.
  expect(placer.place(ask(wanted), context(at))).toBe(found.length === 0 ? 'a' : null);
  return found;
}
const texts = (...args: Parameters<typeof vetoes>): string[] => vetoes(...args).map(({ text }) => text);
const small = { ...ROOM, cpus: 0.5, memMb: 300 };

describe('vetoes', () => {
  it('there are none when everything fits exactly', () => {
    const needs = { cpus: 0.3, memMb: 512, diskMb: 100, gpus: 1 };
    expect(vetoes({ free: { ...needs, cpus: 0.1 + 0.2 }, freePorts: 2 }, { needs, ports: 2 })).toEqual([]);
  });

  it('each resource that is short is named with what is needed and what is free, weighed by what is missing', () => {
    const needs = { cpus: 1, memMb: 512, diskMb: 100, gpus: 1 };
    expect(vetoes({ free: { ...small, diskMb: 99.5 }, freePorts: 0 }, { needs, ports: 2 })).toEqual([
      { kind: 'resource', about: 'cpu', score: 500, text: 'insufficient cpu: 1 needed, 0.5 free' },
      { kind: 'resource', about: 'ram', score: 415, text: 'insufficient ram: 512 MB needed, 300 MB free' },
      { kind: 'resource', about: 'disk', score: 5, text: 'insufficient disk: 100 MB needed, 99.5 MB free' },
      { kind: 'resource', about: 'gpu', score: 1000, text: 'insufficient gpu: 1 needed, 0 free' },
      { kind: 'resource', about: 'ports', score: 1000, text: 'insufficient ports: 2 needed, 0 free' },
    ]);
  });

  it('a resource that was overdrawn weighs no more than one that is absent', () => {
    const [veto] = vetoes({ free: { ...ROOM, cpus: -3 } }, {});
    expect(veto?.score).toBe(1000);
  });

  it('value constraints take any of the values of an attribute with several', () => {
    const attributes = { zone: ['a', 'b'] };
    expect(vetoes({ attributes }, { constraints: [values('zone', 'c', 'b')] })).toEqual([]);
    expect(vetoes({ attributes }, { constraints: [values('zone', 'c', 'd')] })).toEqual([
      {
        kind: 'constraint',
        about: 'zone',
        score: 10_000,
        text: 'constraint not satisfied: zone: c or d needed, a, b there',
      },
    ]);
    expect(texts({ attributes }, { constraints: [not('zone', 'b', 'x')] })).toEqual([
      'constraint not satisfied: zone: not b or x needed, a, b there',
    ]);
  });

  it('an absent attribute satisfies a negated constraint, and neither a plain one nor a limit', () => {
    expect(vetoes({}, { constraints: [not('rack', 'a')] })).toEqual([]);
    expect(texts({}, { constraints: [values('rack', 'a')] })).toEqual([
      'constraint not satisfied: rack: a needed, none there',
    ]);
    expect(vetoes({}, { constraints: [limit('rack', 2)] })).toMatchObject([
      { kind: 'constraint', text: 'constraint not satisfied: rack: limit 2 needs one, none there' },
    ]);
    expect(texts({}, { constraints: [values('constructor', 'a')] })).toHaveLength(1);
  });

  it('host is an attribute of every agent, whatever attributes say', () => {
    const attributes = { host: ['lie'] };
    expect(vetoes({ attributes }, { constraints: [values('host', 'host-a')] })).toEqual([]);
    expect(texts({ attributes }, { constraints: [not('host', 'host-a')] })).toEqual([
      'constraint not satisfied: host: not host-a needed, host-a there',
    ]);
  });

  it('a limit counts the tasks of the job on each value', () => {
    const wanted = { constraints: [limit('rack', 2)] };
    const attributes = { rack: ['r1', 'r2'] };
    const at = (count: number) => ({
      limitCount: (job: string, attribute: string, value: string) =>
        job === 'murmur/prod/web' && attribute === 'rack' && value === 'r2' ? count : 0,
    });
    expect(vetoes({ attributes }, wanted, at(1))).toEqual([]);
    expect(vetoes({ attributes }, wanted, at(2))).toEqual([
      {
        kind: 'limit',
        about: 'rack',
        score: 10_000,
        text: 'limit not satisfied: rack: at most 2 on r2 allowed, 2 there',
      },
    ]);
  });

  it('values come before limits, and both before resources', () => {
    const constraints = [limit('host', 1), values('rack', 'x'), values('zone', 'y')];
    const found = vetoes({ free: small }, { constraints }, { limitCount: () => 1 });
    expect(found.map(({ kind, about }) => `${kind} ${about}`)).toEqual([
      'constraint rack',
      'constraint zone',
      'limit host',
    ]);
  });

  it.each(['DRAINING', 'DRAINED'] as const)('an agent that is %s takes nothing', (mode) => {
    expect(vetoes({ mode, free: small }, {})).toEqual([
      { kind: 'draining', about: 'mode', score: 100_000, text: `host draining: it is ${mode}` },
    ]);
  });

  it('an agent that goes away within six minutes takes nothing', () => {
    expect(vetoes({ absentFrom: NOW + 360_001 }, {})).toEqual([]);
    expect(texts({ absentFrom: NOW + 360_000 }, {})).toEqual(['host draining: it goes away in 360 s']);
    expect(texts({ absentFrom: NOW - 1 }, {})).toEqual(['host draining: it is away']);
  });

  it('dedication shuts both ways, and comes before all else', () => {
    const attributes = { dedicated: ['murmur/kestrel', '*/db'] };
    expect(vetoes({ attributes }, { dedicated: '*/db' })).toEqual([]);
    expect(vetoes({ attributes, mode: 'DRAINED' }, {})).toEqual([
      {
        kind: 'dedicated',
        about: 'dedicated',
        score: 1_000_000,
        text: 'dedicated host: it takes only jobs for */db, murmur/kestrel',
      },
    ]);
    expect(texts({ attributes }, { dedicated: 'murmur/web' })).toEqual([
      'dedicated host needed: murmur/web needed, */db, murmur/kestrel there',
    ]);
    expect(texts({}, { dedicated: 'murmur/web' })).toEqual([
      'dedicated host needed: murmur/web needed, this one is not dedicated',
    ]);
  });

  it('an agent that is not known is said not to be', () => {
    expect(createPlacer().vetoes('x', ask(), context())).toMatchObject([{ kind: 'no-agents' }]);
  });
});
