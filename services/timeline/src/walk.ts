/**
 * Walks a timeline in pieces that are each complete: first what the window is sure of, then MySQL, with
 * the window's own entries merged in (MySQL lags behind what was accepted). No piece overlaps another
 * and nothing lies between two, so the seam cannot be seen. The I/O is behind `TimelineSource`.
 */
import { mergeEntries, type Entry, type Id } from '@murmur/model';
import { between, type Window } from './window-core.js';

/** What MySQL knows next to a bound. */
export interface Chunk {
  readonly refs: readonly Entry[];
  /** The answer is complete from the bound to this id inclusive; null: to the end of the timeline. */
  readonly reach: Id | null;
}

export interface TimelineSource {
  readonly window: Window;
  /** The newest below an exclusive bound (null: the top) and above another; null while MySQL is away. */
  below(belowId: Id | null, aboveId: Id | null): Promise<Chunk | null>;
  /** The oldest above an exclusive bound; null while MySQL is away. */
  above(aboveId: Id): Promise<Chunk | null>;
}

/** `end`: nothing more in that direction. `lost`: MySQL is away, so nobody knows what else there is. */
export type Outlook = 'more' | 'end' | 'lost';

export interface Piece {
  /** In walking order: newest first downwards, oldest first upwards. */
  readonly entries: readonly Entry[];
  readonly outlook: Outlook;
}

const max = (a: Id | null, b: Id | null): Id | null => (a === null ? b : b === null || a > b ? a : b);
const min = (a: Id | null, b: Id | null): Id | null => (a === null ? b : b === null || a < b ? a : b);

/** From `belowId` (exclusive, null: the top) down to `aboveId` (exclusive, null: the first status ever). */
export async function* descend(
  source: TimelineSource,
  belowId: Id | null,
  aboveId: Id | null,
): AsyncGenerator<Piece, void> {
  const { entries, floor } = source.window;
  let below = belowId;
  if (floor !== null && (below === null || below > floor)) {
    const ends = floor === 0n || (aboveId !== null && aboveId >= floor - 1n);
    yield {
      entries: between(entries, max(aboveId, floor - 1n), below),
      outlook: ends ? 'end' : 'more',
    };
    if (ends) return;
    below = min(below, floor);
  }
  for (;;) {
    const chunk = await source.below(below, aboveId);
    if (chunk === null) {
      yield { entries: between(entries, aboveId, below), outlook: 'lost' };
      return;
    }
    const { reach } = chunk;
    // A chunk that does not get anywhere would be asked for again for ever.
    const stuck = reach !== null && below !== null && reach >= below;
    const ends = reach === null || stuck || (aboveId !== null && reach <= aboveId + 1n);
    const lower = max(aboveId, reach === null ? null : reach - 1n);
    yield {
      entries: mergeEntries(between(chunk.refs, lower, below), between(entries, lower, below)),
      outlook: ends ? 'end' : 'more',
    };
    if (ends) return;
    below = reach;
  }
}

/** From `aboveId` (exclusive) up to `belowId` (exclusive, null: the newest). */
export async function* ascend(
  source: TimelineSource,
  aboveId: Id,
  belowId: Id | null,
): AsyncGenerator<Piece, void> {
  const { entries, floor } = source.window;
  let above = aboveId;
  while (floor === null || above < floor - 1n) {
    const chunk = await source.above(above);
    if (chunk === null) {
      // What lies directly above is not known, and a page from further up would hide the hole.
      yield { entries: [], outlook: 'lost' };
      return;
    }
    const { reach } = chunk;
    const upper = min(belowId, reach === null ? null : reach + 1n);
    const ends = reach === null || reach <= above || (belowId !== null && reach >= belowId - 1n);
    yield {
      entries: mergeEntries(between(chunk.refs, above, upper), between(entries, above, upper)).reverse(),
      outlook: ends ? 'end' : 'more',
    };
    if (ends) return;
    above = reach;
  }
  yield { entries: between(entries, above, belowId).reverse(), outlook: 'end' };
}
