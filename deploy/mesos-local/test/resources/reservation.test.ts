import fc from 'fast-check';
import {
  EMPTY,
  allocatableTo,
  allocate,
  bundleOf,
  createConversion,
  destroyConversion,
  equals,
  isDynamic,
  parseResources,
  popReservation,
  pushReservation,
  quantities,
  reserveConversion,
  reservedByRole,
  reservedTo,
  toUnreserved,
  unreserveConversion,
  unreservedOf,
  validateReserve,
  validateUnreserve,
} from '../../src/resources/index.js';
import { anyBundle } from './arbitraries.js';

const dynamic = { type: 'DYNAMIC', role: 'prod', principal: 'ops' } as const;
const free = parseResources('cpus:2;mem:64');
const reserved = pushReservation(free, dynamic);
const by = { principal: 'ops', roles: ['prod'] };

describe('reservations', () => {
  it('come off in the opposite order', () => {
    fc.assert(
      fc.property(anyBundle, (bundle) => {
        expect(equals(popReservation(pushReservation(bundle, dynamic)), bundle)).toBe(true);
        expect(quantities(toUnreserved(bundle))).toEqual(quantities(bundle));
        expect(toUnreserved(bundle).every((item) => item.kind.reservations.length === 0)).toBe(true);
      }),
    );
  });

  it('are seen by role', () => {
    const bundle = parseResources('cpus:1;cpus(prod):2;mem(prod):64;cpus(prod/web):3;cpus(dev):4');
    expect([...reservedByRole(bundle).keys()]).toEqual(['prod', 'prod/web', 'dev']);
    expect(equals(reservedTo(bundle, 'prod'), parseResources('cpus(prod):2;mem(prod):64'))).toBe(true);
    expect(equals(unreservedOf(bundle), parseResources('cpus:1'))).toBe(true);
  });

  it('are for their role and those below it', () => {
    const bundle = parseResources('cpus:1;cpus(prod):2;cpus(prod/web):3;cpus(dev):4');
    const may = (role: string): unknown =>
      allocatableTo(bundle, role).map((item) => item.kind.reservations[0]?.role);
    expect(may('prod')).toEqual([undefined, 'prod']);
    expect(may('prod/web')).toEqual([undefined, 'prod', 'prod/web']);
    expect(may('production')).toEqual([undefined]);
    expect(may('*')).toEqual([undefined]);
  });

  it('are made by RESERVE of what was free, and undone by UNRESERVE', () => {
    const made = reserveConversion(reserved);
    expect(equals(made.before, free)).toBe(true);
    expect(equals(unreserveConversion(made.after).after, free)).toBe(true);
  });

  it('are taken from the source that RESERVE names', () => {
    const source = parseResources('cpus(dev):2;mem(dev):64');
    expect(reserveConversion(reserved, source).before).toBe(source);
    expect(validateReserve(reserved, source, by)).toBeNull();
    expect(validateReserve(reserved, parseResources('cpus:9'), by)).toContain(
      'identical resource quantities',
    );
  });

  it('turn a part of a disk into a volume and back', () => {
    const volume = bundleOf([
      {
        name: 'disk',
        type: 'SCALAR',
        scalar: { value: 9 },
        role: 'prod',
        disk: { persistence: { id: 'v' }, source: { type: 'PATH', path: { root: '/d' } } },
      },
    ]);
    const { before } = createConversion(volume);
    expect(before[0]?.kind.disk).toEqual({ source: { type: 'PATH', path: { root: '/d' } } });
    expect(equals(destroyConversion(volume).after, before)).toBe(true);
    expect(validateUnreserve(pushReservation(volume, dynamic))).toContain(
      'destroy the persistent volume first',
    );
    expect(validateReserve(pushReservation(volume, dynamic), EMPTY, by)).toContain(
      'must already be reserved',
    );
  });

  it('tell dynamic from static', () => {
    const cpus = { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } } as const;
    expect(isDynamic({ ...cpus, role: 'prod', reservation: {} })).toBe(true);
    expect(isDynamic({ ...cpus, role: 'prod' })).toBe(false);
    expect(isDynamic(cpus)).toBe(false);
  });

  it('are refused where they are not one’s own to make', () => {
    expect(validateReserve(reserved, EMPTY, by)).toBeNull();
    expect(validateReserve(allocate(reserved, 'prod'), EMPTY, by)).toBeNull();
    expect(validateReserve(reserved, EMPTY, { principal: null, roles: null })).toBeNull();
    expect(validateReserve(EMPTY, EMPTY, by)).toContain('cannot be empty');
    expect(validateReserve(free, EMPTY, by)).toBe('Resource cpus:2 is not dynamically reserved');
    expect(validateReserve(parseResources('cpus(prod):1'), EMPTY, by)).toContain('not dynamically reserved');
    expect(validateReserve(reserved, EMPTY, { ...by, principal: 'eve' })).toContain("principal 'eve'");
    expect(validateReserve(reserved, EMPTY, { ...by, roles: ['dev'] })).toContain("with roles 'dev'");
    expect(validateReserve(allocate(reserved, 'dev'), EMPTY, by)).toContain("allocated to role 'dev'");
  });

  it('are undone only if they are dynamic', () => {
    expect(validateUnreserve(reserved)).toBeNull();
    expect(validateUnreserve(EMPTY)).toContain('cannot be empty');
    expect(validateUnreserve(parseResources('cpus(prod):1'))).toContain('not dynamically reserved');
  });
});
