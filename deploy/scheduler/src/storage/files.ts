import { constants } from 'node:fs';
import { mkdir, open, readdir, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { takeLock } from './lock.js';
import { StorageError } from './port.js';

/** The file system, as much of it as the log needs. Tests put others in its place. All methods throw StorageError, which names the path. */
export interface Files {
  /** With its parents, each durable. */
  makeFolder(path: string): Promise<void>;
  /** Names in it; none where it is missing. */
  list(path: string): Promise<readonly string[]>;
  /** `read`: must be there. `write`: must be there. `create`: emptied where it is there. */
  open(path: string, how: 'read' | 'write' | 'create'): Promise<LogFile>;
  /** Over what is there, in one step. */
  rename(from: string, to: string): Promise<void>;
  /** A file or a folder with what is in it; nothing where it is missing. */
  remove(path: string): Promise<void>;
  /** Makes the names in it durable. */
  syncFolder(path: string): Promise<void>;
  /** Holds the file against everybody else until the returned function is called, or the process ends. */
  lock(path: string): () => void;
}

export interface LogFile {
  size(): Promise<number>;
  /** Fewer bytes than asked for only at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>;
  /** All of them. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(size: number): Promise<void>;
  /** Makes what was written durable. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

const FLAGS = {
  read: constants.O_RDONLY,
  write: constants.O_RDWR,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC,
} as const;

export const nodeFiles: Files = {
  makeFolder: (path) => named(path, 'make the folder', () => makeFolder(path)),
  list: (path) => named(path, 'list', () => list(path)),
  open: (path, how) =>
    named(path, how === 'create' ? 'make' : 'open', async () =>
      fileOf(path, await open(path, FLAGS[how], 0o600)),
    ),
  rename: (from, to) => named(from, `rename to ${to}`, () => rename(from, to)),
  remove: (path) => named(path, 'remove', () => rm(path, { recursive: true, force: true })),
  syncFolder: (path) => named(path, 'sync', () => syncFolder(path)),
  lock: takeLock,
};

async function makeFolder(path: string): Promise<void> {
  const first = await mkdir(path, { recursive: true, mode: 0o700 });
  if (first === undefined) return;
  for (let at = path; at.length >= first.length; at = dirname(at)) await syncFolder(dirname(at));
}

async function list(path: string): Promise<readonly string[]> {
  try {
    return await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function fileOf(path: string, handle: FileHandle): LogFile {
  return {
    size: () => named(path, 'read', async () => (await handle.stat()).size),
    read: (into, position) => named(path, 'read', () => readAll(handle, into, position)),
    write: (bytes, position) => named(path, 'write', () => writeAll(handle, bytes, position)),
    truncate: (size) => named(path, 'cut', () => handle.truncate(size)),
    sync: () => named(path, 'sync', () => handle.datasync()),
    close: () => named(path, 'close', () => handle.close()),
  };
}

async function readAll(handle: FileHandle, into: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    done += (await handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}

async function named<T>(path: string, what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw new StorageError(`${path}: cannot ${what}: ${(error as Error).message}`, { cause: error });
  }
}
