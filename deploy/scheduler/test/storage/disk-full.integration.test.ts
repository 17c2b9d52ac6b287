import { jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog } from '@murmur/service';
import { onStopAll, stopAll, tempFolder } from '@murmur/testkit';
import { openFileStorage } from '../../src/storage/file.js';
import { StorageError, type LogStorage } from '../../src/storage/port.js';
import { appendAll, chunksOf, contentOf, numbered } from './support.js';

jest.setTimeout(300_000);
afterEach(stopAll);

/** A file system of one megabyte at the folder; false where that is not allowed. */
function mountSmall(folder: string): boolean {
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'storage-test', folder]).status === 0;
  if (mounted) onStopAll(async () => void spawnSync('umount', ['-l', folder]));
  return mounted;
}

const canMount = mountSmall(await tempFolder('storage-probe'));
await stopAll();
const suffix = canMount ? '' : ' (NOT TESTED: this user cannot mount a tmpfs)';

(canMount ? describe : describe.skip)(`a disk that is full${suffix}`, () => {
  const entry = (n: number): string => `${n}:`.padEnd(3000, 'x');
  let folder: string;
  const open = (): LogStorage => openFileStorage({ folder, log: silentLog() });
  beforeEach(async () => {
    folder = await tempFolder('storage-full');
    mountSmall(folder);
  });

  it('fails every append from then on, and loses nothing that was acknowledged', async () => {
    const storage = open();
    await contentOf(storage);
    const known: string[] = [];
    const fillUp = async (): Promise<void> => {
      for (;;) {
        const batch = Array.from({ length: 7 }, (_, i) => entry(known.length + i));
        await appendAll(storage, batch);
        known.push(...batch);
      }
    };
    await expect(fillUp()).rejects.toThrow('ENOSPC');
    expect(known.length).toBeGreaterThan(200);
    const filler = await storage.append(Buffer.from('x')).catch((error: unknown) => error);
    expect(filler).toBeInstanceOf(StorageError);
    expect((filler as Error).message).toContain('segment-0000000000000001: cannot write: ENOSPC');
    await expect(storage.compact(1, [])).rejects.toThrow(StorageError);
    await storage.close();
    const again = open();
    const { entries } = await contentOf(again);
    expect(entries.slice(0, known.length)).toEqual(known);
    expect(entries.length).toBeLessThan(known.length + 7);
    await again.close();
  });

  it('fails a snapshot and a backup for which there is no room, leaves nothing of them, and appends go on', async () => {
    const storage = open();
    await contentOf(storage);
    await appendAll(storage, numbered(1, 3));
    const filler = join(folder, 'filler');
    await writeFile(filler, Buffer.alloc(900_000));
    const large = [Buffer.alloc(200_000, 'x')];
    await expect(storage.compact(3, large)).rejects.toThrow('ENOSPC');
    await expect(storage.backup(3, large, 0)).rejects.toThrow('ENOSPC');
    await appendAll(storage, numbered(4, 5));
    expect(await storage.backups()).toEqual([]);
    await rm(filler);
    await storage.compact(5, chunksOf(numbered(1, 5)));
    await storage.close();
    const again = open();
    expect(await contentOf(again)).toMatchObject({ entries: numbered(1, 5), fromSnapshot: 5 });
    await again.close();
  });
});
