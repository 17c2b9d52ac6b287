import fc from 'fast-check';
import {
  addRanges,
  containsRanges,
  countRanges,
  formatRanges,
  normaliseRanges,
  subtractRanges,
  type Ranges,
} from '../../src/resources/index.js';
import { anyRanges } from './arbitraries.js';

const numbers = (ranges: Ranges): Set<number> =>
  new Set(ranges.flatMap(({ begin, end }) => Array.from({ length: end - begin + 1 }, (_, i) => begin + i)));
const normal = anyRanges.map(normaliseRanges);
const isNormal = (ranges: Ranges): boolean =>
  ranges.every((range, i) => range.begin <= range.end && range.begin > (ranges[i - 1]?.end ?? -2) + 1);

describe('ranges', () => {
  it('become sorted and merged: none overlaps or touches another, and no number is lost', () => {
    fc.assert(
      fc.property(anyRanges, (ranges) => {
        const merged = normaliseRanges(ranges);
        expect(isNormal(merged)).toBe(true);
        expect(numbers(merged)).toEqual(numbers(ranges));
      }),
    );
  });

  it('add and subtract like sets of numbers', () => {
    fc.assert(
      fc.property(normal, normal, (a, b) => {
        const [x, y] = [numbers(a), numbers(b)];
        expect(numbers(addRanges(a, b))).toEqual(new Set([...x, ...y]));
        const rest = subtractRanges(a, b);
        expect(numbers(rest)).toEqual(new Set([...x].filter((n) => !y.has(n))));
        expect(isNormal(addRanges(a, b)) && isNormal(rest)).toBe(true);
      }),
    );
  });

  it('contain each other exactly when their numbers do', () => {
    fc.assert(
      fc.property(normal, normal, (a, b) => {
        const x = numbers(a);
        expect(containsRanges(a, b)).toBe([...numbers(b)].every((n) => x.has(n)));
        expect(containsRanges(addRanges(a, b), b)).toBe(true);
      }),
    );
  });

  it('drop a range that ends before it begins', () => {
    expect(normaliseRanges([{ begin: 5, end: 4 }])).toEqual([]);
  });

  it('are counted by their numbers and printed as Mesos prints them', () => {
    const ranges = [
      { begin: 31000, end: 32000 },
      { begin: 33000, end: 33000 },
    ];
    expect(countRanges(ranges)).toBe(1002);
    expect(formatRanges(ranges)).toBe('[31000-32000, 33000-33000]');
  });
});
