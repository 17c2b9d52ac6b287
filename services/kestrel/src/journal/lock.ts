import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** Of flock(1), which waits for nothing, ms. */
const FLOCK_TIMEOUT_MS = 10_000;
/** Exit code of flock(1) when another has the lock. */
const FLOCK_TAKEN = 1;
/** Descriptor that flock(1) gets the folder as. */
const FLOCK_FD = 3;

/**
 * Takes a folder with flock(2), for this process; nothing is written into it. The kernel drops the lock when the process ends,
 * however it ends. Gives what lets it go. Throws, also when another process has it.
 */
export function lockFolder(path: string): () => void {
  const fd = openSync(path, 'r');
  try {
    lock(fd, path);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let held = true;
  return () => {
    if (held) closeSync(fd);
    held = false;
  };
}

/** Node.js has no flock(2). A lock belongs to the open folder, which flock(1) shares with this process and leaves to it. */
function lock(fd: number, path: string): void {
  const { error, status, stderr } = spawnSync('flock', ['-n', '-x', String(FLOCK_FD)], {
    stdio: ['ignore', 'ignore', 'pipe', fd],
    timeout: FLOCK_TIMEOUT_MS,
    encoding: 'utf8',
  });
  if (error !== undefined) throw new Error(`${path}: cannot run flock(1): ${error.message}`);
  if (status === FLOCK_TAKEN)
    throw new Error(`${path} is in use by another process; one folder has one server`);
  if (status !== 0) throw new Error(`${path}: cannot lock: ${stderr.trim()}`);
}
