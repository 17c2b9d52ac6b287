import fc from 'fast-check';
import type { Id } from '@murmur/model';
import { idsOf, planWrite, type ExistingStatus } from '../src/plan-core.js';
import type { StatusBatch } from '../src/types.js';
import { deletion, status } from './support.js';

const NOTHING: ReadonlyMap<Id, ExistingStatus> = new Map();

/** What the database does with a plan, as far as rows and counters go. */
class World {
  readonly rows = new Map<Id, ExistingStatus>();
  readonly statuses = new Map<Id, number>();
  readonly replies = new Map<Id, number>();
  total = 0;

  write(batch: StatusBatch): void {
    const plan = planWrite(batch, this.rows);
    const add = (map: Map<Id, number>, id: Id, by: number) => map.set(id, (map.get(id) ?? 0) + by);
    for (const { parentId, by } of plan.replies) if (this.rows.has(parentId)) add(this.replies, parentId, by);
    for (const s of plan.inserts)
      this.rows.set(s.id, { authorId: s.authorId, deleted: false, inReplyToId: s.inReplyToId });
    for (const t of plan.tombstones)
      this.rows.set(t.statusId, { authorId: t.authorId, deleted: true, inReplyToId: null });
    for (const m of plan.marks) {
      const row = this.rows.get(m.statusId);
      if (row !== undefined) this.rows.set(m.statusId, { ...row, deleted: true });
    }
    for (const s of plan.inserts) {
      const early = [...this.rows.values()].filter((row) => row.inReplyToId === s.id && !row.deleted).length;
      if (early > 0) add(this.replies, s.id, early);
    }
    for (const { id, statuses } of plan.accounts) add(this.statuses, id, statuses);
    this.total += plan.total;
  }
}

const arbitraryStatus = fc
  .record({ id: fc.integer({ min: 1, max: 12 }), parent: fc.option(fc.integer({ min: 1, max: 12 })) })
  // Author and parent follow from the id, as an id names one status.
  .map(({ id, parent }) => ({ id, parent: parent === null || parent === id ? null : BigInt(parent) }));
const arbitraryWrites = fc
  .uniqueArray(arbitraryStatus, { selector: (s) => s.id, maxLength: 12 })
  .chain((statuses) =>
    fc.array(
      fc.record({
        statuses: fc
          .subarray(statuses)
          .map((some) => some.map((s) => status(s.id, (s.id % 3) + 100, { inReplyToId: s.parent }))),
        deletes: fc
          .uniqueArray(fc.integer({ min: 1, max: 12 }), { maxLength: 4 })
          .map((ids) => ids.map((id) => deletion(id, (id % 3) + 100))),
      }),
      { maxLength: 6 },
    ),
  );

describe('planWrite', () => {
  it('plans nothing for what is there already', () => {
    const batch = { statuses: [status(1, 9)], deletes: [] };
    const existing = new Map([[1n, { authorId: 9n, deleted: false, inReplyToId: null }]]);
    expect(planWrite(batch, existing)).toEqual({
      inserts: [],
      tombstones: [],
      marks: [],
      accounts: [],
      replies: [],
      total: 0,
    });
  });

  it('writes only a tombstone when status and delete come together', () => {
    const plan = planWrite({ statuses: [status(1, 9)], deletes: [deletion(1, 9)] }, NOTHING);
    expect(plan).toMatchObject({ inserts: [], tombstones: [{ statusId: 1n }], accounts: [], total: 0 });
  });

  it('takes a status that is twice in the batch once', () => {
    const plan = planWrite({ statuses: [status(1, 9), status(1, 9)], deletes: [] }, NOTHING);
    expect(plan.inserts).toHaveLength(1);
    expect(plan.accounts).toEqual([{ id: 9n, statuses: 1, lastStatusAtMs: status(1, 9).createdAtMs }]);
  });

  it('keeps every list in ascending order', () => {
    const plan = planWrite(
      { statuses: [status(5, 9), status(2, 8)], deletes: [deletion(4, 9), deletion(3, 9)] },
      NOTHING,
    );
    expect(plan.inserts.map((s) => s.id)).toEqual([2n, 5n]);
    expect(plan.tombstones.map((t) => t.statusId)).toEqual([3n, 4n]);
    expect(plan.accounts.map((a) => a.id)).toEqual([8n, 9n]);
    expect(idsOf({ statuses: [status(5, 9), status(2, 8)], deletes: [deletion(4, 9)] })).toEqual({
      statuses: [2n, 4n, 5n],
      accounts: [8n, 9n],
    });
  });

  it('leaves counters equal to what is there, however batches repeat and overlap', () => {
    fc.assert(
      fc.property(arbitraryWrites, (writes) => {
        const world = new World();
        for (const batch of writes) world.write(batch);
        const live = [...world.rows].filter(([, row]) => !row.deleted);
        expect(world.total).toBe(live.length);
        for (const author of [100n, 101n, 102n])
          expect(world.statuses.get(author) ?? 0).toBe(
            live.filter(([, row]) => row.authorId === author).length,
          );
        for (const [id] of live)
          expect(world.replies.get(id) ?? 0).toBe(live.filter(([, row]) => row.inReplyToId === id).length);
      }),
    );
  });
});
