import {
  decodeFrame,
  decodeFileHead,
  FILE_HEAD_BYTES,
  type FileHead,
  type FileKind,
  type WholeFrame,
} from './frame-core.js';
import type { Files, LogFile } from './files.js';
import { StorageError } from './port.js';

/** Read at once; a longer frame takes as much as it has. */
export const READ_BYTES = 1024 * 1024;

export interface FramesEnd {
  /** Where the first byte after the last whole frame is. */
  readonly at: number;
  /** What follows there: nothing, the beginning of a frame, or no frame. */
  readonly kind: 'end' | 'more' | 'bad';
}

/**
 * Gives each whole frame after the file's head to `visit`, which says whether it belongs there, until one does not (`bad`). Payloads are valid during
 * the visit only. `pause` is awaited after each piece that was read.
 */
export async function readFrames(
  file: LogFile,
  salt: number,
  visit: (frame: WholeFrame) => boolean,
  pause?: () => Promise<void>,
): Promise<FramesEnd> {
  const size = await file.size();
  let buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(1, size - FILE_HEAD_BYTES)));
  let filled = 0;
  let at = FILE_HEAD_BYTES;
  for (;;) {
    filled += await file.read(buffer.subarray(filled, size - at), at + filled);
    let used = 0;
    let decoded = decodeFrame(buffer.subarray(0, filled), salt);
    while (decoded.kind === 'frame') {
      if (!visit(decoded.frame)) return { at: at + used, kind: 'bad' };
      used += decoded.bytes;
      decoded = decodeFrame(buffer.subarray(used, filled), salt);
    }
    at += used;
    if (at === size) return { at, kind: 'end' };
    if (decoded.kind === 'bad') return { at, kind: 'bad' };
    if (at + decoded.bytes > size) return { at, kind: 'more' };
    const next = decoded.bytes > buffer.length ? Buffer.allocUnsafe(decoded.bytes) : buffer;
    buffer.copy(next, 0, used, filled);
    filled -= used;
    buffer = next;
    await pause?.();
  }
}

/** Opens a file of the log and checks its head. Throws StorageError, which names the file. */
export async function openKind(
  files: Files,
  path: string,
  kind: FileKind,
  how: 'read' | 'write',
): Promise<{ readonly file: LogFile; readonly head: FileHead }> {
  const file = await files.open(path, how);
  try {
    const bytes = Buffer.alloc(FILE_HEAD_BYTES);
    const head = decodeFileHead(bytes.subarray(0, await file.read(bytes, 0)));
    if (typeof head === 'string') throw new StorageError(`${path} ${head}`);
    if (head.kind !== kind) throw new StorageError(`${path} is a ${head.kind}, not a ${kind}`);
    return { file, head };
  } catch (error) {
    await file.close();
    throw error;
  }
}
