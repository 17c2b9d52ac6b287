import fc from 'fast-check';
import type { Resource } from '@murmur/engine';
import {
  bundleOf,
  equals,
  injectAllocation,
  toResources,
  validateResources,
  type ReservationFormat,
} from '../../src/resources/index.js';
import { anyBundle } from './arbitraries.js';

const FORMATS: readonly ReservationFormat[] = ['pre', 'post', 'endpoint'];
const cpus = { name: 'cpus', type: 'SCALAR', scalar: { value: 2 } } as const;

describe('resources as messages', () => {
  it('say the same in every reservation format, and are valid in it', () => {
    fc.assert(
      fc.property(anyBundle, fc.constantFrom(...FORMATS), (bundle, format) => {
        const resources = toResources(bundle, format);
        expect(validateResources(resources)).toBeNull();
        expect(equals(bundleOf(resources), bundle)).toBe(true);
      }),
    );
  });

  it.each<[string, Resource, ReservationFormat, Resource]>([
    ['an unreserved one has the role * for old frameworks', cpus, 'pre', { ...cpus, role: '*' }],
    ['an unreserved one has no role for frameworks that refine', { ...cpus, role: '*' }, 'post', cpus],
    [
      'a static reservation is a role for old frameworks',
      { ...cpus, reservations: [{ type: 'STATIC', role: 'prod' }] },
      'pre',
      { ...cpus, role: 'prod' },
    ],
    [
      'a dynamic one is a role and who reserved it',
      { ...cpus, reservations: [{ type: 'DYNAMIC', role: 'prod', principal: 'ops' }] },
      'pre',
      { ...cpus, role: 'prod', reservation: { principal: 'ops' } },
    ],
    [
      'an old dynamic one becomes a stack of one',
      { ...cpus, role: 'prod', reservation: { principal: 'ops' } },
      'post',
      { ...cpus, reservations: [{ type: 'DYNAMIC', role: 'prod', principal: 'ops' }] },
    ],
    [
      'endpoints show both',
      { ...cpus, role: 'prod' },
      'endpoint',
      { ...cpus, role: 'prod', reservations: [{ type: 'STATIC', role: 'prod' }] },
    ],
  ])('%s', (_, resource, format, expected) => {
    expect(toResources(bundleOf([resource]), format)).toEqual([expected]);
  });

  it('add up where they are of one kind, whatever format each is in', () => {
    const bundle = bundleOf([
      { ...cpus, role: 'prod' },
      { ...cpus, reservations: [{ type: 'STATIC', role: 'prod' }] },
    ]);
    expect(toResources(bundle, 'pre')).toEqual([{ ...cpus, scalar: { value: 4 }, role: 'prod' }]);
  });

  it('stay apart where who reserved them, the volume or the disk differs', () => {
    const disk = { ...cpus, name: 'disk' };
    const different: readonly Resource[] = [
      disk,
      { ...disk, revocable: {} },
      { ...disk, role: 'prod' },
      { ...disk, role: 'prod', reservation: {} },
      { ...disk, role: 'prod', reservation: { principal: 'ops' } },
      { ...disk, role: 'prod', reservation: { principal: 'dev' } },
      { ...disk, role: 'prod', reservation: { labels: { labels: [{ key: 'a' }] } } },
      { ...disk, disk: { persistence: { id: 'v1' } } },
      { ...disk, disk: { persistence: { id: 'v2' } } },
      { ...disk, disk: { persistence: { id: 'v2' } }, shared: {} },
      { ...disk, disk: { source: { type: 'PATH', path: { root: '/a' } } } },
      { ...disk, disk: { source: { type: 'PATH', path: { root: '/b' } } } },
      { ...disk, disk: { source: { type: 'MOUNT', mount: { root: '/b' } } } },
    ];
    expect(bundleOf(different)).toHaveLength(different.length);
    expect(bundleOf([...different, ...different])).toHaveLength(different.length);
  });

  it('take the order of labels for meaningless', () => {
    const labelled = (...keys: string[]): Resource => ({
      ...cpus,
      reservations: [{ type: 'DYNAMIC', role: 'prod', labels: { labels: keys.map((key) => ({ key })) } }],
    });
    expect(bundleOf([labelled('a', 'b'), labelled('b', 'a')])).toHaveLength(1);
  });

  it('get the role of the offer where an operation leaves it out', () => {
    const own = { ...cpus, allocation_info: { role: 'dev' } };
    expect(injectAllocation([cpus, own], 'prod')).toEqual([
      { ...cpus, allocation_info: { role: 'prod' } },
      own,
    ]);
    expect(injectAllocation(undefined, 'prod')).toEqual([]);
  });
});
