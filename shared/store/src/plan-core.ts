/**
 * Decides what a batch changes, given which of its rows are there already. Pure: writing a batch twice,
 * in halves or after somebody else wrote part of it gives a plan for the rest only, so that counters move
 * once per status that appears and once per status that goes.
 */
import type { Id, Status } from '@murmur/model';
import type { AccountChange } from './queries/accounts.js';
import type { ReplyChange, Tombstone } from './queries/statuses.js';
import type { StatusBatch } from './types.js';

export interface ExistingStatus {
  readonly authorId: Id;
  readonly deleted: boolean;
  readonly inReplyToId: Id | null;
}

export interface WritePlan {
  /** New rows, ascending. */
  readonly inserts: readonly Status[];
  /** Deletes of statuses that are not there, ascending: they block the status should it still come. */
  readonly tombstones: readonly Tombstone[];
  /** Rows that are there and go now, ascending. */
  readonly marks: readonly Tombstone[];
  readonly accounts: readonly AccountChange[];
  /** Parents that are not of this batch; for new rows replies are counted instead. */
  readonly replies: readonly ReplyChange[];
  /** By how much the number of statuses grows. */
  readonly total: number;
}

const ascending = (a: Id, b: Id): number => (a < b ? -1 : a > b ? 1 : 0);

/** The ids that have to be read, and locked, before `planWrite`. */
export function idsOf(batch: StatusBatch): { readonly statuses: Id[]; readonly accounts: Id[] } {
  const statuses = [...batch.statuses.map((s) => s.id), ...batch.deletes.map((d) => d.statusId)];
  const accounts = [...batch.statuses.map((s) => s.authorId), ...batch.deletes.map((d) => d.authorId)];
  return {
    statuses: [...new Set(statuses)].sort(ascending),
    accounts: [...new Set(accounts)].sort(ascending),
  };
}

export function planWrite(batch: StatusBatch, existing: ReadonlyMap<Id, ExistingStatus>): WritePlan {
  const deletes = new Map(batch.deletes.map((d) => [d.statusId, d]));
  const fresh = new Map(batch.statuses.filter((s) => !existing.has(s.id)).map((s) => [s.id, s]));
  const inserts = [...fresh.values()].filter((s) => !deletes.has(s.id));
  const known = [...deletes.values()].filter((d) => existing.has(d.statusId));
  const marks = known.filter((d) => existing.get(d.statusId)?.deleted === false);
  const tombstones = [...deletes.values()].filter((d) => !existing.has(d.statusId));

  const accounts = new Map<Id, AccountChange>();
  const replies = new Map<Id, number>();
  const count = (authorId: Id, parentId: Id | null, by: 1 | -1, atMs: number | null): void => {
    const before = accounts.get(authorId);
    const last = Math.max(before?.lastStatusAtMs ?? 0, atMs ?? 0);
    const statuses = (before?.statuses ?? 0) + by;
    accounts.set(authorId, { id: authorId, statuses, lastStatusAtMs: last === 0 ? null : last });
    if (parentId !== null && !fresh.has(parentId)) replies.set(parentId, (replies.get(parentId) ?? 0) + by);
  };
  for (const status of inserts) count(status.authorId, status.inReplyToId, 1, status.createdAtMs);
  for (const mark of marks) {
    const row = existing.get(mark.statusId);
    if (row !== undefined) count(row.authorId, row.inReplyToId, -1, null);
  }

  return {
    inserts: inserts.sort((a, b) => ascending(a.id, b.id)),
    tombstones: tombstones.sort((a, b) => ascending(a.statusId, b.statusId)),
    marks: marks.sort((a, b) => ascending(a.statusId, b.statusId)),
    accounts: [...accounts.values()].sort((a, b) => ascending(a.id, b.id)),
    replies: [...replies]
      .map(([parentId, by]) => ({ parentId, by }))
      .filter(({ by }) => by !== 0)
      .sort((a, b) => ascending(a.parentId, b.parentId)),
    total: inserts.length - marks.length,
  };
}
