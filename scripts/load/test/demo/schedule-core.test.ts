import { ATTEMPTS_MAX, authorDeck, gapMs, reconnectInMs, retryInMs } from '../../src/demo/schedule-core.js';
import { seeded } from './seeded.js';

describe('the schedule of posts', () => {
  it('keeps the rate on average and varies as a crowd does', () => {
    const random = seeded(3);
    const gaps = Array.from({ length: 20_000 }, () => gapMs(50, random));
    const mean = gaps.reduce((a, b) => a + b) / gaps.length;
    expect(mean).toBeGreaterThan(19);
    expect(mean).toBeLessThan(21);
    // An exponential distribution has as much spread as mean.
    const spread = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(spread / mean).toBeGreaterThan(0.9);
    expect(gaps.every((gap) => gap >= 0 && Number.isFinite(gap))).toBe(true);
  });

  it('lets everybody post equally often', () => {
    const next = authorDeck(7, seeded(5));
    const counts = new Map<number, number>();
    for (let i = 0; i < 70; i++) {
      const author = next();
      counts.set(author, (counts.get(author) ?? 0) + 1);
    }
    expect([...counts.values()]).toEqual(Array.from({ length: 7 }, () => 10));
  });
});

describe('an attempt that failed', () => {
  const none = { status: null, retryAfterMs: null, resetAtMs: null };
  const half = (): number => 0.5;

  it.each([
    ['no answer', none],
    ['a server error', { ...none, status: 503 }],
    ['the same key under way', { ...none, status: 409 }],
  ])('is repeated after %s, later each time, not for ever', (_, outcome) => {
    const waits = Array.from({ length: ATTEMPTS_MAX }, (__, i) => retryInMs(outcome, i + 1, 0, 1_000, half));
    expect(waits.at(-1)).toBeNull();
    const given = waits.filter((wait) => wait !== null);
    expect(given).toHaveLength(ATTEMPTS_MAX - 1);
    expect(given).toEqual([...given].sort((a, b) => a - b));
  });

  it.each([400, 401, 403, 404, 413, 422])('is final after HTTP %i', (status) => {
    expect(retryInMs({ ...none, status }, 1, 0, 1e9, half)).toBeNull();
  });

  it('waits as long as the server says, within reason', () => {
    expect(retryInMs({ ...none, status: 503, retryAfterMs: 2_000 }, 1, 0, 0, half)).toBe(2_000);
    expect(retryInMs({ ...none, status: 503, retryAfterMs: 3_600_000 }, 1, 0, 0, half)).toBe(5_000);
  });

  it('waits for the end of the rate window only if that is near enough', () => {
    const limited = { status: 429, retryAfterMs: null, resetAtMs: 60_000 };
    expect(retryInMs(limited, 1, 50_000, 20_000, half)).toBe(10_250);
    expect(retryInMs(limited, 1, 50_000, 5_000, half)).toBeNull();
    expect(retryInMs(limited, 1, 70_000, 5_000, half)).toBe(250);
  });

  it('opens a stream again soon, then less often', () => {
    expect(reconnectInMs(0, half)).toBe(75);
    expect(reconnectInMs(50, half)).toBe(2_250);
  });
});
