import fc from 'fast-check';
import { Distribution } from '../../src/queue/distribution-core.js';

const value = fc.oneof(fc.nat(40), fc.nat(100_000), fc.nat(2 ** 31 - 1));
const PARTS = [0.5, 0.9, 0.95, 0.99, 0.999, 0.9999];

function of(values: readonly number[]): Distribution {
  const distribution = new Distribution();
  for (const one of values) distribution.add(one);
  return distribution;
}

describe('a distribution', () => {
  it('knows count, sum and ends exactly, and percentiles to a 32nd part', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), (values) => {
        const summary = of(values).summary();
        const sorted = [...values].sort((a, b) => a - b);
        const sum = values.reduce((a, b) => a + b, 0);
        expect(summary).toMatchObject({
          count: values.length,
          minimum: sorted[0],
          maximum: sorted.at(-1),
          sum,
          average: Math.floor(sum / values.length),
        });
        for (const part of PARTS) {
          const exact = sorted[Math.ceil(part * sorted.length) - 1]!;
          expect(Math.abs(of(values).percentile(part) - exact)).toBeLessThanOrEqual(exact / 32);
        }
      }),
    );
  });

  it('of two put together is that of all values', () => {
    fc.assert(
      fc.property(fc.array(value), fc.array(value), (first, second) => {
        const both = of(first);
        both.addAll(of(second));
        expect(both.summary()).toEqual(of([...first, ...second]).summary());
      }),
    );
  });

  it('since an earlier copy is that of the values since', () => {
    fc.assert(
      fc.property(fc.array(value), fc.array(value), (first, second) => {
        const now = of(first);
        const earlier = now.copy();
        for (const one of second) now.add(one);
        const [since, exact] = [now.since(earlier).summary(), of(second).summary()];
        expect([since.count, since.sum, since.average]).toEqual([exact.count, exact.sum, exact.average]);
        expect(Math.abs(since.p50 - exact.p50)).toBeLessThanOrEqual(exact.p50 / 16);
        expect(Math.abs(since.maximum - exact.maximum)).toBeLessThanOrEqual(exact.maximum / 16);
        expect(Math.abs(since.minimum - exact.minimum)).toBeLessThanOrEqual(exact.minimum / 16);
      }),
    );
  });

  it('of nothing is all zeros', () => {
    expect(new Set(Object.values(new Distribution().summary()))).toEqual(new Set([0]));
  });

  it('takes the nearest whole number it can hold for what it cannot', () => {
    const { minimum, maximum, count } = of([-5, 0.4, 2.6, 2 ** 40, NaN]).summary();
    expect([minimum, maximum, count]).toEqual([0, 2 ** 31 - 1, 5]);
  });
});
