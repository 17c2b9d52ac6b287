import { constants } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { FILE_BYTES_MAX, FILES_MAX } from './limits-core.js';

export type FileResult =
  | { readonly ok: true; readonly bytes: Buffer }
  /** `refused`: it may be there, but the config may not see it. */
  | { readonly ok: false; readonly error: string; readonly refused: boolean };

/** Reads the files that one evaluation asks for: those below a folder, also after following links, of bounded size and number. */
export class FolderReader {
  readonly #folder: string;
  #read = 0;

  constructor(folder: string) {
    this.#folder = resolve(folder);
  }

  async read(path: string): Promise<FileResult> {
    const shown = JSON.stringify(path);
    if (++this.#read > FILES_MAX)
      return refused(`${shown} is one file too many: a config reads ${FILES_MAX}`);
    const target = resolve(this.#folder, path);
    if (path.includes('\0') || !isBelow(this.#folder, target)) {
      return refused(`${shown} is outside the folder of the config`);
    }
    try {
      const real = await realpath(target);
      if (!isBelow(await realpath(this.#folder), real)) {
        return refused(`${shown} leads out of the folder of the config`);
      }
      return await readFileBounded(real, FILE_BYTES_MAX, shown);
    } catch {
      return { ok: false, error: `there is no file ${shown} below the folder of the config`, refused: false };
    }
  }
}

/** A regular file of at most so many bytes: no pipe and no device, which might never end. Throws what opening throws. */
export async function readFileBounded(path: string, max: number, shown: string): Promise<FileResult> {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stats = await file.stat();
    if (!stats.isFile()) return refused(`${shown} is not a file`);
    if (stats.size > max) return refused(`${shown} has ${stats.size} bytes; allowed are ${max}`);
    const bytes = Buffer.alloc(stats.size);
    const { bytesRead } = await file.read(bytes, 0, stats.size, 0);
    return { ok: true, bytes: bytes.subarray(0, bytesRead) };
  } finally {
    await file.close();
  }
}

function isBelow(folder: string, path: string): boolean {
  const steps = relative(folder, path);
  return steps !== '' && steps !== '..' && !steps.startsWith('../') && !isAbsolute(steps);
}

function refused(error: string): FileResult {
  return { ok: false, error, refused: true };
}
