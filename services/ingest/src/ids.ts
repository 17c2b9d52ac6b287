import { setTimeout as sleep } from 'node:timers/promises';
import type { NumberLease } from '@murmur/discovery';
import { idState, nextId, type Id, type IdState } from '@murmur/model';
import { ApiError } from '@murmur/public-api';

export interface IdSource {
  /** A new id. Throws a 503 `ApiError` without a worker id, or when the clock is too far back. */
  next(): Promise<Id>;
}

/** A clock that was set back is waited out this long, ms; a request cannot wait for longer. */
export const CLOCK_WAIT_MAX_MS = 1_000;

/** Ids from a leased worker id. A lease that is lost ends them at once; a new one begins in the next millisecond. */
export function idSource(lease: Pick<NumberLease, 'current'>, now: () => number): IdSource {
  let state: IdState | null = null;
  const current = (): IdState => {
    const worker = lease.current();
    if (worker === null) throw new ApiError('unavailable');
    if (state?.worker === worker) return state;
    // Whoever had this number before may have given ids in this very millisecond.
    state = idState(worker, Math.max(now(), state?.lastMs ?? 0));
    return state;
  };
  return {
    next: async () => {
      const deadline = now() + CLOCK_WAIT_MAX_MS;
      for (;;) {
        const nowMs = now();
        const result = nextId(current(), nowMs);
        if (result.kind === 'id') {
          state = result.state;
          return result.id;
        }
        if (result.untilMs > deadline) throw new ApiError('unavailable');
        await sleep(Math.max(1, result.untilMs - nowMs));
      }
    },
  };
}
