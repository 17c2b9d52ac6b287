import fc from 'fast-check';
import { aliveMember, decodeMember, encodeMember, staticServerSet, type Member } from '@murmur/discovery';
import { lowestFree, usableNumber } from '../src/lease-core.js';
import { emptyView, found, reconnected } from '../src/view-core.js';

const member = (n: number, port = 1000 + n, status: Member['status'] = 'ALIVE'): Member => ({
  ...aliveMember({ host: '127.0.0.1', port }),
  status,
  name: `member_${String(n).padStart(10, '0')}`,
});
const ports = (members: readonly Member[]): number[] => members.map((each) => each.serviceEndpoint.port);

describe('the member codec', () => {
  it('reads what it writes', () => {
    const name = 'member_0000000007';
    const full: Member = {
      name,
      serviceEndpoint: { host: 'h', port: 1 },
      additionalEndpoints: { health: { host: 'h', port: 2 } },
      status: 'ALIVE',
      shard: 3,
    };
    expect(decodeMember(name, encodeMember(full))).toEqual(full);
    expect(encodeMember(full)).toBe(
      '{"serviceEndpoint":{"host":"h","port":1},"additionalEndpoints":{"health":{"host":"h","port":2}},"status":"ALIVE","shard":3}',
    );
    expect(encodeMember(aliveMember({ host: 'h', port: 1 }))).not.toContain('shard');
  });

  it('takes no text for a member that is none, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json()),
        (text) => decodeMember('member_0000000000', text) === null,
      ),
    );
    const broken = '{"serviceEndpoint":{"host":"h","port":65536},"status":"ALIVE"}';
    expect(decodeMember('member_0000000000', broken)).toBeNull();
  });

  it('passes over additional endpoints that are none', () => {
    const text =
      '{"serviceEndpoint":{"host":"h","port":1},"additionalEndpoints":{"a":7,"b":{"host":"h","port":2}},"status":"ALIVE"}';
    expect(decodeMember('member_0000000000', text)?.additionalEndpoints).toEqual({
      b: { host: 'h', port: 2 },
    });
  });
});

describe('the view of a set', () => {
  it('lists the members that are ALIVE, sorted by name', () => {
    const view = found(emptyView, [member(2), member(1), member(3, 7, 'STOPPING')], 0);
    expect(ports(view.members)).toEqual([1001, 1002]);
  });

  it('lists the newer of two members at one endpoint: the older is what a killed process left', () => {
    expect(found(emptyView, [member(9, 7), member(3, 7)], 0).members.map((each) => each.name)).toEqual([
      'member_0000000009',
    ]);
  });

  it('keeps the same array until something changes', () => {
    const view = found(emptyView, [member(1), member(2)], 0);
    expect(found(view, [member(2), member(1)], 0).members).toBe(view.members);
  });

  it('believes an empty read while the connection lasts', () => {
    expect(found(found(emptyView, [member(1)], 0), [], 1).members).toEqual([]);
  });

  it('keeps what is missing after a reconnect until the grace is over', () => {
    const before = reconnected(found(emptyView, [member(1), member(2)], 0), 100, 15);
    const empty = found(before, [], 100);
    expect([empty.members, empty.doubtUntil]).toEqual([before.members, 115]);
    const partial = found(empty, [member(8, 1001)], 110);
    expect(ports(partial.members)).toEqual([1002, 1001]);
    expect(ports(found(partial, [member(8, 1001)], 115).members)).toEqual([1001]);
  });

  it('believes absence again once every known endpoint was back', () => {
    const before = reconnected(found(emptyView, [member(1), member(2)], 0), 100, 15);
    const back = found(before, [member(8, 1002), member(9, 1001)], 101);
    expect(back.doubtUntil).toBeNull();
    expect(ports(found(back, [member(9, 1001)], 102).members)).toEqual([1001]);
  });

  it('does not keep a member that says itself it is stopping', () => {
    const before = reconnected(found(emptyView, [member(1)], 0), 100, 15);
    expect(found(before, [member(1, 1001, 'STOPPING')], 101).members).toEqual([]);
  });
});

describe('a number lease', () => {
  const view = { session: 4, heardAt: 1_000, timeoutMs: 30_000 };

  it('counts until a tenth of the session before the session may end', () => {
    expect(usableNumber({ number: 9, session: 4 }, view, 27_999)).toBe(9);
    expect(usableNumber({ number: 9, session: 4 }, view, 28_000)).toBeNull();
  });

  it('does not count in another session', () => {
    expect(usableNumber({ number: 9, session: 3 }, view, 1_000)).toBeNull();
    expect(usableNumber(null, view, 1_000)).toBeNull();
  });

  it('is the lowest free number, or none', () => {
    expect(lowestFree(['0', '2', 'x'], 3)).toBe(1);
    expect(lowestFree(['0', '1'], 1)).toBeNull();
  });
});

describe('a static set', () => {
  it('tells its listeners of changes only', () => {
    const set = staticServerSet([{ host: 'a', port: 1 }], '/x');
    const seen: number[][] = [];
    const off = set.onChange((members) => seen.push(ports(members)));
    set.set([{ host: 'a', port: 1 }]);
    set.set([
      { host: 'a', port: 1 },
      { host: 'a', port: 2 },
    ]);
    off();
    set.set([]);
    expect(seen).toEqual([[1, 2]]);
    expect(set.members()).toEqual([]);
  });

  it('names a member that comes back anew, as ZooKeeper does', () => {
    const set = staticServerSet([{ host: 'a', port: 1 }]);
    const first = set.members()[0]?.name;
    set.set([]);
    set.set([{ host: 'a', port: 1 }]);
    expect(set.members()[0]?.name).not.toBe(first);
  });
});
