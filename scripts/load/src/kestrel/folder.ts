/** Where the journals go: a fresh folder on a disk, because a fsync to memory costs nothing. */
import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OptionError } from '@murmur/service';
import { onStopAll } from '@murmur/testkit';

/** `f_type` of tmpfs and ramfs, from linux/magic.h. */
const MEMORY_FILE_SYSTEMS: readonly number[] = [0x01021994, 0x858458f6];

export const isOnDisk = (folder: string): boolean => !MEMORY_FILE_SYSTEMS.includes(statfsSync(folder).type);

/** Below `wanted`, or below the first of the usual places that is on a disk. Removed by `stopAll`. */
export function diskFolder(wanted: string): string {
  const parent = wanted === '' ? [tmpdir(), '/var/tmp', process.cwd()].find(isOnDisk) : wanted;
  if (parent === undefined)
    throw new OptionError('--folder: no temporary folder is on a disk; name one that is');
  const folder = mkdtempSync(join(parent, 'murmur-bench-kestrel-'));
  onStopAll(() => {
    rmSync(folder, { recursive: true, force: true });
    return Promise.resolve();
  });
  return folder;
}

/** Bytes that can still be written there. */
export function freeBytes(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}
