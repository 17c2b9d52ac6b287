import { spawnSync } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  realpathSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { StartError } from '@murmur/service';
import { textOf } from './checked.js';

/** A work dir that no second process of its kind can have. */
export interface WorkDir {
  /** Absolute, without symbolic links. */
  readonly folder: string;
  /** Lets another process have it. */
  release(): void;
}

/** Of flock(1), which waits for nothing, ms. */
const FLOCK_TIMEOUT_MS = 10_000;
/** Exit code of flock(1) when another has the lock. */
const FLOCK_TAKEN = 1;
/** Descriptor that flock(1) gets its file as. */
const FLOCK_FD = 3;

/**
 * Makes the folder where it is missing, and takes it for this process with flock(2) on `<owner>.lock` in it. The kernel drops the
 * lock when the process ends, however it ends: there is no lock of a dead process. The file stays and says whose it is. Throws
 * StartError when the folder cannot be made or written, and when another process has it.
 */
export function takeWorkDir(path: string, owner: 'agent' | 'master'): WorkDir {
  const folder = makeWorkDir(path);
  const file = join(folder, `${owner}.lock`);
  const fd = open(file);
  try {
    lock(fd, file, folder, owner);
    ftruncateSync(fd);
    writeSync(fd, `${String(process.pid)}\n`, 0);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
  let held = true;
  return {
    folder,
    release: () => {
      if (held) closeSync(fd);
      held = false;
    },
  };
}

function open(file: string): number {
  try {
    return openSync(file, constants.O_RDWR | constants.O_CREAT, 0o644);
  } catch (error) {
    throw new StartError(`--work-dir: cannot write ${file}: ${textOf(error)}`, { cause: error });
  }
}

/** Node.js has no flock(2). A lock belongs to the open file, which flock(1) shares with this process and leaves to it. */
function lock(fd: number, file: string, folder: string, owner: string): void {
  const { error, status, stderr } = spawnSync('flock', ['-n', '-x', String(FLOCK_FD)], {
    stdio: ['ignore', 'ignore', 'pipe', fd],
    timeout: FLOCK_TIMEOUT_MS,
    encoding: 'utf8',
  });
  if (error !== undefined) throw new StartError(`--work-dir: cannot run flock(1): ${error.message}`);
  if (status === FLOCK_TAKEN) {
    const pid = readFileSync(file, 'utf8').trim();
    throw new StartError(
      `--work-dir: ${folder} is in use by another ${owner}, pid ${pid === '' ? 'unknown' : pid}; each needs a folder of its own`,
    );
  }
  if (status !== 0) throw new StartError(`--work-dir: cannot lock ${file}: ${stderr.trim()}`);
}

/**
 * The folder, made with its parents where they are missing; its real path. One by one, since `mkdir` with `recursive` never ends
 * below /proc, where a folder is writable and yet nothing can be made. Throws StartError.
 */
export function makeWorkDir(path: string): string {
  try {
    const missing = missingFolders(resolve(path));
    for (const folder of missing) makeFolder(folder);
    const folder = realpathSync(path);
    checkWritable(folder);
    return folder;
  } catch (error) {
    throw new StartError(`--work-dir: ${path} is not a folder that can be written: ${textOf(error)}`, {
      cause: error,
    });
  }
}

/** Outermost first. Throws when the folder that they belong into is none, or not writable. */
function missingFolders(path: string): readonly string[] {
  const missing: string[] = [];
  let at = path;
  while (statSync(at, { throwIfNoEntry: false }) === undefined) {
    missing.unshift(at);
    at = dirname(at);
  }
  checkWritable(at);
  return missing;
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function checkWritable(folder: string): void {
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is no folder`);
  accessSync(folder, constants.W_OK | constants.X_OK);
}
