import type { Event } from '@murmur/model';
import { eventKey, RETRY_FIRST_MS, RETRY_MAX_MS, RetryBook, retryDelayMs } from '../src/retry-core.js';

const event = (statusId: bigint, attempt: number): Event => ({
  kind: 'delete',
  statusId,
  authorId: 1n,
  receivedAtMs: 0,
  attempt,
});

describe('when an event is tried again', () => {
  it('waits twice as long from failure to failure, up to a bound', () => {
    expect([0, 1, 2].map(retryDelayMs)).toEqual([RETRY_FIRST_MS, 2 * RETRY_FIRST_MS, 4 * RETRY_FIRST_MS]);
    expect(retryDelayMs(1_000_000)).toBe(RETRY_MAX_MS);
  });

  it('is due when its time has come, whichever attempt comes round', () => {
    const book = new RetryBook();
    book.postpone(event(5n, 0), 1_000);
    expect(book.isDue(event(5n, 1), 1_000 + RETRY_FIRST_MS - 1)).toBe(false);
    expect(book.isDue(event(5n, 2), 1_000 + RETRY_FIRST_MS - 1)).toBe(false);
    expect(book.isDue(event(5n, 1), 1_000 + RETRY_FIRST_MS)).toBe(true);
  });

  it('is due at once where another process has put it back', () => {
    expect(new RetryBook().isDue(event(5n, 7), 0)).toBe(true);
  });

  it('is due at once the first time', () => {
    expect(new RetryBook().isDue(event(5n, 0), 0)).toBe(true);
  });

  it('remembers no endless number of events', () => {
    const book = new RetryBook(2);
    for (const id of [1n, 2n, 3n]) book.postpone(event(id, 0), 0);
    expect(book.size).toBe(2);
    expect(book.isDue(event(1n, 1), 0)).toBe(true);
    expect(book.isDue(event(3n, 1), 0)).toBe(false);
  });

  it('forgets what is done with', () => {
    const book = new RetryBook();
    book.postpone(event(1n, 0), 0);
    book.forget(event(1n, 1));
    expect(book.size).toBe(0);
  });

  it('knows events of every kind apart', () => {
    const pair = { followerId: 1n, followeeId: 2n, receivedAtMs: 0, attempt: 0 };
    const keys = [
      event(1n, 0),
      { kind: 'follow', ...pair } as const,
      { kind: 'unfollow', ...pair } as const,
    ].map(eventKey);
    expect(new Set(keys).size).toBe(3);
  });
});
