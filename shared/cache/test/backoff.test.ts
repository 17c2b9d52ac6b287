import { BACKOFF_FIRST_MS, BACKOFF_MAX_MS, backoffMs } from '../src/backoff-core.js';

describe('the pause before a failed server is tried again', () => {
  it('doubles from failure to failure up to its bound', () => {
    expect(backoffMs(1, 1)).toBe(BACKOFF_FIRST_MS);
    expect(backoffMs(2, 1)).toBe(2 * BACKOFF_FIRST_MS);
    expect(backoffMs(10_000, 1)).toBe(BACKOFF_MAX_MS);
  });

  it('is shortened by chance to half at the most, so that clients do not come back in step', () => {
    expect(backoffMs(1, 0)).toBe(BACKOFF_FIRST_MS / 2);
  });
});
