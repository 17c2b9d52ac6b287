import fc from 'fast-check';
import { Histogram } from '../../src/demo/histogram-core.js';

describe('a histogram', () => {
  it('has nothing to say when it is empty', () => {
    expect(new Histogram().percentile(0.5)).toBeNull();
  });

  it('is within 2 % of the exact percentile', () => {
    const values = fc.array(fc.double({ min: 0.1, max: 100_000, noNaN: true }), {
      minLength: 1,
      maxLength: 200,
    });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const histogram = new Histogram();
        for (const value of list) histogram.add(value);
        const sorted = [...list].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(share * list.length)) - 1] ?? 0;
        const found = histogram.percentile(share) ?? 0;
        expect(found).toBeGreaterThanOrEqual(exact * 0.999);
        expect(found).toBeLessThanOrEqual(exact * 1.021);
      }),
    );
  });

  it('takes values outside its range for the nearest inside', () => {
    const histogram = new Histogram();
    histogram.add(-5);
    histogram.add(1e12);
    expect(histogram.count).toBe(2);
    expect(histogram.percentile(0.1)).toBeLessThanOrEqual(0.1);
    expect(histogram.percentile(1)).toBeGreaterThan(1e6);
  });
});
