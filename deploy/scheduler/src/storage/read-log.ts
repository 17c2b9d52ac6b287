import { join } from 'node:path';
import type { Files, LogFile } from './files.js';
import { FRAME_HEAD_BYTES, type WholeFrame } from './frame-core.js';
import { planLog, segmentName, snapshotName } from './names-core.js';
import { StorageError, type RecoveryVisitor } from './port.js';
import { openKind, readFrames } from './read-frames.js';
import { readSnapshot, type SnapshotInfo } from './snapshot-file.js';
import { judgeTail } from './tail-core.js';

/** What a log holds. */
export interface LogRead {
  readonly snapshot: SnapshotInfo | null;
  /** Of the last entry; 0 when there is none. */
  readonly position: number;
  /** Of the frames after the snapshot. */
  readonly bytes: number;
  /** First positions of its segments. */
  readonly segments: readonly number[];
  /** The newest segment, unless the snapshot stands for more than it has. */
  readonly newest: SegmentRead | null;
  readonly stale: readonly string[];
}

export interface SegmentRead {
  readonly first: number;
  readonly salt: number;
  /** Up to the end of its last whole entry. */
  readonly size: number;
  /** Bytes after that. */
  readonly bytesCut: number;
}

/** Reads a log and changes nothing. Throws StorageError with file and offset where it is damaged. */
export async function readLog(
  files: Files,
  folder: string,
  visitor: RecoveryVisitor,
  pause?: () => Promise<void>,
): Promise<LogRead> {
  const plan = planLog(await files.list(folder));
  const snapshot =
    plan.snapshot === null ? null : await readNamed(files, folder, plan.snapshot, visitor, pause);
  const covered = snapshot?.position ?? 0;
  let next = covered + 1;
  let bytes = 0;
  let newest: SegmentRead | null = null;
  for (const [i, first] of plan.segments.entries()) {
    const path = join(folder, segmentName(first));
    if (i === 0 ? first > next : first !== next) {
      throw new StorageError(`${path} begins with entry ${first}, but entry ${next} belongs there`);
    }
    next = first;
    const accept = (position: number, payload: Uint8Array): void => {
      next = position + 1;
      if (position <= covered) return;
      bytes += FRAME_HEAD_BYTES + payload.length;
      visitor.entry(position, Buffer.from(payload));
    };
    newest = await readSegment(files, path, first, i === plan.segments.length - 1, accept, pause);
  }
  const behind = newest !== null && next <= covered;
  return {
    snapshot,
    position: Math.max(next - 1, covered),
    bytes,
    segments: behind ? [] : plan.segments,
    newest: behind ? null : newest,
    stale: behind && newest !== null ? [...plan.stale, segmentName(newest.first)] : plan.stale,
  };
}

async function readNamed(
  files: Files,
  folder: string,
  position: number,
  visitor: RecoveryVisitor,
  pause?: () => Promise<void>,
): Promise<SnapshotInfo> {
  const path = join(folder, snapshotName(position));
  const info = await readSnapshot(files, path, (chunk) => visitor.snapshot(chunk), pause);
  if (info.position !== position) throw new StorageError(`${path} is a snapshot at ${info.position}`);
  return info;
}

async function readSegment(
  files: Files,
  path: string,
  first: number,
  isNewest: boolean,
  accept: (position: number, payload: Uint8Array) => void,
  pause?: () => Promise<void>,
): Promise<SegmentRead> {
  const { file, head } = await openKind(files, path, 'segment', 'read');
  try {
    if (head.position !== first) throw new StorageError(`${path} is a segment from ${head.position} on`);
    let next = first;
    const visit = ({ position, payload }: WholeFrame): boolean => {
      if (position !== next) return false;
      accept(position, payload);
      next += 1;
      return true;
    };
    const { at, kind } = await readFrames(file, head.salt, visit, pause);
    const bytesCut = kind === 'end' ? 0 : await checkTail(file, path, at, next, head.salt, isNewest);
    return { first, salt: head.salt, size: at, bytesCut };
  } finally {
    await file.close();
  }
}

/** How many bytes after `at` are an unfinished write. Throws StorageError when they are something else. */
async function checkTail(
  file: LogFile,
  path: string,
  at: number,
  expected: number,
  salt: number,
  isNewest: boolean,
): Promise<number> {
  if (!isNewest) {
    throw new StorageError(
      `${path} is damaged at offset ${at}: entry ${expected} is not whole, and a newer segment follows`,
    );
  }
  const rest = Buffer.allocUnsafe((await file.size()) - at);
  const tail = judgeTail(rest.subarray(0, await file.read(rest, at)), at, expected, salt);
  if (tail.kind === 'damage') throw new StorageError(`${path} is damaged at offset ${at}: ${tail.what}`);
  return rest.length;
}
