import { randomInt } from 'node:crypto';
import { dirname } from 'node:path';
import { crc32c } from './crc32c-core.js';
import type { Files, LogFile } from './files.js';
import {
  encodeFileHead,
  encodeFrame,
  FILE_HEAD_BYTES,
  FRAME_HEAD_BYTES,
  readU64,
  writeU64,
  type WholeFrame,
} from './frame-core.js';
import { TEMPORARY } from './names-core.js';
import { ENTRY_BYTES_MAX, StorageError } from './port.js';
import { openKind, readFrames } from './read-frames.js';

/** Chunks are gathered up to this before they are written. */
export const SNAPSHOT_WRITE_BYTES = 1024 * 1024;
/** `back` of the frame that ends a snapshot. Its payload: chunks:u64 bytes:u64 crc:u32, the CRC-32C over the chunks' CRCs. */
const LAST = 0xffffffff;
const LAST_BYTES = 20;

export interface SnapshotInfo {
  /** Of the last entry that it stands for. */
  readonly position: number;
  readonly chunks: number;
  /** Of the file. */
  readonly bytes: number;
}

/** What the last frame says. */
class Totals {
  chunks = 0;
  bytes = 0;
  #crc = 0;

  add(length: number, payloadCrc: number): void {
    this.chunks += 1;
    this.bytes += length;
    const four = Buffer.alloc(4);
    four.writeUInt32LE(payloadCrc);
    this.#crc = crc32c(four, this.#crc);
  }

  encode(): Buffer {
    const out = Buffer.alloc(LAST_BYTES);
    writeU64(out, this.chunks, 0);
    writeU64(out, this.bytes, 8);
    out.writeUInt32LE(this.#crc, 16);
    return out;
  }
}

/**
 * Writes a snapshot to `path`, over what is there: first aside, durable, then renamed. The chunks are taken one by one while others have their
 * turns. Throws StorageError; what was at `path` is then still there, or already the new one.
 */
export async function writeSnapshot(
  files: Files,
  path: string,
  position: number,
  chunks: Iterable<Uint8Array>,
): Promise<SnapshotInfo> {
  const aside = path + TEMPORARY;
  try {
    const file = await files.open(aside, 'create');
    let info: SnapshotInfo;
    try {
      info = await writeChunks(file, path, position, chunks);
      await file.sync();
    } finally {
      await file.close();
    }
    await files.rename(aside, path);
    await files.syncFolder(dirname(path));
    return info;
  } catch (error) {
    // What cannot be removed now is removed by the next recovery.
    await files.remove(aside).catch(() => undefined);
    throw error;
  }
}

async function writeChunks(
  file: LogFile,
  path: string,
  position: number,
  chunks: Iterable<Uint8Array>,
): Promise<SnapshotInfo> {
  const salt = randomInt(2 ** 32);
  const totals = new Totals();
  let gathered: Buffer[] = [encodeFileHead({ kind: 'snapshot', position, salt })];
  let size = 0;
  let bytes = FILE_HEAD_BYTES;
  const flush = async (): Promise<void> => {
    await file.write(Buffer.concat(gathered), size);
    size = bytes;
    gathered = [];
  };
  const add = (payload: Uint8Array, back: number): Buffer => {
    const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + payload.length);
    encodeFrame({ position: totals.chunks + 1, back, payload }, salt, frame, 0);
    gathered.push(frame);
    bytes += frame.length;
    return frame;
  };
  for (const chunk of chunks) {
    if (chunk.length > ENTRY_BYTES_MAX) {
      throw new StorageError(`${path}: a chunk has ${chunk.length} bytes, allowed are ${ENTRY_BYTES_MAX}`);
    }
    totals.add(chunk.length, add(chunk, 0).readUInt32LE(16));
    if (bytes - size >= SNAPSHOT_WRITE_BYTES) await flush();
  }
  add(totals.encode(), LAST);
  await flush();
  return { position, chunks: totals.chunks, bytes };
}

/** Gives each chunk, as a copy. Throws StorageError with file and offset unless it is whole. */
export async function readSnapshot(
  files: Files,
  path: string,
  visit: (chunk: Uint8Array) => void,
  pause?: () => Promise<void>,
): Promise<SnapshotInfo> {
  const { file, head } = await openKind(files, path, 'snapshot', 'read');
  try {
    const totals = new Totals();
    let last: Buffer | null = null;
    const accept = ({ position, back, payload, payloadCrc }: WholeFrame): boolean => {
      if (last !== null || position !== totals.chunks + 1) return false;
      const copy = Buffer.from(payload);
      if (back === LAST) last = copy;
      else {
        totals.add(payload.length, payloadCrc);
        visit(copy);
      }
      return true;
    };
    const { at, kind } = await readFrames(file, head.salt, accept, pause);
    const problem = kind === 'end' ? endProblem(last, totals) : 'is damaged';
    if (problem !== null) throw new StorageError(`${path} ${problem} at offset ${at}`);
    return { position: head.position, chunks: totals.chunks, bytes: at };
  } finally {
    await file.close();
  }
}

function endProblem(last: Buffer | null, totals: Totals): string | null {
  if (last === null) return 'ends too soon';
  if (last.equals(totals.encode())) return null;
  const said = last.length === LAST_BYTES ? readU64(last, 0) : NaN;
  return `says that it has ${said} chunks, and does not have them,`;
}
