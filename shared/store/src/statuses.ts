import type { Id, Status } from '@murmur/model';
import { IN_LIST_MAX } from './accounts.js';
import { chunks, type Database, type Session } from './database.js';
import { StoreUnavailable } from './errors.js';
import { idsOf, planWrite, type ExistingStatus, type WritePlan } from './plan-core.js';
import { addToTotal, lockAccounts, updateAccountCounters } from './queries/accounts.js';
import {
  countRepliesOf,
  insertStatuses,
  insertTombstones,
  lockStatuses,
  markDeleted,
  selectStatuses,
  updateReplyCounters,
} from './queries/statuses.js';
import { idAt, idOrNullAt, numberAt, statusOf } from './rows.js';
import type { StatusBatch, Store } from './types.js';

/** Rows of one INSERT: a few hundred KB of text at the very most, far below `max_allowed_packet`. */
const INSERT_ROWS_MAX = 200;
/** How often a batch is written again after another writer was in the way. */
const WRITE_ATTEMPTS_MAX = 5;
const WORTH_REPEATING: ReadonlySet<string> = new Set(['ER_LOCK_DEADLOCK', 'ER_CHECKREAD', 'WRITE_CONFLICT']);

type StatusStore = Pick<Store, 'writeStatuses' | 'statusesByIds'>;

export function statusStore(db: Database): StatusStore {
  return {
    writeStatuses: async (batch) => {
      if (batch.statuses.length + batch.deletes.length === 0) return;
      for (let attempt = 1; ; attempt++) {
        try {
          await db.transaction((session) => write(session, batch));
          return;
        } catch (error) {
          const again = error instanceof StoreUnavailable && WORTH_REPEATING.has(error.code);
          if (!again || attempt === WRITE_ATTEMPTS_MAX) throw error;
        }
      }
    },

    statusesByIds: async (ids) => {
      const statuses: Status[] = [];
      const deleted: Id[] = [];
      for (const chunk of chunks([...new Set(ids)], IN_LIST_MAX))
        for (const row of await db.rows(selectStatuses(chunk)))
          if (numberAt(row, 'deleted') === 0) statuses.push(statusOf(row));
          else deleted.push(idAt(row, 'id'));
      return { statuses, deleted };
    },
  };
}

/**
 * Locks in one order everywhere: accounts by id, then statuses by id, then the total. The lock on the
 * author makes two writers of one status take turns; the affected rows prove it.
 */
async function write(session: Session, batch: StatusBatch): Promise<void> {
  const ids = idsOf(batch);
  for (const chunk of chunks(ids.accounts, IN_LIST_MAX)) await session.rows(lockAccounts(chunk));
  const existing = new Map<Id, ExistingStatus>();
  for (const chunk of chunks(ids.statuses, IN_LIST_MAX))
    for (const row of await session.rows(lockStatuses(chunk))) existing.set(idAt(row, 'id'), existingOf(row));

  const plan = planWrite(batch, existing);
  await writeRows(session, plan);
  await writeCounters(session, plan);
}

async function writeRows(session: Session, plan: WritePlan): Promise<void> {
  for (const chunk of chunks(plan.inserts, INSERT_ROWS_MAX))
    expectAll(await session.change(insertStatuses(chunk)), chunk.length);
  for (const chunk of chunks(plan.tombstones, INSERT_ROWS_MAX))
    expectAll(await session.change(insertTombstones(chunk)), chunk.length);
  for (const chunk of chunks(plan.marks, INSERT_ROWS_MAX)) await session.change(markDeleted(chunk));
}

/** Fewer rows than planned: somebody else wrote one of them after we had looked. The transaction is void. */
function expectAll(changed: number, planned: number): void {
  if (changed !== planned)
    throw new StoreUnavailable(
      'WRITE_CONFLICT',
      `${planned - changed} of ${planned} rows were written by another writer`,
    );
}

async function writeCounters(session: Session, plan: WritePlan): Promise<void> {
  for (const chunk of chunks(plan.replies, INSERT_ROWS_MAX)) await session.change(updateReplyCounters(chunk));
  for (const chunk of chunks(plan.inserts, INSERT_ROWS_MAX)) {
    const early = await session.rows(countRepliesOf(chunk.map((status) => status.id)));
    const changes = early.map((row) => ({ parentId: idAt(row, 'id'), by: numberAt(row, 'replies') }));
    if (changes.length > 0) await session.change(updateReplyCounters(changes));
  }
  for (const chunk of chunks(plan.accounts, INSERT_ROWS_MAX))
    await session.change(updateAccountCounters(chunk));
  if (plan.total !== 0) await session.change(addToTotal('statuses', plan.total));
}

function existingOf(row: Parameters<typeof idAt>[0]): ExistingStatus {
  return {
    authorId: idAt(row, 'author_id'),
    deleted: numberAt(row, 'deleted') !== 0,
    inReplyToId: idOrNullAt(row, 'in_reply_to_id'),
  };
}
