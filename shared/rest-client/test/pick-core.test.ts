import fc from 'fast-check';
import {
  abandoned,
  answered,
  EJECT_AFTER_FAILURES,
  EJECT_MS_MAX,
  EJECT_MS_MIN,
  failed,
  NO_LOAD,
  pick,
  started,
  type Load,
} from '../src/pick-core.js';

/** Answers with the given numbers in turn. */
const fixed = (...numbers: number[]) => {
  let at = 0;
  return () => numbers[at++ % numbers.length] ?? 0;
};
const busy = (inFlight: number): Load => ({ ...NO_LOAD, inFlight });

describe('pick', () => {
  it('finds nobody in an empty set and the only one in a set of one', () => {
    expect(pick([], () => NO_LOAD, 0, fixed(0.9))).toBeNull();
    expect(pick(['a'], () => busy(9), 0, fixed(0.99))).toBe('a');
  });

  it('takes the less loaded of two, and the first of equals', () => {
    const loads: Record<string, Load> = { a: busy(5), b: busy(2), c: busy(0) };
    const loadOf = (m: string) => loads[m] ?? NO_LOAD;
    expect(pick(['a', 'b', 'c'], loadOf, 0, fixed(0, 0))).toBe('b');
    expect(pick(['a', 'b'], () => busy(1), 0, fixed(0.6, 0))).toBe('b');
  });

  it('never takes the most loaded of three, whatever the dice', () => {
    const loads: Record<string, Load> = { a: busy(5), b: busy(2), c: busy(0) };
    const dice = fc.double({ min: 0, max: 0.999_999, noNaN: true });
    fc.assert(
      fc.property(dice, dice, (x, y) => {
        expect(pick(['a', 'b', 'c'], (m) => loads[m] ?? NO_LOAD, 0, fixed(x, y))).not.toBe('a');
      }),
    );
  });

  it('leaves the ejected out, unless all are', () => {
    const until = (ejectedUntilMs: number): Load => ({ ...NO_LOAD, ejectedUntilMs });
    const loads: Record<string, Load> = { a: until(100), b: until(200) };
    const loadOf = (m: string) => loads[m] ?? NO_LOAD;
    expect(pick(['a', 'b'], loadOf, 150, fixed(0.9, 0.9))).toBe('a');
    expect(pick(['a', 'b'], loadOf, 50, fixed(0.9, 0))).toBe('b');
  });
});

describe('a member', () => {
  const failTimes = (times: number, nowMs = 0): Load => {
    let load = NO_LOAD;
    for (let i = 0; i < times; i++) load = failed(started(load), nowMs);
    return load;
  };

  it('is ejected after failures in a row, longer each time, up to a bound', () => {
    expect(failTimes(EJECT_AFTER_FAILURES - 1).ejectedUntilMs).toBe(0);
    expect(failTimes(EJECT_AFTER_FAILURES, 7).ejectedUntilMs).toBe(7 + EJECT_MS_MIN);
    expect(failTimes(EJECT_AFTER_FAILURES + 1).ejectedUntilMs).toBe(2 * EJECT_MS_MIN);
    expect(failTimes(1_000).ejectedUntilMs).toBe(EJECT_MS_MAX);
  });

  it('is back with its first answer', () => {
    expect(answered(started(failTimes(5)))).toEqual(NO_LOAD);
  });

  it('is not blamed for a caller who gives up', () => {
    expect(abandoned(started(failTimes(2)))).toEqual(failTimes(2));
  });
});
