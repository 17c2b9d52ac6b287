import { decodePushItem, encodePushHead, unpackIds, type Id } from '@murmur/model';
import fc from 'fast-check';
import { Audience, PUSH_ITEM_BYTES_MAX } from '../src/push-core.js';

const head = encodePushHead({ kind: 'delete', statusId: 5n, receivedAtMs: 7 });

describe('push items', () => {
  it('are none when nobody is connected', () => {
    expect(new Audience().items(head)).toEqual([]);
  });

  it('go to every gateway where an account reads', () => {
    const audience = new Audience();
    audience.add(1n, ['a', 'b']);
    audience.add(2n, ['b']);
    const items = audience.items(head).map(({ gateway, payload }) => ({
      gateway,
      accounts: unpackIds(decodePushItem(payload).accounts),
    }));
    expect(items).toEqual([
      { gateway: 'a', accounts: [1n] },
      { gateway: 'b', accounts: [1n, 2n] },
    ]);
  });

  it('never exceed their size and leave nobody out', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30_000 }), (readers) => {
        const audience = new Audience();
        const ids: Id[] = Array.from({ length: readers }, (_, i) => BigInt(i + 1));
        for (const id of ids) audience.add(id, ['a']);
        const items = audience.items(head);
        expect(Math.max(...items.map(({ payload }) => payload.length))).toBeLessThanOrEqual(
          PUSH_ITEM_BYTES_MAX,
        );
        expect(items.flatMap(({ payload }) => unpackIds(decodePushItem(payload).accounts))).toEqual(ids);
      }),
      { numRuns: 20 },
    );
  });
});
