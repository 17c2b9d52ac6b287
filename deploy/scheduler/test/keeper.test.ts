import { silentLog } from '@murmur/service';
import { Keeper } from '../src/keeper.js';

function keeperOf(
  entries: number,
  { fails = false, lastBackupAt = 0 }: { fails?: boolean; lastBackupAt?: number | null } = {},
) {
  const done: string[] = [];
  const failures: string[] = [];
  const keeper = new Keeper({
    journal: {
      snapshot: () => {
        done.push('snapshot');
        return fails ? Promise.reject(new Error('full')) : Promise.resolve(1);
      },
      backup: () => {
        done.push('backup');
        return Promise.resolve({ name: 'b', at: 0, bytes: 1 });
      },
    },
    storage: { stats: () => ({ position: entries, entries, bytes: 0, fsyncs: 0 }) },
    log: silentLog(),
    snapshotIntervalMs: 1_000,
    snapshotEntries: 100,
    backupIntervalMs: 2_000,
    lastBackupAt,
    onFailure: ({ message }) => failures.push(message),
  });
  const tick = async (now: number): Promise<void> => {
    keeper.tick(now);
    await keeper.settled();
  };
  return { tick, done, failures };
}

describe('the keeper of the log', () => {
  it('makes a snapshot once in its interval, and a backup in its own', async () => {
    const { tick, done } = keeperOf(5);
    for (const now of [0, 999, 1_000, 1_001, 2_000, 2_001, 2_002]) await tick(now);
    expect(done).toEqual(['snapshot', 'snapshot', 'backup']);
  });

  it('makes no snapshot of a log without entries', async () => {
    const { tick, done } = keeperOf(0);
    for (const now of [0, 1_000]) await tick(now);
    expect(done).toEqual([]);
  });

  it('counts from the newest backup, whichever process made it', async () => {
    const { tick, done } = keeperOf(0, { lastBackupAt: 5_000 });
    for (const now of [6_900, 6_999]) await tick(now);
    expect(done).toEqual([]);
    await tick(7_000);
    expect(done).toEqual(['backup']);
  });

  it('makes the first backup of all a minute after the start', async () => {
    const { tick, done } = keeperOf(0, { lastBackupAt: null });
    for (const now of [1_000, 60_999]) await tick(now);
    expect(done).toEqual([]);
    await tick(61_000);
    expect(done).toEqual(['backup']);
  });

  it('makes one at once when there are many entries', async () => {
    const { tick, done } = keeperOf(100);
    await tick(0);
    expect(done).toEqual(['snapshot']);
  });

  it('tells when one cannot be written', async () => {
    const { tick, failures } = keeperOf(100, { fails: true });
    await tick(0);
    expect(failures).toEqual(['a snapshot or a backup cannot be written']);
  });
});
