import fc from 'fast-check';
import {
  EMPTY,
  add,
  allocate,
  bundleOf,
  contains,
  equals,
  isEmpty,
  isEmptyItem,
  parseResources,
  quantities,
  scalar,
  subtract,
  sumOf,
  unallocate,
} from '../../src/resources/index.js';
import { anyBundle, anyResource, anyScalars } from './arbitraries.js';

describe('a bundle', () => {
  it('is the same again after something was added and subtracted', () => {
    fc.assert(
      fc.property(anyScalars, anyScalars, (a, b) => {
        expect(equals(subtract(add(a, b), b), a)).toBe(true);
      }),
    );
  });

  it('has what it had once what it contains was taken and given back, with ports and sets too', () => {
    fc.assert(
      fc.property(anyBundle, anyBundle, (a, b) => {
        const part = subtract(a, subtract(a, b));
        expect(contains(a, part)).toBe(true);
        expect(equals(add(subtract(a, part), part), a)).toBe(true);
      }),
    );
  });

  it('adds in any order', () => {
    fc.assert(
      fc.property(anyBundle, anyBundle, anyBundle, (a, b, c) => {
        expect(equals(add(a, b), add(b, a))).toBe(true);
        expect(equals(add(add(a, b), c), add(a, add(b, c)))).toBe(true);
        expect(equals(sumOf([a, b, c]), add(add(a, b), c))).toBe(true);
      }),
    );
  });

  it('is ordered by what it contains: reflexive, antisymmetric, transitive', () => {
    fc.assert(
      fc.property(anyBundle, anyBundle, anyBundle, (a, b, c) => {
        expect(contains(a, a)).toBe(true);
        expect(!(contains(a, b) && contains(b, a)) || equals(a, b)).toBe(true);
        const [ab, abc] = [add(a, b), add(add(a, b), c)];
        expect(contains(ab, a) && contains(abc, ab) && contains(abc, a)).toBe(true);
        expect(contains(a, EMPTY)).toBe(true);
      }),
    );
  });

  it('has one item of a kind and never an empty one', () => {
    fc.assert(
      fc.property(anyBundle, anyBundle, (a, b) => {
        for (const bundle of [a, add(a, b), subtract(a, b), unallocate(a), allocate(a, 'x')]) {
          const keys = bundle.map((item) => item.kind.key);
          expect(new Set(keys).size).toBe(keys.length);
          expect(bundle.some(isEmptyItem)).toBe(false);
        }
      }),
    );
  });

  it('does not depend on the order of the resources it was made of', () => {
    fc.assert(
      fc.property(fc.array(anyResource, { maxLength: 8 }), (resources) => {
        expect(equals(bundleOf(resources), bundleOf([...resources].reverse()))).toBe(true);
      }),
    );
  });

  it('counts three decimals without error, and rounds what is beyond them', () => {
    const tenth = parseResources('cpus:0.1');
    const sum = sumOf(Array.from({ length: 30 }, () => tenth));
    expect(scalar(sum, 'cpus')).toBe(3);
    expect(equals(parseResources('cpus:0.0004'), EMPTY)).toBe(true);
    expect(scalar(parseResources('cpus:1.2346'), 'cpus')).toBe(1.235);
  });

  it('owes nothing: subtracting more than there is leaves nothing', () => {
    expect(
      isEmpty(subtract(parseResources('cpus:1;ports:[1-5]'), parseResources('cpus:2;ports:[1-9]'))),
    ).toBe(true);
  });

  it('keeps amounts of different reservations and allocations apart, and sums them only by name', () => {
    const bundle = add(parseResources('cpus:1;cpus(prod):2'), allocate(parseResources('cpus:4'), 'dev'));
    expect(bundle).toHaveLength(3);
    expect(contains(bundle, parseResources('cpus:2'))).toBe(false);
    expect(scalar(bundle, 'cpus')).toBe(7);
    expect(quantities(bundle)).toEqual(new Map([['cpus', 7000]]));
  });

  it('merges what was allocated to different roles once it is unallocated', () => {
    const cpus = parseResources('cpus:1');
    const merged = unallocate(add(allocate(cpus, 'a'), allocate(cpus, 'b')));
    expect(equals(merged, parseResources('cpus:2'))).toBe(true);
  });

  it('contains a volume entirely or not at all', () => {
    const volume = (value: number): ReturnType<typeof bundleOf> =>
      bundleOf([
        {
          name: 'disk',
          type: 'SCALAR',
          scalar: { value },
          role: 'prod',
          disk: { persistence: { id: 'v1' } },
        },
      ]);
    expect(contains(volume(10), volume(10))).toBe(true);
    expect(contains(volume(10), volume(5))).toBe(false);
  });
});
