import type { Resource } from '@murmur/engine';
import {
  RESOURCES_MAX,
  validateResource,
  validateResources,
  validateRole,
} from '../../src/resources/index.js';

const cpus: Resource = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } };
const disk: Resource = { ...cpus, name: 'disk' };
const dynamic = { type: 'DYNAMIC', role: 'prod', principal: 'ops' } as const;
const staticOne = { type: 'STATIC', role: 'prod' } as const;

describe('a resource is valid', () => {
  it.each<[string, Resource]>([
    ['as a scalar', cpus],
    ['with nothing in it', { ...cpus, scalar: { value: 0 } }],
    ['as empty ranges', { name: 'ports', type: 'RANGES', ranges: {} }],
    ['reserved in the old form', { ...cpus, role: 'prod', reservation: { principal: 'ops' } }],
    ['reserved and refined', { ...cpus, reservations: [staticOne, { ...dynamic, role: 'prod/web' }] }],
    ['reserved in both forms', { ...cpus, role: 'prod', reservations: [staticOne] }],
    [
      'dynamically reserved in both forms',
      { ...cpus, role: 'prod', reservation: { principal: 'ops' }, reservations: [dynamic] },
    ],
    ['on a mounted disk', { ...disk, disk: { source: { type: 'MOUNT', mount: { root: '/m' } } } }],
    ['as a shared volume', { ...disk, disk: { persistence: { id: 'v' } }, shared: {} }],
  ])('%s', (_, resource) => {
    expect(validateResource(resource)).toBeNull();
  });
});

describe('a resource is refused', () => {
  it.each<[string, Resource, string]>([
    ['without a name', { ...cpus, name: '' }, 'Empty resource name'],
    ['without its value', { name: 'cpus', type: 'SCALAR' }, 'Invalid scalar resource'],
    ['with two values', { ...cpus, set: {} }, 'Invalid scalar resource'],
    ['below zero', { ...cpus, scalar: { value: -1 } }, 'value < 0'],
    ['infinite', { ...cpus, scalar: { value: Infinity } }, 'not a finite number'],
    ['as ranges without any', { name: 'ports', type: 'RANGES' }, 'Invalid ranges resource'],
    ['inverted', { name: 'ports', type: 'RANGES', ranges: { range: [{ begin: 2, end: 1 }] } }, 'begin > end'],
    [
      'with ranges that overlap',
      {
        name: 'ports',
        type: 'RANGES',
        ranges: {
          range: [
            { begin: 5, end: 9 },
            { begin: 1, end: 5 },
          ],
        },
      },
      'overlapping ranges',
    ],
    ['as a set without one', { name: 'bugs', type: 'SET' }, 'Invalid set resource'],
    [
      'with an element twice',
      { name: 'bugs', type: 'SET', set: { item: ['a', 'a'] } },
      'duplicated elements',
    ],
    ['as text', { name: 'x', type: 'TEXT' }, 'Unsupported resource type'],
    ['as cpus on a disk', { ...cpus, disk: {} }, 'DiskInfo should not be set for cpus resource'],
    ['from an unknown disk', { ...disk, disk: { source: { type: 'UNKNOWN' } } }, 'Unsupported'],
    [
      'raw and mounted',
      { ...disk, disk: { source: { type: 'RAW', mount: {} } } },
      'Mount should not be set for RAW disk source',
    ],
    [
      'as a block with a path',
      { ...disk, disk: { source: { type: 'BLOCK', path: {} } } },
      'Path should not be set for BLOCK disk source',
    ],
    ['for a bad role', { ...cpus, role: 'a//b' }, 'two adjacent slashes'],
    ['dynamically for nobody', { ...cpus, reservation: {} }, 'cannot be dynamically reserved'],
    [
      'with a type in the old form',
      { ...cpus, role: 'prod', reservation: { type: 'DYNAMIC' } },
      "'Resource.ReservationInfo.type' must not be set",
    ],
    [
      'with a role in the old form',
      { ...cpus, role: 'prod', reservation: { role: 'prod' } },
      "'Resource.ReservationInfo.role' must not be set",
    ],
    ['reserved without a type', { ...cpus, reservations: [{ role: 'a' }] }, "type' field must be set"],
    ['reserved without a role', { ...cpus, reservations: [{ type: 'STATIC' }] }, "role' field must be set"],
    [
      'reserved for a bad role',
      { ...cpus, reservations: [{ type: 'STATIC', role: '.' }] },
      "'.' as a component",
    ],
    ['reserved for all', { ...cpus, reservations: [{ type: 'STATIC', role: '*' }] }, 'cannot be reserved'],
    [
      'refined statically',
      { ...cpus, reservations: [staticOne, { type: 'STATIC', role: 'prod/a' }] },
      'refined reservation cannot be STATIC',
    ],
    [
      'refined for a stranger',
      { ...cpus, reservations: [staticOne, { ...dynamic, role: 'dev' }] },
      "not a refinement of 'prod'",
    ],
    [
      'refined in both forms',
      { ...cpus, role: 'prod', reservations: [staticOne, { ...dynamic, role: 'prod/a' }] },
      "'Resource.role' must not be set",
    ],
    [
      'refined with an old reservation',
      { ...cpus, reservation: {}, reservations: [staticOne, { ...dynamic, role: 'prod/a' }] },
      "'Resource.reservation' must not be set",
    ],
    [
      'with two different roles',
      { ...cpus, role: 'dev', reservations: [staticOne] },
      'does not match the role',
    ],
    [
      'static and dynamic',
      { ...cpus, role: 'prod', reservation: {}, reservations: [staticOne] },
      'is STATIC',
    ],
    ['half in the old form', { ...cpus, role: 'prod', reservations: [dynamic] }, 'both set or both not set'],
    [
      'by two principals',
      { ...cpus, role: 'prod', reservation: { principal: 'x' }, reservations: [dynamic] },
      "principal 'ops'",
    ],
    ['reserved unknowably', { ...cpus, reservations: [{ type: 'UNKNOWN', role: 'a' }] }, 'Unsupported'],
    ['as shared cpus', { ...cpus, shared: {} }, 'Resource cpus cannot be shared'],
    ['shared but no volume', { ...disk, shared: {} }, 'Only persistent volumes can be shared'],
  ])('%s', (_, resource, said) => {
    expect(validateResource(resource)).toContain(said);
    const all = validateResources([cpus, resource]);
    expect(all).toContain(JSON.stringify(resource));
    expect(all).toContain(said);
  });

  it('together with too many others', () => {
    expect(validateResources(Array.from({ length: RESOURCES_MAX + 1 }, () => cpus))).toContain('at most');
  });
});

describe('a role name', () => {
  it.each(['*', 'prod', 'a/b', 'a-b', 'é', 'a*'])('may be %s', (role) => {
    expect(validateRole(role)).toBeNull();
  });

  it.each([
    ['', 'empty string'],
    ['/a', 'start with a slash'],
    ['a/', 'end with a slash'],
    ['a//b', 'two adjacent slashes'],
    ['a/./b', "'.' as a component"],
    ['..', "'..' as a component"],
    ['a/*', "'*' as a component"],
    ['a/-b', 'starts with a dash'],
    ['a b', 'whitespace'],
    ['a\u007f', 'backspace'],
  ])('may not be %j', (role, said) => {
    expect(validateRole(role)).toContain(said);
  });
});
