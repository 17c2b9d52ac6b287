/** When an event that could not be processed is tried again. Pure. */
import type { Event } from '@murmur/model';

/** The pause after the first failure, and the longest, ms. */
export const RETRY_FIRST_MS = 200;
export const RETRY_MAX_MS = 10_000;
/** Events remembered; one that is forgotten is only tried earlier. */
export const RETRY_BOOK_MAX = 50_000;

export function retryDelayMs(attempt: number): number {
  return Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** Math.min(attempt, 20));
}

/** The same for every attempt of one event. */
export function eventKey(event: Event): string {
  switch (event.kind) {
    case 'status':
      return `status:${event.status.id}`;
    case 'delete':
      return `delete:${event.statusId}`;
    case 'follow':
    case 'unfollow':
      return `${event.kind}:${event.followerId}:${event.followeeId}`;
  }
}

/**
 * An event that has to wait goes round in its queue, so that it blocks nobody and is never lost; this book says
 * when it is due. An event that another process has put back is not in it: it is due at once.
 */
export class RetryBook {
  readonly #due = new Map<string, number>();
  readonly #max: number;

  constructor(max = RETRY_BOOK_MAX) {
    this.#max = max;
  }

  get size(): number {
    return this.#due.size;
  }

  postpone(event: Event, nowMs: number): void {
    const key = eventKey(event);
    this.#due.delete(key);
    this.#due.set(key, nowMs + retryDelayMs(event.attempt));
    const oldest = this.#due.keys().next();
    if (this.#due.size > this.#max && oldest.done !== true) this.#due.delete(oldest.value);
  }

  isDue(event: Event, nowMs: number): boolean {
    // The first time through, nobody has postponed it: no look-up for the many that never fail.
    return event.attempt === 0 || (this.#due.get(eventKey(event)) ?? 0) <= nowMs;
  }

  forget(event: Event): void {
    if (event.attempt > 0) this.#due.delete(eventKey(event));
  }
}
