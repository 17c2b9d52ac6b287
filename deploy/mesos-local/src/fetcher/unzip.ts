import { fromFd, type Entry, type ZipFile } from 'yauzl';
import { reasonOf } from '../containerizer/reason.js';
import type { Budget, Tree } from './tree.js';
import { FetchError } from './types.js';

/** The one file that knows the package `yauzl`. It only reads; what is written, and where, is the tree's to decide. */

const FILE_TYPE = 0o170_000;
const SYMLINK = 0o120_000;
const REGULAR = 0o100_000;
const FOLDER = 0o040_000;
/** Longest target of a link on Linux. */
const MAX_TARGET_BYTES = 4096;
/** Upper half of the external attributes: st_mode, where the archive comes from Unix. */
const MODE_SHIFT = 16;

/** Unpacks a zip file that is open as `fd` (which stays open); `bytes` counts what comes out. Throws FetchError. */
export async function unzip(fd: number, tree: Tree, bytes: Budget, signal: AbortSignal): Promise<void> {
  try {
    const zip = await openZip(fd);
    for (let entry = await nextEntry(zip); entry !== null; entry = await nextEntry(zip)) {
      signal.throwIfAborted();
      await unpack(zip, entry, tree, bytes);
    }
  } catch (error) {
    if (error instanceof FetchError) throw error;
    throw new FetchError(`is no whole zip archive: ${reasonOf(error)}`, { cause: error });
  }
}

async function unpack(zip: ZipFile, entry: Entry, tree: Tree, bytes: Budget): Promise<void> {
  const name = entry.fileName;
  const mode = entry.externalFileAttributes >>> MODE_SHIFT;
  const type = mode & FILE_TYPE;
  if (name.endsWith('/') || type === FOLDER) return tree.folder(name);
  if (entry.isEncrypted()) throw new FetchError(`the entry ${JSON.stringify(name)} is encrypted`);
  if (type === SYMLINK) return tree.symlink(name, await targetOf(zip, entry));
  if (type !== REGULAR && type !== 0) {
    throw new FetchError(
      `the entry ${JSON.stringify(name)} is a device or the like: only files, folders and links are unpacked`,
    );
  }
  await tree.file(name, mode === 0 ? 0o644 : mode, await contentOf(zip, entry), [bytes]);
}

async function targetOf(zip: ZipFile, entry: Entry): Promise<string> {
  let target = Buffer.alloc(0);
  for await (const chunk of await contentOf(zip, entry)) {
    target = Buffer.concat([target, chunk]);
    if (target.length > MAX_TARGET_BYTES) {
      throw new FetchError(
        `the link ${JSON.stringify(entry.fileName)} has a target of more than ${MAX_TARGET_BYTES} bytes`,
      );
    }
  }
  return target.toString();
}

function openZip(fd: number): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromFd(fd, { lazyEntries: true, autoClose: false, strictFileNames: true }, (error, zip) => {
      if (error === null) resolve(zip);
      else reject(error);
    });
  });
}

function nextEntry(zip: ZipFile): Promise<Entry | null> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      zip.removeAllListeners();
      act();
    };
    zip.once('entry', (entry: Entry) => settle(() => resolve(entry)));
    zip.once('end', () => settle(() => resolve(null)));
    zip.once('error', (error: Error) => settle(() => reject(error)));
    zip.readEntry();
  });
}

function contentOf(zip: ZipFile, entry: Entry): Promise<AsyncIterable<Buffer>> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => {
      if (error === null) resolve(stream as AsyncIterable<Buffer>);
      else reject(error);
    });
  });
}
