import { execFile } from 'node:child_process';
import { rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { onStopAll, tempFolder } from '@murmur/testkit';

const run = promisify(execFile);

/** A real file system of a few hundred KiB, for root; gone with `stopAll`. */
export interface SmallDisk {
  readonly path: string;
  /** Takes all room but this much, with a file of its own. */
  fill(leaveKiB: number): Promise<void>;
  /** Gives that room back. */
  free(): Promise<void>;
}

/** `files` bounds how many files and folders it can hold. Start servers on it after this, so that they stop before it goes. */
export async function smallDisk(sizeKiB: number, files = 1000): Promise<SmallDisk> {
  const path = await tempFolder('kestrel-disk');
  await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeKiB}k,nr_inodes=${files}`, 'murmur-faults', path]);
  onStopAll(async () => {
    // Lazy: whatever still has a file open there does not keep the name.
    await run('umount', ['--lazy', path]);
  });
  const filler = join(path, 'filler.file');
  const free = (): Promise<void> => rm(filler, { force: true });
  const fill = async (leaveKiB: number): Promise<void> => {
    await free();
    const { bavail, bsize } = await statfs(path);
    await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - leaveKiB * 1024)));
  };
  return { path, fill, free };
}
