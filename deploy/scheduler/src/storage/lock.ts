import { spawnSync } from 'node:child_process';
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { StorageError } from './port.js';

/** Of flock(1), which waits for nothing, ms. */
const FLOCK_TIMEOUT_MS = 10_000;
/** Exit code of flock(1) when another has the lock. */
const FLOCK_TAKEN = 1;
/** Descriptor that flock(1) gets its file as. */
const FLOCK_FD = 3;

/**
 * Takes the file with flock(2), for this process. The kernel drops the lock when the process ends, however it ends: there is no lock
 * of a dead process. The file stays and says whose it is. Gives what lets it go. Throws StorageError, also when another has it.
 */
export function takeLock(file: string): () => void {
  const fd = openLock(file);
  try {
    lock(fd, file);
    ftruncateSync(fd);
    writeSync(fd, `${String(process.pid)}\n`, 0);
  } catch (error) {
    closeSync(fd);
    if (error instanceof StorageError) throw error;
    throw new StorageError(`${file}: cannot write: ${(error as Error).message}`, { cause: error });
  }
  let held = true;
  return () => {
    if (held) closeSync(fd);
    held = false;
  };
}

function openLock(file: string): number {
  try {
    return openSync(file, constants.O_RDWR | constants.O_CREAT, 0o600);
  } catch (error) {
    throw new StorageError(`${file}: cannot open: ${(error as Error).message}`, { cause: error });
  }
}

/** Node.js has no flock(2). A lock belongs to the open file, which flock(1) shares with this process and leaves to it. */
function lock(fd: number, file: string): void {
  const { error, status, stderr } = spawnSync('flock', ['-n', '-x', String(FLOCK_FD)], {
    stdio: ['ignore', 'ignore', 'pipe', fd],
    timeout: FLOCK_TIMEOUT_MS,
    encoding: 'utf8',
  });
  if (error !== undefined) throw new StorageError(`${file}: cannot run flock(1): ${error.message}`);
  if (status === FLOCK_TAKEN) {
    const pid = readFileSync(file, 'utf8').trim();
    throw new StorageError(
      `${dirname(file)} is in use by another scheduler, pid ${pid === '' ? 'unknown' : pid}; one folder has one writer`,
    );
  }
  if (status !== 0) throw new StorageError(`${file}: cannot lock: ${stderr.trim()}`);
}
