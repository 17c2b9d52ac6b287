/** What a reader does with a timeline vector: the decisions of ARCHITECTURE, "a home timeline that is rebuilt". Pure. */
import {
  mergeEntries,
  trimTimeline,
  VECTOR_ENTRIES_MAX,
  type Entry,
  type Id,
  type TimelineVector,
  type VectorHeader,
} from '@murmur/model';

/** Stored entries from which a reader trims: twice what is kept, so that not every read writes. */
export const TRIM_ABOVE_ENTRIES = 2 * VECTOR_ENTRIES_MAX;

/**
 * `claim`: absent, begin it so that appends land. `merge`: claimed or begun by an append, nobody has merged
 * the store in. `settle`: complete, but the store wants its second look. `trim`: complete, too long. `serve`: as it is.
 */
export type TimelineStep = 'claim' | 'merge' | 'settle' | 'trim' | 'serve';

export function timelineStep(vector: TimelineVector | null, nowMs: number): TimelineStep {
  if (vector === null) return 'claim';
  if (vector.header === null) return 'merge';
  if (vector.header.settleAtMs !== 0 && vector.header.settleAtMs <= nowMs) return 'settle';
  return vector.storedEntries > TRIM_ABOVE_ENTRIES ? 'trim' : 'serve';
}

/** What a rebuild answers: complete from `floor` up (0: from the beginning). */
export interface Rebuilt {
  readonly entries: readonly Entry[];
  readonly floor: Id;
}

export interface CompleteTimeline {
  readonly header: VectorHeader;
  readonly entries: readonly Entry[];
}

/**
 * The rebuilt timeline and what the vector holds by now, as one. Complete from the lower of the two floors:
 * each side is complete from its own floor, up to the claim and beyond it. `settleAtMs`: when this merge
 * wants a second look, 0 when it was the second. A vector that another reader settled meanwhile stays settled.
 */
export function mergeRebuilt(
  rebuilt: Rebuilt,
  current: TimelineVector | null,
  settleAtMs: number,
): CompleteTimeline {
  const header = current?.header ?? null;
  const floor = header !== null && header.floor < rebuilt.floor ? header.floor : rebuilt.floor;
  return trimTimeline(
    { settleAtMs: header?.settleAtMs === 0 ? 0 : settleAtMs, floor },
    mergeEntries(rebuilt.entries, current?.entries ?? []),
  );
}

/** What can be said while the store is away: the entries known, complete only down to the oldest of them. */
export function degradedTimeline(vector: TimelineVector | null): CompleteTimeline | null {
  if (vector === null) return null;
  if (vector.header !== null) return { header: vector.header, entries: vector.entries };
  const oldest = vector.entries.at(-1);
  return oldest === undefined
    ? null
    : { header: { settleAtMs: 0, floor: oldest.id }, entries: vector.entries };
}
