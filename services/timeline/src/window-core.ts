/**
 * A window is what the vectors know of a timeline: entries, and how far down they are complete.
 * Below that a reader goes on from MySQL.
 */
import { mergeEntries, type Entry, type Id } from '@murmur/model';

export interface Window {
  /** Newest first, each status once. */
  readonly entries: readonly Entry[];
  /** Complete for every id >= floor; 0 = from the beginning of time; null = nowhere for certain. */
  readonly floor: Id | null;
}

export const UNKNOWN: Window = { entries: [], floor: null };

/**
 * One window over several that each hold other authors: complete where all of them are. `extras` may
 * add entries but vouch for nothing.
 */
export function joinWindows(windows: readonly Window[], extras: readonly (readonly Entry[])[] = []): Window {
  const entries = mergeEntries(...windows.map((w) => w.entries), ...extras);
  let floor: Id | null = 0n;
  for (const w of windows) {
    if (w.floor === null || floor === null) floor = null;
    else if (w.floor > floor) floor = w.floor;
  }
  return { entries, floor };
}

/** Only the entries of these authors: what an unfollowed author left behind is not read any more. */
export function ofAuthors(window: Window, authors: ReadonlySet<Id>): Window {
  return { entries: window.entries.filter((entry) => authors.has(entry.authorId)), floor: window.floor };
}

/** The entries with above < id < below, in the order given; null is no bound. */
export function between(entries: readonly Entry[], above: Id | null, below: Id | null): Entry[] {
  return entries.filter((e) => (above === null || e.id > above) && (below === null || e.id < below));
}

/** Statuses read per author when a home is rebuilt: few authors deep, many authors flat. */
export function rebuildDepth(authors: number, entriesMax: number): number {
  return Math.max(
    REBUILD_PER_AUTHOR_MIN,
    Math.min(entriesMax, Math.ceil((2 * entriesMax) / Math.max(1, authors))),
  );
}

/** A page of the busiest author at least, so that the first page never needs MySQL a second time. */
export const REBUILD_PER_AUTHOR_MIN = 40;
