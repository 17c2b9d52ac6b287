/**
 * The resume cursor of the stream: `FLOOR[,ID...]`, decimal ids. It says: everything up to and
 * including FLOOR is done with, and so are the listed ids. Statuses reach a reader only roughly in the
 * order of their ids, so the last id alone would either miss a straggler or repeat what was seen.
 * `since=<id>` from a hand-made client is the short form: nothing up to that id.
 */
import { firstIdOf, idToMs, parseId, type Id } from './ids.js';

/** How far below the newest id a straggler is still expected, ms. */
export const CURSOR_OVERLAP_MS = 5_000;
/** Ids a cursor lists at the most; when there are more, the floor rises. */
export const CURSOR_IDS_MAX = 64;

export interface Cursor {
  readonly floor: Id;
  readonly seen: readonly Id[];
}

/** Null unless every part is an id and there are at most `CURSOR_IDS_MAX` + 1 of them. */
export function parseCursor(text: string): Cursor | null {
  const ids = text.split(',').map((part) => parseId(part.trim()));
  const [floor, ...seen] = ids;
  if (floor === undefined || floor === null || seen.length > CURSOR_IDS_MAX) return null;
  return seen.every((id) => id !== null) ? { floor, seen } : null;
}

export function formatCursor(cursor: Cursor): string {
  return [cursor.floor, ...cursor.seen].join(',');
}

/** The cursor of a reader that has seen `recent` (any order, repeats allowed), never below `previousFloor`. */
export function cursorOf(recent: readonly Id[], previousFloor: Id = 0n): Cursor {
  const newestFirst = [...new Set(recent)].sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
  const newest = newestFirst[0];
  if (newest === undefined) return { floor: previousFloor, seen: [] };
  const overlap = firstIdOf(Math.max(0, idToMs(newest) - CURSOR_OVERLAP_MS));
  let floor = overlap > previousFloor ? overlap : previousFloor;
  let seen = newestFirst.filter((id) => id > floor);
  if (seen.length > CURSOR_IDS_MAX) {
    floor = seen[CURSOR_IDS_MAX] as Id;
    seen = seen.slice(0, CURSOR_IDS_MAX);
  }
  return { floor, seen };
}
