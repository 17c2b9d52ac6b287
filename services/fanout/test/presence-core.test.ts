import type { Id, PresenceItem } from '@murmur/model';
import fc from 'fast-check';
import { HELD_ITEMS_MAX, HOLE_WAIT_MS, Presence } from '../src/presence-core.js';

const item = (seq: number, joins: Id[] = [], leaves: Id[] = [], epoch = 'e1'): PresenceItem => ({
  gateway: 'g1',
  epoch,
  seq,
  joins,
  leaves,
});
const FETCH = [{ kind: 'fetch', gateway: 'g1' }];

function known(accounts: Id[] = [], seq = 10): Presence {
  const presence = new Presence();
  presence.snapshot({ gateway: 'g1', epoch: 'e1', seq, accounts }, 0);
  return presence;
}

describe('presence', () => {
  it('knows where the accounts of a snapshot read', () => {
    const presence = known([1n, 2n]);
    presence.snapshot({ gateway: 'g2', epoch: 'x', seq: 0, accounts: [2n] }, 0);
    expect(presence.gatewaysOf(1n)).toEqual(['g1']);
    expect(presence.gatewaysOf(2n)).toEqual(['g1', 'g2']);
    expect(presence.gatewaysOf(3n)).toEqual([]);
    expect(presence.accounts).toBe(2);
  });

  it('follows joins and leaves in order', () => {
    const presence = known([1n]);
    expect(presence.apply(item(11, [2n], [1n]), 0)).toEqual([]);
    expect(presence.gatewaysOf(1n)).toEqual([]);
    expect(presence.gatewaysOf(2n)).toEqual(['g1']);
  });

  it('ignores an item that comes twice, and one that is older than the snapshot', () => {
    const presence = known([1n]);
    presence.apply(item(11, [2n]), 0);
    presence.apply(item(12, [], [2n]), 0);
    presence.apply(item(11, [2n]), 0);
    presence.apply(item(9, [], [1n]), 0);
    expect(presence.gatewaysOf(2n)).toEqual([]);
    expect(presence.gatewaysOf(1n)).toEqual(['g1']);
  });

  it('waits a moment for an item that another Kestrel still has', () => {
    const presence = known();
    expect(presence.apply(item(12, [], [2n]), 100)).toEqual([]);
    expect(presence.tick(100 + HOLE_WAIT_MS - 1)).toEqual([]);
    expect(presence.apply(item(11, [2n]), 100 + HOLE_WAIT_MS - 1)).toEqual([]);
    expect(presence.gatewaysOf(2n)).toEqual([]);
    expect(presence.tick(10_000)).toEqual([]);
  });

  it('fetches the whole once when a hole stays, and goes on from there', () => {
    const presence = known([1n]);
    presence.apply(item(12, [3n]), 0);
    expect(presence.tick(HOLE_WAIT_MS)).toEqual(FETCH);
    expect(presence.tick(10_000)).toEqual([]);
    presence.apply(item(13, [4n]), 0);
    presence.snapshot({ gateway: 'g1', epoch: 'e1', seq: 12, accounts: [2n, 3n] }, 0);
    expect([1n, 2n, 3n, 4n].map((id) => presence.gatewaysOf(id).length)).toEqual([0, 1, 1, 1]);
  });

  it('fetches the whole when the gateway begins a new epoch, and keeps what comes meanwhile', () => {
    const presence = known([1n]);
    expect(presence.apply(item(1, [2n], [], 'e2'), 0)).toEqual(FETCH);
    expect(presence.apply(item(2, [3n], [], 'e2'), 0)).toEqual([]);
    presence.snapshot({ gateway: 'g1', epoch: 'e2', seq: 1, accounts: [2n] }, 0);
    expect([1n, 2n, 3n].map((id) => presence.gatewaysOf(id).length)).toEqual([0, 1, 1]);
  });

  it('ignores the items of a gateway that it has never seen', () => {
    const presence = new Presence();
    expect(presence.apply(item(1, [1n]), 0)).toEqual([]);
    expect(presence.accounts).toBe(0);
  });

  it('forgets the accounts of a gateway that leaves, and only there', () => {
    const presence = known([1n, 2n]);
    presence.snapshot({ gateway: 'g2', epoch: 'x', seq: 0, accounts: [2n] }, 0);
    presence.drop('g1');
    expect(presence.gatewaysOf(1n)).toEqual([]);
    expect(presence.gatewaysOf(2n)).toEqual(['g2']);
  });

  it('holds no endless number of items behind a hole', () => {
    const presence = known();
    const effects = Array.from({ length: HELD_ITEMS_MAX + 1 }, (_, i) => presence.apply(item(12 + i), 0));
    expect(effects.slice(0, -1).flat()).toEqual([]);
    expect(effects.at(-1)).toEqual(FETCH);
  });

  it('ends with the truth, whatever order and repeats the items come in', () => {
    const changes = fc.array(fc.record({ account: fc.bigInt(1n, 6n), join: fc.boolean() }), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(changes, fc.array(fc.nat(), { maxLength: 60 }), (list, picks) => {
        const items = list.map(({ account, join }, i) =>
          item(i + 1, join ? [account] : [], join ? [] : [account]),
        );
        const truth = new Set<Id>();
        for (const { account, join } of list)
          if (join) truth.add(account);
          else truth.delete(account);
        const presence = known([], 0);
        for (const pick of picks)
          if (items.length > 0) presence.apply(items[pick % items.length] as PresenceItem, 0);
        for (const one of items) presence.apply(one, 0);
        expect([1n, 2n, 3n, 4n, 5n, 6n].filter((id) => presence.gatewaysOf(id).length > 0)).toEqual(
          [...truth].sort((a, b) => Number(a - b)),
        );
      }),
    );
  });
});
