import { join } from 'node:path';
import type { Log } from '@murmur/service';
import type { Files } from './files.js';
import { BACKUPS_FOLDER, logName, newestLog, RESTORE_FOLDER, TEMPORARY } from './names-core.js';
import type { RecoveryVisitor } from './port.js';
import { readLog, type LogRead } from './read-log.js';
import { reopenSegment } from './segment.js';
import { LogWriter } from './writer.js';

export interface RecoveredLog {
  /** Folder of the log that counts. */
  readonly logFolder: string;
  readonly read: LogRead;
  readonly writer: LogWriter;
}

/**
 * Reads the log that counts, and only then, since all of it is sound, removes what a crash left and opens it for writing. The caller has the
 * lock. Throws StorageError.
 */
export async function recoverLog(
  files: Files,
  folder: string,
  visitor: RecoveryVisitor,
  log: Log,
  segmentBytes: number,
): Promise<RecoveredLog> {
  const number = newestLog(await files.list(folder)) ?? 1;
  const logFolder = join(folder, logName(number));
  const read = await readLog(files, logFolder, visitor);
  await clean(files, folder, logFolder, read.stale);
  const { newest, position, segments } = read;
  const segment = newest === null ? null : await reopenSegment(files, logFolder, newest);
  const bytesCut = newest?.bytesCut ?? 0;
  if (bytesCut > 0) log.warn({ bytesCut, position }, 'an unfinished write was cut off');
  const writer = new LogWriter(files, logFolder, { position, firsts: segments, segment }, segmentBytes);
  return { logFolder, read, writer };
}

async function clean(
  files: Files,
  folder: string,
  logFolder: string,
  stale: readonly string[],
): Promise<void> {
  await files.makeFolder(logFolder);
  await files.remove(join(folder, RESTORE_FOLDER));
  const backups = join(folder, BACKUPS_FOLDER);
  const unfinished = (await files.list(backups)).filter((name) => name.endsWith(TEMPORARY));
  for (const name of unfinished) await files.remove(join(backups, name));
  for (const name of stale) await files.remove(join(logFolder, name));
  // What was read is what there is, also after a crash of the machine.
  await files.syncFolder(logFolder);
  await files.syncFolder(folder);
}
