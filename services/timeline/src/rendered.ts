/** From entries to what can be shown: the status rows, their authors' rows, minus what this reader may not see. */
import type { Account, Entry, Id, Status } from '@murmur/model';
import type { TimelineMetrics } from './metrics.js';
import type { ReadRows } from './page.js';

export interface Rendered {
  readonly status: Status;
  readonly author: Account;
}

export interface FoundStatuses {
  readonly found: ReadonlyMap<Id, Status>;
  /** MySQL was away and some row is in no cache: what is absent here may exist all the same. */
  readonly away: boolean;
}

export interface FoundAccounts {
  readonly found: ReadonlyMap<Id, Account>;
  readonly away: boolean;
}

/** Rows by id: one multi-get, misses from MySQL and filled back. */
export interface Rows {
  statuses(ids: readonly Id[]): Promise<FoundStatuses>;
  accounts(ids: readonly Id[]): Promise<FoundAccounts>;
}

export interface RowReader {
  readonly read: ReadRows<Rendered>;
  /** Whether something was dropped only because MySQL was away. */
  gaps(): boolean;
}

export function rowReader(
  { rows, metrics }: { readonly rows: Rows; readonly metrics: Pick<TimelineMetrics, 'dropped'> },
  keep: (status: Status) => boolean,
): RowReader {
  let gaps = false;
  const read = async (entries: readonly Entry[]): Promise<Map<Id, Rendered>> => {
    const statuses = await rows.statuses(entries.map((entry) => entry.id));
    const kept = [...statuses.found.values()].filter(keep);
    const authors = await rows.accounts([...new Set(kept.map((status) => status.authorId))]);
    gaps ||= statuses.away || authors.away;
    const out = new Map<Id, Rendered>();
    for (const status of kept) {
      const author = authors.found.get(status.authorId);
      if (author !== undefined) out.set(status.id, { status, author });
    }
    const hidden = statuses.found.size - kept.length;
    metrics.dropped('hidden', hidden);
    metrics.dropped('absent', entries.length - out.size - hidden);
    return out;
  };
  return { read, gaps: () => gaps };
}
