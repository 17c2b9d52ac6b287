import { randomInt } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { Files, LogFile } from './files.js';
import { encodeFileHead, FILE_HEAD_BYTES } from './frame-core.js';
import { segmentName, TEMPORARY } from './names-core.js';
import { openKind } from './read-frames.js';
import type { SegmentRead } from './read-log.js';

/** The segment that is written to. */
export interface OpenSegment {
  readonly file: LogFile;
  readonly first: number;
  readonly salt: number;
  /** Where the next write goes. */
  size: number;
}

/** An empty segment. It has its name only once its head is durable: a named one without a head is damaged. */
export async function createSegment(files: Files, folder: string, first: number): Promise<OpenSegment> {
  const path = join(folder, segmentName(first));
  const salt = randomInt(2 ** 32);
  const aside = await files.open(path + TEMPORARY, 'create');
  try {
    await aside.write(encodeFileHead({ kind: 'segment', position: first, salt }), 0);
    await aside.sync();
  } finally {
    await aside.close();
  }
  await files.rename(path + TEMPORARY, path);
  await files.syncFolder(dirname(path));
  return { file: await files.open(path, 'write'), first, salt, size: FILE_HEAD_BYTES };
}

/** Opens a segment to go on in it, without its unfinished end. What was only written before a crash is made durable. */
export async function reopenSegment(files: Files, folder: string, read: SegmentRead): Promise<OpenSegment> {
  const { first, salt, size } = read;
  const { file } = await openKind(files, join(folder, segmentName(first)), 'segment', 'write');
  try {
    await file.truncate(size);
    await file.sync();
  } catch (error) {
    await file.close();
    throw error;
  }
  return { file, first, salt, size };
}
