import { constants, type Stats } from 'node:fs';
import { lstat, open, readFile, readdir, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileInfo } from '@murmur/engine';
import { codeOf } from '../containerizer/reason.js';
import { parseNames } from './info-core.js';
import { FilesError, findRoot, isInside, outside } from './path-core.js';

/** Most bytes of one read: 16 pages, as in Mesos. */
export const MAX_READ_BYTES = 64 * 1024;
/** Most entries of one listing; the rest, in the order of their names, is left out. */
export const MAX_LISTED = 10_000;
const NANOSECONDS = 1_000_000_000;

export interface FileContent {
  /** Bytes of the whole file. */
  readonly size: number;
  readonly data: Buffer;
}

/** A file that is open, to be sent; whoever has it closes it. */
export interface Download {
  readonly handle: FileHandle;
  readonly size: number;
  readonly name: string;
}

/**
 * Folders and files of this machine under names, for the files API of master and agent. A path is a name and what comes
 * below it. Whatever symbolic links there are, nothing outside of what was attached is read.
 */
export interface Files {
  /** Makes `path` (a file or a folder, also one that comes to be later) known as `name`. */
  attach(name: string, path: string): void;
  detach(name: string): void;
  attached(): ReadonlyMap<string, string>;
  /** What is in a folder, links as links, in the order of names; nothing where it is no folder. Throws FilesError. */
  list(path: string): Promise<readonly FileInfo[]>;
  /** Up to `length` bytes (null = to the end, at most `MAX_READ_BYTES`) from `offset`, in bytes. Throws FilesError. */
  read(path: string, offset: number, length: number | null): Promise<FileContent>;
  download(path: string): Promise<Download>;
}

export function createFiles(): Files {
  const names = new Map<string, string>();
  const opened = async <T>(
    path: string,
    use: (handle: FileHandle, stat: Stats) => Promise<T>,
  ): Promise<T> => {
    const { handle, stat } = await openPath(names, path);
    try {
      return await use(handle, stat);
    } finally {
      await handle.close();
    }
  };
  return {
    attach: (name, path) => void names.set(cleanName(name), path),
    detach: (name) => void names.delete(cleanName(name)),
    attached: () => names,
    list: (path) =>
      opened(path, (handle, stat) => (stat.isDirectory() ? listFolder(handle, path) : Promise.resolve([]))),
    read: (path, offset, length) =>
      opened(path, async (handle, stat) => {
        if (stat.isDirectory()) throw new FilesError('invalid', 'Cannot read a directory.\n');
        const most = Math.min(length ?? MAX_READ_BYTES, MAX_READ_BYTES, Math.max(0, stat.size - offset));
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(most), 0, most, offset);
        return { size: stat.size, data: buffer.subarray(0, bytesRead) };
      }),
    download: async (path) => {
      const { handle, stat } = await openPath(names, path);
      if (!stat.isDirectory()) return { handle, size: stat.size, name: path.split('/').at(-1) ?? '' };
      await handle.close();
      throw new FilesError('invalid', 'Cannot download a directory.\n');
    },
  };
}

function cleanName(name: string): string {
  return `/${name
    .split('/')
    .filter((part) => part !== '')
    .join('/')}`;
}

/**
 * Opens what a path names. First by real path, so that the answer can be clear; then, because a task may swap a folder for a
 * link in between, by asking the kernel what was really opened.
 */
async function openPath(
  names: ReadonlyMap<string, string>,
  path: string,
): Promise<{ readonly handle: FileHandle; readonly stat: Stats }> {
  const { name, rest } = findRoot(path, (candidate) => names.has(candidate));
  const root = await real(names.get(name) ?? '');
  const target = await real(join(root, ...rest));
  if (!isInside(root, target)) throw outside(path);
  // Not blocking: the open of a pipe would wait for whoever writes to it.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const handle = await open(target, flags).catch(refuse);
  try {
    if (!isInside(root, await readlink(`/proc/self/fd/${handle.fd}`))) throw outside(path);
    const stat = await handle.stat();
    if (!stat.isFile() && !stat.isDirectory()) {
      throw new FilesError('invalid', 'Cannot read what is neither a file nor a directory.\n');
    }
    return { handle, stat };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function real(path: string): Promise<string> {
  return realpath(path).catch(refuse);
}

function refuse(error: unknown): never {
  const code = codeOf(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') throw new FilesError('not-found', '');
  if (code === 'EACCES' || code === 'EPERM' || code === 'ELOOP') {
    throw new FilesError('forbidden', `cannot be opened: ${code}.\n`);
  }
  // A socket.
  if (code === 'ENXIO') {
    throw new FilesError('invalid', 'Cannot read what is neither a file nor a directory.\n');
  }
  throw error;
}

async function listFolder(handle: FileHandle, path: string): Promise<readonly FileInfo[]> {
  // By the open folder, not by its path: that may be another one by now.
  const folder = `/proc/self/fd/${handle.fd}`;
  const entries = (await readdir(folder)).sort().slice(0, MAX_LISTED);
  const [users, groups] = await Promise.all([namesOf('/etc/passwd'), namesOf('/etc/group')]);
  const base = path.replace(/\/+$/, '');
  const infos: FileInfo[] = [];
  for (const entry of entries) {
    const stat = await lstat(`${folder}/${entry}`).catch(() => null);
    if (stat === null) continue;
    infos.push({
      path: `${base}/${entry}`,
      nlink: stat.nlink,
      size: stat.size,
      mtime: { nanoseconds: Math.floor(stat.mtimeMs / 1000) * NANOSECONDS },
      mode: stat.mode,
      uid: users.get(stat.uid) ?? String(stat.uid),
      gid: groups.get(stat.gid) ?? String(stat.gid),
    });
  }
  return infos;
}

async function namesOf(file: string): Promise<ReadonlyMap<number, string>> {
  return parseNames(await readFile(file, 'utf8').catch(() => ''));
}
