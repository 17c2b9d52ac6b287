/** The disk fails: what was answered is kept, what cannot be kept is refused, and it goes on when there is room. */
import { restarted } from './rig.js';
import { eraseRigs, IN_MEMORY, leave, makeRig, numbers, used } from './rigs.js';

afterEach(eraseRigs);

describe('a write that fails', () => {
  it('refuses the items of that write, and keeps the ones before it', () => {
    const rig = makeRig(IN_MEMORY);
    const first = rig.set('a');
    rig.endTurn();
    leave(rig.disk, 30);
    const [second, third] = [rig.set('b'), rig.set('c')];
    rig.endTurn();
    expect([first, second, third].map(({ failed, pending }) => [failed, pending])).toEqual([
      [false, 0],
      [true, 0],
      [true, 0],
    ]);
    expect(rig.set('d').failed).toBe(true);
    // The half of a record that did fit is gone.
    expect(restarted(rig.disk)).toEqual(['a']);
    expect(rig.drain()).toEqual(['a']);
  });

  it('does not refuse what an earlier write of the same turn has stored', () => {
    const rig = makeRig(IN_MEMORY);
    const large = 'x'.repeat(4 * 1024 * 1024);
    leave(rig.disk, large.length + 100);
    const stored = rig.set(large);
    const refused = rig.set('y');
    // The first was written when the second came.
    rig.disk.capacity = used(rig.disk);
    rig.endTurn();
    expect([stored.failed, refused.failed]).toEqual([false, true]);
    expect(restarted(rig.disk)).toEqual([large]);
  });

  it('is made up for by the records that are missing, when there is room', () => {
    const rig = makeRig(IN_MEMORY);
    for (const item of numbers(0, 10)) rig.set(item);
    rig.endTurn();
    leave(rig.disk, 0);
    const xids = [rig.open(), rig.open(), rig.open()];
    rig.take();
    rig.endTurn();
    expect(rig.journal.writable).toBe(false);
    rig.queue.abort(xids[1] ?? 0, rig.now);
    rig.queue.confirm(xids[0] ?? 0);
    rig.endTurn();
    leave(rig.disk, 100);
    rig.journal.tryAgain(rig.now);
    expect(rig.journal.writable).toBe(true);
    expect(rig.journal.rewrites).toBe(0);
    expect(restarted(rig.disk)).toEqual(['item 2', 'item 1', ...numbers(4, 10)]);
  });

  it('is made up for by a rewrite where an item came and went in the turn that failed', () => {
    const rig = makeRig(IN_MEMORY);
    leave(rig.disk, 0);
    rig.set('a');
    const xid = rig.open();
    rig.endTurn();
    rig.queue.abort(xid ?? 0, rig.now);
    rig.disk.capacity = 1000;
    rig.journal.tryAgain(rig.now);
    expect(restarted(rig.disk)).toEqual(['a']);
    expect(rig.journal.rewrites).toBe(1);
  });

  it('lets items behind memory be read all the same', () => {
    const rig = makeRig();
    for (const item of numbers(0, 40)) {
      rig.set(item);
      rig.endTurn();
    }
    expect(rig.queue.backlog.behindItems).toBeGreaterThan(20);
    leave(rig.disk, 0);
    rig.set('lost');
    rig.endTurn();
    expect(rig.journal.writable).toBe(false);
    for (const item of numbers(0, 30)) expect(rig.take()).toBe(item);
    rig.endTurn();
    expect(restarted(rig.disk)).toEqual(numbers(0, 40));
    leave(rig.disk, 100);
    rig.journal.tryAgain(rig.now);
    expect(restarted(rig.disk)).toEqual(numbers(30, 40));
    rig.disk.capacity = Number.POSITIVE_INFINITY;
    expect(rig.set('last').failed).toBe(false);
    rig.endTurn();
    expect(rig.drain()).toEqual([...numbers(30, 40), 'last']);
  });
});

describe('a read that fails', () => {
  it('finds nothing, and everything once it works again', () => {
    const rig = makeRig();
    for (const item of numbers(0, 20)) rig.set(item);
    rig.endTurn();
    rig.disk.readFails = true;
    const got = rig.drain();
    expect(got.length).toBeLessThan(20);
    expect(rig.queue.length).toBe(20 - got.length);
    rig.disk.readFails = false;
    expect([...got, ...rig.drain()]).toEqual(numbers(0, 20));
  });
});

describe('a rotation or a rewrite that fails', () => {
  it('changes nothing, and is tried again later', () => {
    const rig = makeRig();
    rig.disk.renameFails = true;
    for (const item of numbers(0, 100)) {
      expect(rig.set(item).failed).toBe(false);
      rig.endTurn();
    }
    expect(rig.journal.rotations).toBe(0);
    expect(restarted(rig.disk)).toEqual(numbers(0, 100));
    rig.disk.renameFails = false;
    rig.now += 10_000;
    rig.set('last');
    rig.endTurn();
    expect(rig.journal.rotations).toBe(1);
    expect(restarted(rig.disk)).toEqual([...numbers(0, 100), 'last']);
  });
});
