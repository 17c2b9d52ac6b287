import { decodeEvent } from '@murmur/model';
import fc from 'fast-check';
import {
  encodePoison,
  halvesOf,
  oldestOf,
  planBatch,
  POISON_PAYLOAD_BYTES_MAX,
  refansOf,
  retryDelayMs,
  rowsOf,
} from '../src/persister-core.js';
import { deleteEvent, followEvent, payloads, statusEvent, statusOf } from './events.js';

describe('the plan of a batch', () => {
  it('writes statuses and deletes, passes over follows, and puts aside what it cannot read', () => {
    const rubbish = Buffer.from('rubbish');
    const batch = [...payloads(statusEvent(1, 50), deleteEvent(2, 60), followEvent(70)), rubbish];
    const plan = planBatch(batch);
    expect(plan.writes.map(({ event }) => event.kind)).toEqual(['status', 'delete']);
    expect(plan.ignored).toBe(1);
    expect(plan.poison).toEqual([
      { cause: 'undecodable', reason: expect.stringContaining('version') as string, payload: rubbish },
    ]);
  });

  it('accounts for every payload of any batch exactly once', () => {
    const payload = fc.oneof(
      fc.integer({ min: 0, max: 9 }).map((n) => payloads(statusEvent(n, 5))[0] as Buffer),
      fc.integer({ min: 0, max: 9 }).map((n) => payloads(deleteEvent(n, 5))[0] as Buffer),
      fc.constant(payloads(followEvent(5))[0] as Buffer),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(fc.array(payload, { maxLength: 30 }), (batch) => {
        const { writes, poison, ignored } = planBatch(batch);
        expect(writes.length + poison.length + ignored).toBe(batch.length);
      }),
    );
  });

  it('makes one transaction of its writes in which a repeat counts once', () => {
    const batch = payloads(statusEvent(1, 50), statusEvent(1, 51), deleteEvent(2, 60), deleteEvent(2, 61));
    expect(rowsOf(planBatch(batch).writes)).toEqual({
      statuses: [statusOf(1)],
      deletes: [{ statusId: statusOf(2).id, authorId: 7n, atMs: 60 }],
    });
  });

  it('halves until single writes are left, and loses none', () => {
    const { writes } = planBatch(payloads(...[1, 2, 3, 4, 5].map((n) => statusEvent(n, 0))));
    const split = (list: typeof writes): (typeof writes)[number][] =>
      list.length === 1 ? [...list] : halvesOf(list).flatMap(split);
    expect(split(writes)).toEqual(writes);
  });

  it('knows its oldest event', () => {
    expect(oldestOf(planBatch(payloads(statusEvent(1, 50), deleteEvent(2, 40))).writes)).toBe(40);
    expect(oldestOf([])).toBeNull();
  });
});

describe('what follows a commit', () => {
  it('fans late statuses out once more, to homes only', () => {
    const { writes } = planBatch(
      payloads(statusEvent(1, 1000), statusEvent(2, 3000), statusEvent(3, 3001), deleteEvent(4, 0)),
    );
    const refans = refansOf(writes, 5000, 2000).map(decodeEvent);
    expect(refans).toEqual([{ ...statusEvent(1, 1000), push: false }]);
  });

  it('never fans out a status that is fanned out a second time already', () => {
    const again = { ...statusEvent(1, 0), push: false } as ReturnType<typeof statusEvent>;
    expect(refansOf(planBatch(payloads(again)).writes, 99_999, 2000)).toEqual([]);
  });

  it('writes poison with its reason, its bytes and the time', () => {
    const poison = encodePoison({ cause: 'refused', reason: 'too long', payload: Buffer.from([0, 255]) }, 99);
    expect(JSON.parse(poison.toString())).toEqual({
      reason: 'too long',
      payload: 'AP8=',
      payloadBytes: 2,
      atMs: 99,
    });
  });

  it('keeps the beginning of poison that would not fit into a queue item', () => {
    const payload = Buffer.alloc(POISON_PAYLOAD_BYTES_MAX * 4, 1);
    const poison = encodePoison({ cause: 'refused', reason: 'r', payload }, 0);
    expect(poison.length).toBeLessThan(1024 * 1024);
    expect(JSON.parse(poison.toString())).toMatchObject({ payloadBytes: payload.length });
  });

  it('doubles the wait between its bounds', () => {
    expect([0, 1, 2, 3, 99].map((attempt) => retryDelayMs(attempt, 100, 500))).toEqual([
      100, 200, 400, 500, 500,
    ]);
  });
});
