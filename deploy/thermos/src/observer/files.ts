import type { Stats } from 'node:fs';
import { lstat, open, opendir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { placeInside, Refusal } from './confine.js';

/** Of a folder, so many entries are listed. */
export const ENTRIES_MAX = 10_000;
/** One chunk of a file, bytes: what is read without a length, and the most. */
export const CHUNK_BYTES = 64 * 1024;
export const CHUNK_BYTES_MAX = 1024 * 1024;

export interface Entry {
  readonly name: string;
  readonly type: 'file' | 'folder' | 'link' | 'other';
  readonly size: number;
  /** ms since 1970 */
  readonly modifiedAt: number;
  /** `0644` */
  readonly mode: string;
}

export interface Listing {
  readonly path: string;
  readonly entries: readonly Entry[];
  /** There are more than these. */
  readonly truncated: boolean;
}

export async function listFolder(sandbox: string, path: string): Promise<Listing> {
  const place = await placeInside(sandbox, path);
  try {
    if (!place.stat.isDirectory()) throw new Refusal(400, `path: "${path}" is no folder`);
    const entries: Entry[] = [];
    let truncated = false;
    for await (const { name } of await opendir(place.path)) {
      if (entries.length >= ENTRIES_MAX) {
        truncated = true;
        break;
      }
      const stat = await lstat(join(place.path, name)).catch(() => null);
      if (stat !== null) entries.push(entryOf(name, stat));
    }
    return { path, entries: entries.sort((a, b) => (a.name < b.name ? -1 : 1)), truncated };
  } finally {
    await place.handle.close();
  }
}

function entryOf(name: string, stat: Stats): Entry {
  const type = stat.isFile()
    ? 'file'
    : stat.isDirectory()
      ? 'folder'
      : stat.isSymbolicLink()
        ? 'link'
        : 'other';
  const mode = (stat.mode & 0o7777).toString(8).padStart(4, '0');
  return { name, type, size: stat.size, modifiedAt: Math.round(stat.mtimeMs), mode };
}

/** A regular file of the sandbox, open for reading, with its size now. The handle is the caller's to close. */
export async function openFile(sandbox: string, path: string): Promise<{ handle: FileHandle; size: number }> {
  const place = await placeInside(sandbox, path);
  try {
    if (!place.stat.isFile()) throw new Refusal(400, `path: "${path}" is no file`);
    const handle = await open(place.path, 'r');
    return { handle, size: (await handle.stat()).size };
  } finally {
    await place.handle.close();
  }
}

export interface Chunk {
  readonly data: Buffer;
  readonly offset: number;
  /** Of the file, now. */
  readonly size: number;
}

/** `length` bytes from `offset`; offset -1 asks for the size alone, as in Mesos. Fewer bytes at the end of the file. */
export async function readChunk(
  sandbox: string,
  path: string,
  offset: number,
  length: number,
): Promise<Chunk> {
  const { handle, size } = await openFile(sandbox, path);
  try {
    if (offset < 0 || offset >= size)
      return { data: Buffer.alloc(0), offset: offset < 0 ? size : offset, size };
    const buffer = Buffer.alloc(Math.min(length, CHUNK_BYTES_MAX, size - offset));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
    return { data: buffer.subarray(0, bytesRead), offset, size };
  } finally {
    await handle.close();
  }
}

/** Files of a sandbox that are counted; a larger one is measured no further. */
const COUNTED_MAX = 100_000;

/** Bytes on disk of what is in a folder; links are not followed. */
export async function diskBytes(folder: string): Promise<number> {
  const folders = [folder];
  let bytes = 0;
  let counted = 0;
  for (let next = folders.pop(); next !== undefined; next = folders.pop()) {
    const dir = await opendir(next).catch(() => null);
    if (dir === null) continue;
    for await (const entry of dir) {
      counted += 1;
      if (counted > COUNTED_MAX) return bytes;
      const path = join(next, entry.name);
      bytes += await lstat(path).then(
        ({ blocks }) => blocks * 512,
        () => 0,
      );
      if (entry.isDirectory()) folders.push(path);
    }
  }
  return bytes;
}
