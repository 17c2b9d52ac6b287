import type { Id } from '@murmur/model';
import fc from 'fast-check';
import { PRESENCE_IDS_MAX, PresenceBook } from '../src/presence-core.js';

describe('PresenceBook', () => {
  it('says the first join and the last leave of an account, numbered', () => {
    const book = new PresenceBook('g1', 'e1');
    book.join(1n);
    book.join(1n);
    book.join(2n);
    expect(book.take()).toEqual({ gateway: 'g1', epoch: 'e1', seq: 1, joins: [1n, 2n], leaves: [] });
    book.leave(1n);
    expect(book.take()).toEqual({ gateway: 'g1', epoch: 'e1', seq: 2, joins: [], leaves: [] });
    book.leave(1n);
    book.leave(7n);
    expect(book.take()).toEqual({ gateway: 'g1', epoch: 'e1', seq: 3, joins: [], leaves: [1n] });
    expect(book.snapshot()).toEqual({ gateway: 'g1', epoch: 'e1', seq: 3, accounts: [2n] });
  });

  it('begins to count anew after a failure, and leaves the rest to the snapshot', () => {
    const book = new PresenceBook('g1', 'e1');
    book.join(1n);
    book.take();
    book.join(2n);
    book.beginEpoch('e2');
    expect(book.take()).toEqual({ gateway: 'g1', epoch: 'e2', seq: 1, joins: [], leaves: [] });
    expect(book.snapshot().accounts).toEqual([1n, 2n]);
  });

  it('cuts a crowd into items', () => {
    const book = new PresenceBook('g1', 'e1');
    for (let i = 0; i < PRESENCE_IDS_MAX + 3; i++) book.join(BigInt(i));
    expect(book.take().joins).toHaveLength(PRESENCE_IDS_MAX);
    expect(book.changes).toBe(3);
    expect(book.take().joins).toHaveLength(3);
  });

  it('leaves a follower of its items with the same accounts as its snapshot', () => {
    const step = fc.record({ account: fc.bigInt(0n, 3n), join: fc.boolean(), take: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const book = new PresenceBook('g1', 'e1');
        const follower = new Set<Id>();
        const follow = (): void => {
          const { joins, leaves } = book.take();
          for (const id of joins) follower.add(id);
          for (const id of leaves) follower.delete(id);
        };
        for (const { account, join, take } of steps) {
          if (join) book.join(account);
          else book.leave(account);
          if (take) follow();
        }
        follow();
        expect([...follower].sort()).toEqual([...book.snapshot().accounts].sort());
      }),
    );
  });
});
