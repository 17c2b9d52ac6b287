/**
 * What one reader has had, as the cursor it would come back with (`shared/model` cursor.ts). A history is
 * never changed, only replaced: readers that got the same statuses share one, and so share rendered bytes.
 */
import { CURSOR_IDS_MAX, CURSOR_OVERLAP_MS, firstIdOf, idToMs, type Cursor, type Id } from '@murmur/model';

/** Ids above the floor, newest first. */
export type History = Cursor;

/** A reader that has had everything up to `floor`. */
export function historyFrom(floor: Id, seen: readonly Id[] = []): History {
  return cut(floor, newestFirst(seen, floor));
}

/** The lowest id that may still come late once `id` has come. */
export function overlapFloor(id: Id): Id {
  return firstIdOf(Math.max(0, idToMs(id) - CURSOR_OVERLAP_MS));
}

/**
 * After a live status. The floor follows `CURSOR_OVERLAP_MS` behind the newest, unless it is `held`: as long as a
 * catch-up is due, statuses above the floor may be missing, and a reader that leaves must come back for them.
 */
export function afterLive(history: History, id: Id, held: boolean): History {
  if (id <= history.floor || history.seen.includes(id)) return history;
  const newest = history.seen[0] ?? id;
  const overlap = held ? 0n : overlapFloor(newest > id ? newest : id);
  const floor = overlap > history.floor ? overlap : history.floor;
  return cut(floor, newestFirst([...history.seen, id], floor));
}

/**
 * After a status that a catch-up found. They come oldest first, so nothing below this one is missing any more:
 * the floor may rise to it, but not past it, whatever newer ones the reader has had live.
 */
export function afterReplay(history: History, id: Id): History {
  if (id <= history.floor || history.seen.includes(id)) return history;
  const overlap = overlapFloor(id);
  const floor = overlap > history.floor ? overlap : history.floor;
  const seen = newestFirst([...history.seen, id], floor);
  return seen.length <= CURSOR_IDS_MAX ? { floor, seen } : historyFrom(id, history.seen);
}

/** After a gap was announced: what is below `before` is given up, and a reader that comes back is not told again. */
export function afterGap(history: History, before: Id): History {
  return before - 1n > history.floor ? historyFrom(before - 1n, history.seen) : history;
}

/** Once nothing is missing any more: the floor that a held history would have had. */
export function released(history: History): History {
  const newest = history.seen[0];
  if (newest === undefined || overlapFloor(newest) <= history.floor) return history;
  return historyFrom(overlapFloor(newest), history.seen);
}

function newestFirst(ids: readonly Id[], floor: Id): Id[] {
  return ids.filter((id) => id > floor).sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
}

/** More ids than a cursor may list: the floor rises to the first that does not fit. */
function cut(floor: Id, seen: Id[]): History {
  const tooOld = seen[CURSOR_IDS_MAX];
  return tooOld === undefined ? { floor, seen } : { floor: tooOld, seen: seen.slice(0, CURSOR_IDS_MAX) };
}
