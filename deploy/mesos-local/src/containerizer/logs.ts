import { constants } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from './reason.js';

const COPY_BYTES = 64 * 1024;
/**
 * How much of an overfull log is kept, in limits. A task that writes more between two looks loses the oldest part: the
 * agent's disk is worth more.
 */
const MAX_KEPT_LIMITS = 4;

interface LogLimits {
  readonly sandbox: string;
  /** Bytes; 0 = no rotation. */
  readonly logSizeMax: number;
  /** Files beside the current one (`stdout.1` to `stdout.N`); 0 = what is full is thrown away. */
  readonly logFilesMax: number;
}

/**
 * Rotates stdout and stderr of a container where they have grown past their limit: the older files move up by one, the content
 * is copied to `stdout.1`, the file emptied. It is not renamed, because the task writes on to the file it has open (at its
 * end, O_APPEND). A line that is written between the last copying and the emptying is lost.
 */
export async function rotateLogs(limits: LogLimits): Promise<void> {
  if (limits.logSizeMax <= 0) return;
  for (const name of ['stdout', 'stderr']) await rotate(join(limits.sandbox, name), limits);
}

async function rotate(path: string, { logSizeMax, logFilesMax }: LogLimits): Promise<void> {
  const log = await openLog(path);
  if (log === null) return;
  try {
    const stat = await log.stat();
    // The sandbox is the task's: another file that it has linked here must not be emptied by the agent.
    if (!stat.isFile() || stat.nlink !== 1 || stat.size <= logSizeMax) return;
    await moveUp(path, logFilesMax);
    if (logFilesMax > 0) {
      const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
      const older = await open(`${path}.1`, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o644);
      try {
        await older.chown(stat.uid, stat.gid);
        await copy(
          log,
          older,
          Math.max(0, stat.size - MAX_KEPT_LIMITS * logSizeMax),
          MAX_KEPT_LIMITS * logSizeMax,
        );
      } finally {
        await older.close();
      }
    }
    await log.truncate(0);
  } finally {
    await log.close();
  }
}

async function openLog(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const code = codeOf(error);
    // Removed, or a link, a folder, a pipe without a reader: the task's business.
    if (code === 'ENOENT' || code === 'ELOOP' || code === 'EISDIR' || code === 'ENXIO') return null;
    throw error;
  }
}

async function moveUp(path: string, files: number): Promise<void> {
  await rm(`${path}.${Math.max(1, files)}`, { force: true });
  for (let number = files - 1; number >= 1; number -= 1) {
    await rename(`${path}.${number}`, `${path}.${number + 1}`).catch((error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
    });
  }
}

/** Copies from an offset up to the end, as it is when it is reached, but at most `limit` bytes more than there were. */
async function copy(from: FileHandle, to: FileHandle, start: number, limit: number): Promise<void> {
  const buffer = Buffer.allocUnsafe(COPY_BYTES);
  let offset = start;
  while (offset - start < limit * 2) {
    const { bytesRead } = await from.read(buffer, 0, COPY_BYTES, offset);
    if (bytesRead === 0) return;
    await to.write(buffer, 0, bytesRead);
    offset += bytesRead;
  }
}
