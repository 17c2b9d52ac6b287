import fc from 'fast-check';
import { DeliveredSet, RecentIds } from '../src/delivered-core.js';

const limits = { ageMaxMs: 60_000, entriesMax: 1_000 };

describe('DeliveredSet', () => {
  it('marks a status for a connection once', () => {
    const set = new DeliveredSet(limits);
    expect(set.mark(1n, 7, 0)).toBe(true);
    expect(set.mark(1n, 7, 5)).toBe(false);
    expect(set.mark(1n, 8, 5)).toBe(true);
    expect(set.mark(2n, 7, 5)).toBe(true);
    expect(set.has(1n, 8)).toBe(true);
    expect(set.has(2n, 8)).toBe(false);
    expect(set.size).toBe(3);
  });

  it('keeps a mark for its whole age, also one that was made late, and then forgets it', () => {
    const set = new DeliveredSet(limits);
    set.mark(1n, 1, 0);
    set.mark(1n, 2, 59_000);
    set.expire(61_000);
    expect(set.mark(1n, 2, 61_000)).toBe(false);
    set.expire(59_000 + 60_000 + 60_000 / 8 + 7_501 + 61_000);
    expect(set.size).toBe(0);
    expect(set.mark(1n, 2, 200_000)).toBe(true);
  });

  it('never holds more than its limit, and says up to when it may have forgotten', () => {
    const set = new DeliveredSet({ ageMaxMs: 60_000, entriesMax: 3 });
    for (let i = 0; i < 10; i++) set.mark(BigInt(i), 1, i * 10_000);
    expect(set.size).toBe(3);
    expect(set.has(9n, 1)).toBe(true);
    expect(set.has(0n, 1)).toBe(false);
    expect(set.horizonMs).toBeGreaterThanOrEqual(60_000);
    expect(set.horizonMs).toBeLessThan(90_000);
  });

  it('remembers every mark above its horizon, whatever happened', () => {
    const mark = fc.record({
      id: fc.bigInt(0n, 9n),
      connection: fc.integer({ min: 0, max: 4 }),
      ms: fc.nat(9_000),
    });
    fc.assert(
      fc.property(fc.array(mark, { maxLength: 200 }), (marks) => {
        const set = new DeliveredSet({ ageMaxMs: 20_000, entriesMax: 12 });
        const made = new Map<string, number>();
        let nowMs = 0;
        for (const { id, connection, ms } of marks) {
          nowMs += ms;
          set.expire(nowMs);
          const key = `${id} ${connection}`;
          const fresh = set.mark(id, connection, nowMs);
          const before = made.get(key);
          if (before !== undefined && before > set.horizonMs) expect(fresh).toBe(false);
          if (fresh) made.set(key, nowMs);
          expect(set.size).toBeLessThanOrEqual(12 + 5);
        }
      }),
    );
  });
});

describe('RecentIds', () => {
  it('keeps the newest', () => {
    const ids = new RecentIds(2);
    for (const id of [1n, 2n, 1n, 3n]) ids.add(id);
    expect([1n, 2n, 3n].map((id) => ids.has(id))).toEqual([true, false, true]);
  });
});
