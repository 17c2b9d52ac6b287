/** The machine goes off after each single change of the file system, and loses what was not synced, or keeps it, or tears it. */
import { jest } from '@jest/globals';
import { restoreBackup, verifyBackup } from '../../src/storage/backups.js';
import type { LogStorage } from '../../src/storage/port.js';
import { MemoryFiles, type Crash } from './memory-files.js';
import { appendAll, chunksOf, contentOf, FOLDER, numbered, randomOf, storageOn } from './support.js';

// Thousands of small recoveries.
jest.setTimeout(120_000);

const TORN_SEEDS = 8;
const CRASHES: readonly (readonly [Crash, number])[] = [
  ['lost', 0],
  ['kept', 0],
  ...Array.from({ length: TORN_SEEDS }, (_, seed) => ['torn', seed] as const),
];
const ALL = numbered(1, 60).map((entry, i) => entry.padEnd(20 + ((i * 37) % 300), '.'));
const AT = Date.UTC(2026, 0, 1);

interface Known {
  /** Entries that were asked for. */
  asked: number;
  acknowledged: number;
}

/** All that a storage does in its life. Ends where the machine goes off. */
async function life(storage: LogStorage, known: Known): Promise<void> {
  const append = async (count: number): Promise<void> => {
    const entries = ALL.slice(known.asked, known.asked + count);
    known.asked += count;
    const positions = await Promise.allSettled(entries.map((entry) => storage.append(Buffer.from(entry))));
    known.acknowledged += positions.filter(({ status }) => status === 'fulfilled').length;
    const failed = positions.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason as Error;
  };
  const compact = (position: number): Promise<void> =>
    storage.compact(position, chunksOf(ALL.slice(0, position)));
  await contentOf(storage);
  await append(1);
  await append(15);
  await compact(12);
  await append(8);
  await storage.backup(24, chunksOf(ALL.slice(0, 24)), AT);
  // Both at once.
  await Promise.all([compact(24), append(9)]);
  await append(3);
  await storage.backup(36, chunksOf(ALL.slice(0, 36)), AT + 1000);
  await compact(36);
  await append(2);
  await storage.close();
}

async function changesOf(action: (files: MemoryFiles) => Promise<unknown>): Promise<number> {
  const files = new MemoryFiles();
  await action(files);
  return files.changes;
}

async function checkBackups(files: MemoryFiles, storage: LogStorage): Promise<void> {
  for (const { name } of await storage.backups()) await verifyBackup(FOLDER, name, files);
}

describe('a machine that goes off at any change of the file system', () => {
  it.each([false, true])(
    'has every acknowledged entry, and goes on (the last change made: %s)',
    async (made) => {
      const changes = await changesOf((files) => life(storageOn(files), { asked: 0, acknowledged: 0 }));
      expect(changes).toBeGreaterThan(60);
      for (let stopAt = 1; stopAt <= changes + 1; stopAt += 1) {
        const files = new MemoryFiles();
        [files.stopAt, files.lastTakesPlace] = [stopAt, made];
        const known: Known = { asked: 0, acknowledged: 0 };
        const isOff = await life(storageOn(files), known).then(
          () => false,
          () => true,
        );
        expect(isOff).toBe(stopAt <= changes);
        for (const [how, seed] of CRASHES) {
          const after = files.crashed(how, randomOf(stopAt * 100 + seed));
          const storage = storageOn(after);
          const { entries, position } = await contentOf(storage);
          expect(entries).toEqual(ALL.slice(0, position));
          expect(position).toBeGreaterThanOrEqual(known.acknowledged);
          expect(position).toBeLessThanOrEqual(known.asked);
          await checkBackups(after, storage);
          await appendAll(storage, ['one more']);
          await storage.close();
          // Not closed, and off once more: what recovery and the append left is durable.
          const again = await contentOf(storageOn(after.crashed('lost')));
          expect(again.entries).toEqual([...entries, 'one more']);
        }
      }
    },
  );

  it.each([25, 35, 45, 55])(
    'and again during the recovery after change %s has every acknowledged entry',
    async (first) => {
      const files = new MemoryFiles();
      const known: Known = { asked: 0, acknowledged: 0 };
      files.stopAt = first;
      await expect(life(storageOn(files), known)).rejects.toThrow('off');
      const before = files.crashed('torn', randomOf(first));
      const recovery = before.crashed('kept');
      await contentOf(storageOn(recovery));
      expect(recovery.changes).toBeGreaterThan(1);
      for (let stopAt = 1; stopAt <= recovery.changes; stopAt += 1) {
        const second = before.crashed('kept');
        second.stopAt = stopAt;
        await expect(contentOf(storageOn(second))).rejects.toThrow('off');
        for (const [how, seed] of CRASHES) {
          const { entries, position } = await contentOf(storageOn(second.crashed(how, randomOf(seed))));
          expect(entries).toEqual(ALL.slice(0, position));
          expect(position).toBeGreaterThanOrEqual(known.acknowledged);
        }
      }
    },
  );
});

describe('a process that dies at any change of the file system', () => {
  it('is followed by one that makes durable what it found before it goes by it', async () => {
    const changes = await changesOf((files) => life(storageOn(files), { asked: 0, acknowledged: 0 }));
    // The folder itself is there.
    for (let stopAt = 1; stopAt < changes; stopAt += 1) {
      const made = new MemoryFiles();
      await made.makeFolder(FOLDER);
      const files = made.crashed('lost');
      [files.stopAt, files.lastTakesPlace] = [stopAt, true];
      const known: Known = { asked: 0, acknowledged: 0 };
      await expect(life(storageOn(files), known)).rejects.toThrow('off');
      files.processDied();
      const storage = storageOn(files);
      const found = await contentOf(storage);
      expect(found.position).toBeGreaterThanOrEqual(known.acknowledged);
      expect((await contentOf(storageOn(files.crashed('lost')))).entries).toEqual(found.entries);
      await appendAll(storage, ['one more']);
      const later = await contentOf(storageOn(files.crashed('lost')));
      expect(later.entries).toEqual([...found.entries, 'one more']);
    }
  });
});

describe('a restore that is stopped at any change of the file system', () => {
  it('leaves the log that was there, or the backup, and the replaced log beside it', async () => {
    const built = new MemoryFiles();
    await life(storageOn(built), { asked: 0, acknowledged: 0 });
    const files = built.crashed('lost');
    const backup = 'backup-2026-01-01-00-00-00';
    const whole = files.crashed('kept');
    expect(await restoreBackup({ folder: FOLDER, backup, files: whole })).toEqual({
      position: 24,
      log: 'log-000002',
      replaced: 'log-000001',
    });
    const seen = new Set<number>();
    for (let stopAt = 1; stopAt <= whole.changes + 1; stopAt += 1) {
      const stopped = files.crashed('kept');
      stopped.stopAt = stopAt;
      const isDone = await restoreBackup({ folder: FOLDER, backup, files: stopped }).then(
        () => true,
        () => false,
      );
      expect(isDone).toBe(stopAt > whole.changes);
      for (const [how, seed] of CRASHES) {
        const after = stopped.crashed(how, randomOf(seed));
        const { entries, position } = await contentOf(storageOn(after));
        expect(entries).toEqual(ALL.slice(0, position));
        expect(isDone ? [24] : [24, 38]).toContain(position);
        expect(await after.list(`${FOLDER}/log-000001`)).not.toEqual([]);
        seen.add(position);
      }
    }
    expect([...seen].sort()).toEqual([24, 38]);
  });
});
