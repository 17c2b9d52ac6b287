import { steadyClock } from '../src/clock-core.js';

const HOUR = 3_600_000;

function clocks() {
  const at = { wall: 10 * HOUR, monotonic: 5 };
  const now = steadyClock(
    () => at.wall,
    () => at.monotonic,
  );
  const pass = (ms: number): number => {
    at.wall += ms;
    at.monotonic += ms;
    return now();
  };
  return { at, now, pass };
}

describe("the scheduler's clock", () => {
  it('is the wall clock, also where that is set forward', () => {
    const { at, now, pass } = clocks();
    expect(pass(1_000)).toBe(at.wall);
    at.wall += HOUR;
    expect(now()).toBe(at.wall);
    expect(pass(0.25)).toBe(Math.floor(at.wall));
  });

  it('goes on where the wall clock is set back, slower, until that is there again', () => {
    const { at, now, pass } = clocks();
    const before = now();
    at.wall -= HOUR;
    expect(now()).toBe(before);
    expect(pass(10_000)).toBe(before + 5_000);
    expect(pass(2 * HOUR)).toBe(at.wall);
    expect(pass(1_000)).toBe(at.wall);
  });

  it('never goes back', () => {
    const { at, now, pass } = clocks();
    let last = now();
    for (const step of [3, -500, 40, -1, 0, 900, -HOUR, HOUR]) {
      at.wall += step;
      const next = pass(7);
      expect(next).toBeGreaterThanOrEqual(last);
      last = next;
    }
  });
});
