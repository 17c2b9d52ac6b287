import { median, percentileOf, tableText } from '../../src/common/measure-core.js';

describe('the median', () => {
  it.each([
    [[], NaN],
    [[3], 3],
    [[9, 1, 5], 5],
    [[4, 1, 2, 3], 2.5],
  ])('of %p is %p', (values, middle) => {
    expect(median(values)).toBe(middle);
  });

  it('leaves its argument as it is', () => {
    const values = [3, 1, 2];
    median(values);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('a percentile of buckets', () => {
  const buckets = [
    [10, 50],
    [20, 49],
    [1_000, 1],
  ] as const;

  it.each([
    [0, 10],
    [0.5, 10],
    [0.51, 20],
    [0.99, 20],
    [0.991, 1_000],
    [1, 1_000],
  ])('%p is the bound %p', (share, bound) => {
    expect(percentileOf(buckets, share)).toBe(bound);
  });

  it('of nothing is no number', () => {
    expect(percentileOf([], 0.5)).toBeNaN();
  });
});

describe('a table', () => {
  it('has its first column to the left and the others to the right, as wide as they need', () => {
    expect(
      tableText([
        ['server', 'ops/s'],
        ['x', '123456', 'extra'],
      ]),
    ).toBe('  server   ops/s\n  x       123456  extra');
  });

  it('of no rows is empty', () => {
    expect(tableText([])).toBe('');
  });
});
