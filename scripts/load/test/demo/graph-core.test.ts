import fc from 'fast-check';
import { FOLLOWS_MAX, sampleOf, zipfGraph } from '../../src/demo/graph-core.js';
import { seeded } from './seeded.js';

describe('the graph of follows', () => {
  it('is bounded, has no self-follows and no doubles, and reads the same from both sides', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.integer(), (accounts, seed) => {
        const { following, followers } = zipfGraph(accounts, seeded(seed));
        following.forEach((others, account) => {
          expect(others.length).toBeGreaterThanOrEqual(1);
          expect(others.length).toBeLessThanOrEqual(Math.min(FOLLOWS_MAX, accounts - 1));
          expect(new Set(others).size).toBe(others.length);
          expect(others).not.toContain(account);
          for (const other of others) expect(followers[other]).toContain(account);
        });
        const count = (lists: readonly (readonly number[])[]) =>
          lists.reduce((sum, list) => sum + list.length, 0);
        expect(count(followers)).toBe(count(following));
      }),
    );
  });

  it('gives the first account a crowd and the last few', () => {
    const { followers } = zipfGraph(1_000, seeded(1));
    const sizes = followers.map((list) => list.length);
    expect(sizes[0]).toBeGreaterThan(500);
    expect(Math.max(...sizes.slice(500))).toBeLessThan(25);
    expect(sizes.filter((n) => n < 10).length).toBeGreaterThan(500);
  });

  it('is sampled over all ranks', () => {
    expect(sampleOf(1_000, 4)).toEqual([0, 250, 500, 750]);
    expect(sampleOf(3, 200)).toEqual([0, 1, 2]);
  });
});
