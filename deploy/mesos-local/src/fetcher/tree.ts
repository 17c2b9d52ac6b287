import { createWriteStream, type Stats } from 'node:fs';
import { link, lstat, mkdir, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { codeOf } from '../containerizer/reason.js';
import { checkSymlink, entryPath } from './entry-core.js';
import { FetchError } from './types.js';

/** Set-user-id bits and the like do not come out of archives. */
const MODE_BITS = 0o777;
const FOLDER_MODE = 0o755;

/** Counts towards a bound, and says which one was crossed. */
export class Budget {
  #left: number;
  readonly #what: string;
  readonly #max: number;

  constructor(what: string, max: number) {
    this.#what = what;
    this.#max = max;
    this.#left = max;
  }

  /** Throws FetchError once more than the bound was taken. */
  take(amount: number): void {
    this.#left -= amount;
    if (this.#left < 0) throw new FetchError(`more than ${this.#max} ${this.#what}`);
  }
}

/**
 * A folder that only the agent can write, in which the sandbox's content is put together. Every path is checked part by
 * part: nothing is written through a link, and nothing outside.
 */
export class Tree {
  readonly #root: string;
  readonly #files: Budget;
  readonly #folders = new Set<string>(['']);

  /** The folder `root` must be there. */
  constructor(root: string, files: Budget) {
    this.#root = root;
    this.#files = files;
  }

  /** What is below one of its folders as a tree of its own: nothing of it can get out of that folder. */
  below(parts: readonly string[]): Tree {
    return new Tree(this.#path(parts), this.#files);
  }

  async folder(name: string): Promise<void> {
    await this.#folder(entryPath(name));
  }

  /** Writes a file of `mode`, in place of one that is there. `budgets` count its bytes. */
  async file(
    name: string,
    mode: number,
    content: AsyncIterable<Uint8Array>,
    budgets: readonly Budget[],
  ): Promise<string> {
    const path = await this.#vacate(entryPath(name), name);
    await pipeline(
      content,
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          for (const budget of budgets) budget.take(chunk.byteLength);
          yield chunk;
        }
      },
      createWriteStream(path, { flags: 'wx', mode: mode & MODE_BITS }),
    );
    return path;
  }

  async symlink(name: string, target: string): Promise<void> {
    const parts = entryPath(name);
    checkSymlink(parts, target);
    await symlink(target, await this.#vacate(parts, name));
  }

  /** A second name of a file that is in the tree already. */
  async hardlink(name: string, target: string): Promise<void> {
    const parts = entryPath(target);
    await this.#folder(parts.slice(0, -1));
    const existing = this.#path(parts);
    if ((await statOf(existing))?.isFile() !== true) {
      throw new FetchError(
        `the link ${JSON.stringify(name)} names ${JSON.stringify(target)}, which is no file of it`,
      );
    }
    const path = await this.#vacate(entryPath(name), name);
    if (path !== existing) await link(existing, path);
  }

  #path(parts: readonly string[]): string {
    return join(this.#root, ...parts);
  }

  /** Makes the folder and those above it. A part that is there must be a real folder. */
  async #folder(parts: readonly string[]): Promise<void> {
    for (let depth = 1; depth <= parts.length; depth += 1) {
      const some = parts.slice(0, depth);
      const key = some.join('/');
      if (this.#folders.has(key)) continue;
      const stat = await statOf(this.#path(some));
      if (stat !== null && !stat.isDirectory()) {
        throw new FetchError(
          `the entry ${JSON.stringify(parts.join('/'))} goes through ${JSON.stringify(key)}, which is no folder`,
        );
      }
      if (stat === null) {
        this.#files.take(1);
        await mkdir(this.#path(some), FOLDER_MODE);
      }
      this.#folders.add(key);
    }
  }

  /** Where a file may now be made: its folder is there, itself is not. */
  async #vacate(parts: readonly string[], name: string): Promise<string> {
    if (parts.length === 0) throw new FetchError(`the entry ${JSON.stringify(name)} has no name`);
    await this.#folder(parts.slice(0, -1));
    this.#files.take(1);
    const path = this.#path(parts);
    const stat = await statOf(path);
    if (stat?.isDirectory() === true) {
      throw new FetchError(`the entry ${JSON.stringify(name)} is a folder already`);
    }
    if (stat !== null) await unlink(path);
    return path;
  }
}

async function statOf(path: string): Promise<Stats | null> {
  return lstat(path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
}
