/** What is said to be safe is, whatever else is under way: fsyncs that fail or overlap, packs of queues that are gone. */
import { silentLog } from '@murmur/service';
import type { Ticket } from '../../src/queue/registry-core.js';
import { FilePool } from '../../src/journal/file-pool.js';
import { GroupSync } from '../../src/journal/group-sync.js';
import { QueueFiles } from '../../src/journal/queue-files.js';
import { Segments } from '../../src/journal/segments.js';
import { Turn, type TurnMember } from '../../src/journal/turn.js';
import { MemoryDisk } from './memory-disk.js';
import { restarted, SMALL } from './rig.js';
import { eraseRigs, IN_MEMORY, makeRig } from './rigs.js';

const SYNCED = { ...IN_MEMORY, syncJournal: 0 };

afterEach(eraseRigs);

const pendingTicket = (): Ticket => ({ pending: 1, failed: false, onSettled: [] });

describe('an fsync', () => {
  it('that fails refuses also those who came while it ran: the next may succeed without their bytes', async () => {
    const rig = makeRig(SYNCED);
    const first = rig.set('a');
    rig.endTurn();
    const second = rig.set('b');
    rig.endTurn();
    rig.disk.syncFails = true;
    await rig.disk.step();
    rig.disk.syncFails = false;
    await rig.disk.settle();
    expect([first, second].map(({ pending, failed }) => [pending, failed])).toEqual([
      [0, true],
      [0, true],
    ]);
  });

  it('follows for what was written while a periodic one ran for longer than its period', async () => {
    const disk = new MemoryDisk();
    const files = new QueueFiles(new Segments('q'), disk, new FilePool(disk), silentLog());
    const sync = new GroupSync(files, () => undefined);
    sync.within(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(disk.waiting).toBe(1);
    sync.within(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    await disk.step();
    expect(disk.waiting).toBe(1);
    await disk.settle();
    expect([disk.syncs, disk.waiting]).toEqual([2, 0]);
    sync.stop();
  });

  it('that fails before a rotation refuses all who wait for one, though the one under way succeeds', async () => {
    const rig = makeRig({ ...SMALL, defaultJournalSize: 1e9, syncJournal: 0 });
    const first = rig.set('a');
    rig.endTurn();
    const second = rig.set('x'.repeat(2000));
    rig.disk.syncFails = true;
    rig.endTurn();
    rig.disk.syncFails = false;
    await rig.disk.settle();
    expect([first, second].map(({ pending, failed }) => [pending, failed])).toEqual([
      [0, true],
      [0, true],
    ]);
  });

  it('comes before the answer to a set whose record was written before its turn ended', async () => {
    const rig = makeRig(SYNCED);
    rig.add('a');
    rig.journal.writeOut();
    const ticket = pendingTicket();
    rig.journal.tickets.push(ticket);
    rig.endTurn();
    expect(ticket.pending).toBe(1);
    await rig.disk.settle();
    expect(ticket).toMatchObject({ pending: 0, failed: false });
  });
});

const large = 'x'.repeat(300);

describe('a pack that is under way when its queue is deleted', () => {
  it('leaves no file, wherever it was', async () => {
    for (let steps = 0; steps < 40; steps += 1) {
      const rig = makeRig({ ...SMALL, maxMemorySize: 8000, syncJournal: null }, 0);
      for (let i = 0; i < 8; i += 1) rig.set(large);
      rig.endTurn();
      expect(rig.disk.waiting).toBe(1);
      for (let i = 0; i < 60; i += 1) {
        rig.set(large);
        rig.take();
        rig.endTurn();
      }
      expect(rig.journal.rotations).toBeGreaterThan(2);
      for (let i = 0; i < steps; i += 1) await rig.disk.step();
      rig.journal.erase();
      await rig.disk.settle();
      expect([steps, [...rig.disk.files.keys()]]).toEqual([steps, []]);
    }
  });
});

describe('a queue that is deleted', () => {
  it('does not come back where its files cannot be renamed', async () => {
    const rig = makeRig(IN_MEMORY);
    rig.set('a');
    rig.endTurn();
    rig.disk.renameFails = true;
    rig.journal.erase();
    await rig.disk.settle();
    expect([...rig.disk.files.keys()]).toEqual([]);
  });
});

describe('a write that fails', () => {
  it('is made up for by a rewrite where an item came, was opened and was put back in its turn', () => {
    const rig = makeRig(IN_MEMORY);
    rig.set(large);
    rig.set('old');
    rig.open();
    rig.endTurn();
    rig.disk.capacity = 0;
    rig.set('new');
    const [old, fresh] = [rig.open() ?? 0, rig.open() ?? 0];
    rig.queue.abort(old, rig.now);
    rig.queue.abort(fresh, rig.now);
    rig.endTurn();
    expect(rig.drain()).toEqual(['old']);
    rig.endTurn();
    rig.disk.capacity = Number.POSITIVE_INFINITY;
    rig.journal.tryAgain(rig.now);
    expect(rig.journal.writable).toBe(true);
    expect(restarted(rig.disk)).toEqual([large]);
  });
});

describe('a turn', () => {
  it('ends, though a member puts itself off again and again', () => {
    const turn = new Turn();
    let calls = 0;
    const member: TurnMember = {
      proceed: () => {
        calls += 1;
        if (calls < 1000) turn.proceedLater(member);
      },
      flush: () => undefined,
    };
    turn.proceedLater(member);
    turn.end();
    expect(calls).toBe(1);
    turn.end();
    expect(calls).toBe(2);
    turn.forget(member);
  });
});
