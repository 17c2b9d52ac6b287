import type { Log } from '@murmur/service';
import type { Disk } from './disk.js';

let discarded = 0;

/**
 * Gives a file of a queue a name that no start reads, at once, and removes it in the background: large files take their time
 * to go. One that cannot be renamed is removed at once. Nothing where it is missing. Throws
 * where neither can be done.
 */
export function discardFile(disk: Disk, queuePath: string, path: string, log: Log): void {
  discarded += 1;
  const trash = `${queuePath}~~${Date.now()}${String(discarded).padStart(6, '0')}`;
  try {
    disk.rename(path, trash);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    // A new name may need room in the folder; to remove one never does.
    disk.remove(path);
    return;
  }
  disk.removeLater(trash).catch((err: unknown) => {
    log.warn({ err, path: trash }, 'a replaced journal file could not be removed; the next start does it');
  });
}
