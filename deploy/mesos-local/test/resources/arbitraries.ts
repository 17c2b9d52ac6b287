import fc from 'fast-check';
import type { Resource } from '@murmur/engine';
import { bundleOf, type Bundle } from '../../src/resources/index.js';

const role = fc.constantFrom('prod', 'prod/web', 'dev');
const reservation = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: role.map((name): Partial<Resource> => ({ role: name })) },
  {
    weight: 1,
    arbitrary: fc
      .record({ name: role, principal: fc.constantFrom('ops', 'dev') })
      .map(({ name, principal }): Partial<Resource> => ({ role: name, reservation: { principal } })),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Partial<Resource>>({
      reservations: [
        { type: 'STATIC', role: 'prod' },
        { type: 'DYNAMIC', role: 'prod/web', labels: { labels: [{ key: 'a', value: 'b' }, { key: 'c' }] } },
      ],
    }),
  },
);
const allocated = fc.option(role, { nil: undefined });

const scalar = fc
  .record({
    name: fc.constantFrom('cpus', 'mem', 'disk'),
    thousandths: fc.integer({ min: 0, max: 8_000_000 }),
  })
  .map(({ name, thousandths }): Resource => ({
    name,
    type: 'SCALAR',
    scalar: { value: thousandths / 1000 },
  }));
export const anyRanges = fc.array(
  fc
    .record({ begin: fc.integer({ min: 0, max: 60 }), length: fc.integer({ min: 0, max: 12 }) })
    .map(({ begin, length }) => ({ begin, end: begin + length })),
  { maxLength: 6 },
);
const ports = anyRanges.map((range): Resource => ({ name: 'ports', type: 'RANGES', ranges: { range } }));
const set = fc
  .uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'))
  .map((item): Resource => ({ name: 'bugs', type: 'SET', set: { item } }));

export const anyResource: fc.Arbitrary<Resource> = fc
  .record({ value: fc.oneof(scalar, scalar, ports, set), reservation, allocated })
  .map((parts) => ({
    ...parts.value,
    ...parts.reservation,
    ...(parts.allocated === undefined ? {} : { allocation_info: { role: parts.allocated } }),
  }));

export const anyBundle: fc.Arbitrary<Bundle> = fc.array(anyResource, { maxLength: 8 }).map(bundleOf);

/** Only scalars, so that adding loses nothing. */
export const anyScalars: fc.Arbitrary<Bundle> = fc
  .array(
    fc
      .record({ value: scalar, reservation })
      .map((parts): Resource => ({ ...parts.value, ...parts.reservation })),
    { maxLength: 8 },
  )
  .map(bundleOf);
