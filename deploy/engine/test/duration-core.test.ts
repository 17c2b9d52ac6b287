import fc from 'fast-check';
import {
  DURATION_PATTERN,
  parseDurationMs,
  parseDurationNs,
  printDurationMs,
  printDurationNs,
} from '../src/duration-core.js';

describe('a duration', () => {
  it.each([
    ['15secs', 15_000],
    ['1.5mins', 90_000],
    ['250ms', 250],
    ['500us', 0.5],
    ['2weeks', 1_209_600_000],
    ['1.5hrs', 5_400_000],
    ['0ns', 0],
    ['3days', 259_200_000],
  ])('%s is %d ms', (text, ms) => {
    expect(parseDurationMs(text)).toBe(ms);
  });
  it.each(['15', 'secs', '-1secs', '1 secs', '1s', '5seconds', '', '1e3ms', 'NaNsecs'])(
    'is not %p',
    (text) => {
      expect(() => parseDurationNs(text)).toThrow(`duration "${text}" is not allowed; allowed is a number`);
      expect(DURATION_PATTERN.test(text)).toBe(false);
    },
  );
  it('is printed with the largest unit that needs no fraction', () => {
    expect([0, 1, 1_000, 90_000, 120_000, 604_800_000].map(printDurationMs)).toEqual([
      '0ns',
      '1ms',
      '1secs',
      '90secs',
      '2mins',
      '1weeks',
    ]);
    expect(printDurationNs(1_500)).toBe('1500ns');
  });

  it('is read as what was printed', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 31), (ms) => {
        expect(parseDurationMs(printDurationMs(ms))).toBe(ms);
        expect(DURATION_PATTERN.test(printDurationMs(ms))).toBe(true);
      }),
    );
  });
});
