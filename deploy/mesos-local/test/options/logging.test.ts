import { silentLog, type Log } from '@murmur/service';
import { jest } from '@jest/globals';
import { toggledLog } from '../../src/options/logging.js';

/** A log that keeps its lines. */
function kept(lines: string[]): Log {
  const log: Log = {
    ...silentLog(),
    debug: (_fields, message) => lines.push(`debug ${message}`),
    info: (_fields, message) => lines.push(`info ${message}`),
    child: () => log,
  };
  return log;
}

describe('a log that can be toggled', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('writes debug lines as info for the time asked, in its children too, and then as before', () => {
    const lines: string[] = [];
    const logging = toggledLog(kept(lines));
    const child = logging.log.child({ a: 1 });
    child.debug({}, 'before');
    logging.set(1, 1_000);
    child.debug({}, 'while');
    jest.advanceTimersByTime(999);
    expect(logging.level()).toBe(1);
    jest.advanceTimersByTime(1);
    expect(logging.level()).toBe(0);
    child.debug({}, 'after');
    expect(lines).toEqual(['debug before', 'info while', 'debug after']);
    logging.close();
  });

  it('counts the time from the last call, and 0 ends it', () => {
    const logging = toggledLog(silentLog());
    logging.set(1, 1_000);
    jest.advanceTimersByTime(600);
    logging.set(2, 1_000);
    jest.advanceTimersByTime(600);
    expect(logging.level()).toBe(2);
    logging.set(0, 1_000);
    expect(logging.level()).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });
});
