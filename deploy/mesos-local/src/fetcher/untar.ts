import { Parser, type ReadEntry } from 'tar';
import { reasonOf } from '../containerizer/reason.js';
import type { Budget, Tree } from './tree.js';
import { FetchError } from './types.js';

/** The one file that knows the package `tar`. It only reads; what is written, and where, is the tree's to decide. */

/** The parser would unpack these by itself, uncounted. */
const COMPRESSED = [Buffer.from([0x1f, 0x8b]), Buffer.from([0x28, 0xb5, 0x2f, 0xfd])];

/** The names of a plain file through the ages. */
const FILES: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile']);

/**
 * Unpacks a tar stream; `bytes` counts all of it, headers and padding too. Throws FetchError, or what the stream throws.
 */
export async function untar(chunks: AsyncIterable<Uint8Array>, tree: Tree, bytes: Budget): Promise<void> {
  const unpacking = new Unpacking(tree);
  try {
    await feed(chunks, unpacking, bytes);
  } finally {
    await unpacking.close();
  }
}

async function feed(chunks: AsyncIterable<Uint8Array>, unpacking: Unpacking, bytes: Budget): Promise<void> {
  let first = true;
  for await (const chunk of chunks) {
    bytes.take(chunk.byteLength);
    const buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (first && COMPRESSED.some((magic) => buffer.subarray(0, magic.length).equals(magic))) {
      throw new FetchError('is compressed twice');
    }
    first = false;
    await unpacking.write(buffer);
  }
  await unpacking.end();
}

class Unpacking {
  readonly #tree: Tree;
  readonly #parser: Parser;
  #failure: FetchError | null = null;
  #ended = false;
  #writing = Promise.resolve();
  #current: ReadEntry | null = null;
  #wake: () => void = () => undefined;

  constructor(tree: Tree) {
    this.#tree = tree;
    this.#parser = new Parser({
      strict: true,
      onReadEntry: (entry) => {
        // One that is destroyed before it is read tells nobody else.
        entry.on('error', () => undefined);
        this.#writing = this.#writing.then(() => this.#entry(entry));
      },
    });
    this.#parser.on('error', (error: unknown) => {
      this.#fail(new FetchError(`is no whole tar archive: ${reasonOf(error)}`, { cause: error }));
    });
    this.#parser.on('end', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** Resolves when the parser can take more. Throws once anything has failed. */
  async write(chunk: Buffer): Promise<void> {
    let flowing = this.#parser.write(chunk);
    if (!flowing) {
      this.#parser.once('drain', () => {
        flowing = true;
        this.#wake();
      });
    }
    await this.#until(() => flowing);
  }

  async end(): Promise<void> {
    this.#parser.end();
    await this.#until(() => this.#ended);
    await this.#writing;
    await this.#until(() => true);
  }

  /** Whatever happened: nothing is written any more. */
  async close(): Promise<void> {
    this.#fail(new FetchError('was left'));
    await this.#writing;
  }

  async #until(done: () => boolean): Promise<void> {
    while (this.#failure === null && !done()) await new Promise<void>((resolve) => (this.#wake = resolve));
    if (this.#failure !== null) throw this.#failure;
  }

  #fail(error: FetchError): void {
    this.#failure ??= error;
    // Its rest will not come.
    this.#current?.destroy(this.#failure);
    this.#wake();
  }

  async #entry(entry: ReadEntry): Promise<void> {
    this.#current = entry;
    try {
      if (this.#failure === null) await unpack(entry, this.#tree);
    } catch (error) {
      this.#fail(error instanceof FetchError ? error : new FetchError(reasonOf(error), { cause: error }));
    }
    this.#current = null;
    // What was not read must be, or the parser waits for it.
    entry.resume();
  }
}

async function unpack(entry: ReadEntry, tree: Tree): Promise<void> {
  const { path, type, linkpath = '' } = entry;
  if (FILES.has(type)) await tree.file(path, entry.mode ?? 0o644, entry, []);
  else if (type === 'Directory' || type === 'GNUDumpDir') await tree.folder(path);
  else if (type === 'SymbolicLink') await tree.symlink(path, linkpath);
  else if (type === 'Link') await tree.hardlink(path, linkpath);
  else {
    throw new FetchError(
      `the entry ${JSON.stringify(path)} is a ${type}: only files, folders and links are unpacked`,
    );
  }
}
