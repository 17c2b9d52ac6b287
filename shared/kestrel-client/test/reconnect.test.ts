import { jest } from '@jest/globals';
import { createReconnect, type Reconnect } from '../src/reconnect.js';

describe('the wait before a reconnect', () => {
  let opened = 0;
  let reconnect: Reconnect;

  beforeEach(() => {
    jest.useFakeTimers();
    opened = 0;
    reconnect = createReconnect(50, 2000, () => {
      opened += 1;
    });
  });
  afterEach(() => {
    reconnect.cancel();
    jest.useRealTimers();
  });

  /** Connections of a server that answers and drops them after `livesMs`, in a minute. */
  function connectionsInAMinute(livesMs: number): number {
    const endsAt = Date.now() + 60_000;
    reconnect.later();
    while (Date.now() < endsAt) {
      const before = opened;
      jest.advanceTimersByTime(1);
      if (opened === before) continue;
      reconnect.answered();
      jest.advanceTimersByTime(livesMs);
      reconnect.later();
    }
    return opened;
  }

  it('is not shortened by a server that answers and drops connections: no storm', () => {
    const connections = connectionsInAMinute(0);
    expect(connections).toBeGreaterThanOrEqual(30);
    expect(connections).toBeLessThanOrEqual(70);
  });

  it('is a short one again after a connection that lasted', () => {
    connectionsInAMinute(0);
    opened = 0;
    jest.advanceTimersByTime(2000);
    reconnect.answered();
    jest.advanceTimersByTime(2000);
    reconnect.later();
    opened = 0;
    jest.advanceTimersByTime(50);
    expect(opened).toBe(1);
  });

  it('ends at once when the server announces itself, if it waits at all', () => {
    reconnect.now();
    expect(opened).toBe(0);
    reconnect.later();
    reconnect.now();
    expect(opened).toBe(1);
    jest.advanceTimersByTime(10_000);
    expect(opened).toBe(1);
  });

  it('is what is asked for where that is said', () => {
    reconnect.later(500);
    jest.advanceTimersByTime(499);
    expect(opened).toBe(0);
    jest.advanceTimersByTime(1);
    expect(opened).toBe(1);
  });
});
