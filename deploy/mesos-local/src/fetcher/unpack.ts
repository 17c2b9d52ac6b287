import type { ReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { addAbortSignal } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { reasonOf } from '../containerizer/reason.js';
import { outputOf } from './sources.js';
import type { Budget, Tree } from './tree.js';
import { FetchError } from './types.js';
import { untar } from './untar.js';
import { unzip } from './unzip.js';
import type { ArchiveKind } from './uri-core.js';

/** xz can ask for gigabytes of memory, which would be the agent's. */
const XZ_MEMORY = '256MiB';
const MAGIC_BYTES = 6;

export interface Target {
  /** The folder of the archive: its content goes beside it. */
  readonly tree: Tree;
  readonly bytes: Budget;
}

/**
 * Unpacks the archive in file `path`, named `name`, beside it. Tar archives are told apart by what they are compressed
 * with, whatever their name says, as tar(1) does. bzip2 and xz need the programs of these names. Throws FetchError.
 */
export async function unpack(
  path: string,
  name: string,
  kind: ArchiveKind,
  target: Target,
  signal: AbortSignal,
): Promise<void> {
  const file = await open(path, 'r');
  try {
    if (kind === 'zip') {
      await unzip(file.fd, target.tree, target.bytes, signal);
    } else if (kind === 'gz') {
      const plain = name.slice(0, -'.gz'.length);
      await gunzip(file, signal, (chunks) => target.tree.file(plain, 0o644, chunks, [target.bytes]));
    } else {
      await unpackTar(file, target, signal);
    }
    signal.throwIfAborted();
  } finally {
    await file.close();
  }
}

async function unpackTar(file: FileHandle, { tree, bytes }: Target, signal: AbortSignal): Promise<void> {
  const magic = Buffer.alloc(MAGIC_BYTES);
  await file.read(magic, 0, MAGIC_BYTES, 0);
  const text = magic.toString('latin1');
  if (text.startsWith('\x1f\x8b')) {
    await gunzip(file, signal, (chunks) => untar(chunks, tree, bytes));
  } else if (text.startsWith('BZh')) {
    await untar(outputOf('bzip2', ['-dc'], file.fd, signal), tree, bytes);
  } else if (text === '\xfd7zXZ\0') {
    await untar(outputOf('xz', ['-dc', `--memlimit-decompress=${XZ_MEMORY}`], file.fd, signal), tree, bytes);
  } else {
    await untar(contentOf(file, signal) as AsyncIterable<Buffer>, tree, bytes);
  }
}

async function gunzip(
  file: FileHandle,
  signal: AbortSignal,
  use: (chunks: AsyncIterable<Uint8Array>) => Promise<unknown>,
): Promise<void> {
  const packed = contentOf(file, signal);
  const plain = createGunzip();
  packed.on('error', (error) => plain.destroy(error));
  packed.pipe(plain);
  try {
    await use(plain as AsyncIterable<Buffer>);
  } catch (error) {
    if (error instanceof FetchError) throw error;
    throw new FetchError(`cannot be unpacked: ${reasonOf(error)}`, { cause: error });
  } finally {
    packed.destroy();
    plain.destroy();
  }
}

function contentOf(file: FileHandle, signal: AbortSignal): ReadStream {
  return addAbortSignal(signal, file.createReadStream({ start: 0, autoClose: false }));
}
