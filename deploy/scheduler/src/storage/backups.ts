import { join } from 'node:path';
import { nodeFiles, type Files } from './files.js';
import {
  backupName,
  backupNames,
  BACKUPS_FOLDER,
  backupTime,
  LOCK_FILE,
  logName,
  newestLog,
  RESTORE_FOLDER,
  snapshotName,
  surplusBackups,
} from './names-core.js';
import { StorageError, type BackupInfo } from './port.js';
import { READ_BYTES } from './read-frames.js';
import { readSnapshot, writeSnapshot, type SnapshotInfo } from './snapshot-file.js';

/** Writes a backup, then removes those beyond BACKUPS_MAX. `at` in ms since 1970. Two of one second: the second one stays. */
export async function writeBackup(
  files: Files,
  folder: string,
  position: number,
  chunks: Iterable<Uint8Array>,
  at: number,
): Promise<BackupInfo> {
  const backups = join(folder, BACKUPS_FOLDER);
  const name = backupName(at);
  await files.makeFolder(backups);
  const { bytes } = await writeSnapshot(files, join(backups, name), position, chunks);
  for (const old of surplusBackups(await files.list(backups), name)) await files.remove(join(backups, old));
  return { name, at: backupTime(name) ?? at, bytes };
}

/** Oldest first. */
export async function listBackups(files: Files, folder: string): Promise<readonly BackupInfo[]> {
  const backups = join(folder, BACKUPS_FOLDER);
  const found: BackupInfo[] = [];
  for (const name of backupNames(await files.list(backups))) {
    const file = await files.open(join(backups, name), 'read');
    try {
      found.push({ name, at: backupTime(name) ?? 0, bytes: await file.size() });
    } finally {
      await file.close();
    }
  }
  return found;
}

/** Reads the whole backup. Throws StorageError with file and offset where it is damaged, or when there is none of that name. */
export async function verifyBackup(
  folder: string,
  name: string,
  files: Files = nodeFiles,
  visit: (chunk: Uint8Array) => void = () => undefined,
): Promise<SnapshotInfo> {
  if (backupTime(name) === null) throw new StorageError(`${name} is no name of a backup`);
  return readSnapshot(files, join(folder, BACKUPS_FOLDER, name), visit);
}

export interface Restored {
  readonly position: number;
  /** Folder of the log that counts from now on. */
  readonly log: string;
  /** Folder of the log that it replaced, which stays; null where there was none. */
  readonly replaced: string | null;
}

/**
 * Puts a backup in the place of the log; no scheduler may be running on the folder. The backup becomes a log of the next number, prepared aside; one rename makes it
 * the one that counts. The replaced log stays in its folder: without the newer folder it counts again. Throws StorageError; before
 * the rename nothing has changed.
 */
export async function restoreBackup(options: {
  readonly folder: string;
  readonly backup: string;
  readonly files?: Files;
}): Promise<Restored> {
  const { folder, backup, files = nodeFiles } = options;
  // Before the lock, so that a wrong name makes nothing, not even a lock file.
  await verifyBackup(folder, backup, files);
  const release = files.lock(join(folder, LOCK_FILE));
  try {
    const aside = join(folder, RESTORE_FOLDER);
    await files.remove(aside);
    await files.makeFolder(aside);
    const { position } = await verifyBackup(folder, backup, files);
    const copy = join(aside, snapshotName(position));
    await copyFile(files, join(folder, BACKUPS_FOLDER, backup), copy);
    await readSnapshot(files, copy, () => undefined);
    await files.syncFolder(aside);
    const before = newestLog(await files.list(folder));
    const log = logName((before ?? 0) + 1);
    await files.rename(aside, join(folder, log));
    await files.syncFolder(folder);
    return { position, log, replaced: before === null ? null : logName(before) };
  } finally {
    release();
  }
}

async function copyFile(files: Files, from: string, to: string): Promise<void> {
  const source = await files.open(from, 'read');
  try {
    const target = await files.open(to, 'create');
    try {
      const piece = Buffer.allocUnsafe(READ_BYTES);
      let at = 0;
      for (let got = await source.read(piece, at); got > 0; got = await source.read(piece, at)) {
        await target.write(piece.subarray(0, got), at);
        at += got;
      }
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}
