/**
 * Fills one page from a walk: what is deleted, unknown or not for this reader is dropped, and the walk
 * goes on until the page is full, the timeline ends, or the bound on work is reached.
 */
import type { Entry, Id } from '@murmur/model';
import type { PageRange } from '@murmur/store';
import { ascend, descend, type Outlook, type Piece, type TimelineSource } from './walk.js';

/** Row reads for one page, the bound on its work; each is one multi-get. */
export const ROUNDS_MAX = 24;
/** Entries of a later round: the first one showed that many are dropped. */
export const ROUND_ENTRIES = 100;

/** The renderable ones of these entries; absent = dropped. */
export type ReadRows<T> = (entries: readonly Entry[]) => Promise<ReadonlyMap<Id, T>>;

export interface Page<T> {
  /** Newest first. */
  readonly items: readonly { readonly id: Id; readonly item: T }[];
  /** Where the page downwards goes on (exclusive), or null when there is none or it is not known. */
  readonly nextMaxId: Id | null;
  /** What lies past the page; `lost`: MySQL was away, and the page ends early because of it. */
  readonly outlook: Outlook;
}

interface Filled<T> {
  readonly items: { readonly id: Id; readonly item: T }[];
  readonly outlook: Outlook;
  /** The last entry looked at. */
  readonly lastSeen: Id | null;
}

async function fill<T>(
  walk: AsyncGenerator<Piece, void>,
  limit: number,
  rows: ReadRows<T>,
): Promise<Filled<T>> {
  const items: { id: Id; item: T }[] = [];
  let lastSeen: Id | null = null;
  let rounds = 0;
  let outlook: Outlook = 'end';
  for await (const piece of walk) {
    let rest = piece.entries;
    outlook = piece.outlook;
    while (rest.length > 0) {
      if (items.length >= limit || rounds >= ROUNDS_MAX) return { items, outlook: 'more', lastSeen };
      const slice = rest.slice(0, rounds === 0 ? limit : ROUND_ENTRIES);
      const found = await rows(slice);
      rounds++;
      let looked = 0;
      for (const entry of slice) {
        if (items.length >= limit) break;
        looked++;
        lastSeen = entry.id;
        const item = found.get(entry.id);
        if (item !== undefined) items.push({ id: entry.id, item });
      }
      rest = rest.slice(looked);
    }
    if (items.length >= limit || rounds >= ROUNDS_MAX) break;
  }
  return { items, outlook, lastSeen };
}

/** The page of a range, by the pagination contract: all bounds exclusive, newest first, `minId` wins over `sinceId`. */
export async function readPage<T>(
  source: TimelineSource,
  range: PageRange,
  rows: ReadRows<T>,
): Promise<Page<T>> {
  if (range.minId !== null) {
    const { items, outlook } = await fill(ascend(source, range.minId, range.maxId), range.limit, rows);
    items.reverse();
    return { items, nextMaxId: items.at(-1)?.id ?? null, outlook };
  }
  const walk = descend(source, range.maxId, range.sinceId);
  const { items, outlook, lastSeen } = await fill(walk, range.limit, rows);
  const known = outlook !== 'lost' && (items.length > 0 || outlook === 'more');
  return { items, nextMaxId: known ? lastSeen : null, outlook };
}
