import type { Ticket } from '../../src/queue/registry-core.js';
import { SMALL } from './rig.js';
import { eraseRigs, IN_MEMORY, makeRig, numbers } from './rigs.js';

afterEach(eraseRigs);

describe('a journal that is synced before each reply', () => {
  const synced = { ...IN_MEMORY, syncJournal: 0 };

  it('answers after the fsync; sets that come meanwhile share the next one', async () => {
    const rig = makeRig(synced);
    const before = rig.disk.syncs;
    const first = rig.set('a');
    rig.endTurn();
    const later: Ticket[] = [];
    for (const item of numbers(0, 10)) {
      later.push(rig.set(item));
      rig.endTurn();
    }
    expect([first, ...later].every(({ pending }) => pending === 1)).toBe(true);
    expect(rig.disk.waiting).toBe(1);
    await rig.disk.step();
    expect(first.pending).toBe(0);
    expect(later.every(({ pending }) => pending === 1)).toBe(true);
    await rig.disk.step();
    expect(later.every(({ pending, failed }) => pending === 0 && !failed)).toBe(true);
    expect(rig.disk.syncs - before).toBe(2);
  });

  it('refuses what an fsync did not make safe, and writes all anew', async () => {
    const rig = makeRig(synced);
    rig.disk.syncFails = true;
    const ticket = rig.set('a');
    rig.endTurn();
    await rig.disk.step();
    expect(ticket).toMatchObject({ pending: 0, failed: true });
    expect(rig.journal.writable).toBe(false);
    rig.disk.syncFails = false;
    rig.journal.tryAgain(rig.now);
    expect(rig.journal.rewrites).toBe(1);
    expect(rig.set('b').failed).toBe(false);
  });

  it('is synced before it is rotated, and those who wait are answered', async () => {
    const rig = makeRig({ ...SMALL, defaultJournalSize: 1e9, syncJournal: 0 });
    const tickets = numbers(0, 60).map((item) => {
      const ticket = rig.set(item);
      rig.endTurn();
      return ticket;
    });
    expect(rig.journal.rotations).toBeGreaterThan(0);
    await rig.disk.settle();
    expect(tickets.every(({ pending, failed }) => pending === 0 && !failed)).toBe(true);
    expect(rig.pool.size).toBe(1);
    expect(rig.disk.openFiles).toBe(1);
  });
});
