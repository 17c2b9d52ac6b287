import { constants, type Stats } from 'node:fs';
import { open, readlink, realpath, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';

/** What the observer answers instead of what was asked for. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: 400 | 403 | 404;

  constructor(status: Refusal['status'], message: string) {
    super(message);
    this.status = status;
  }
}

/** Linux's O_PATH, which Node.js has no name for: a handle on a place in the tree; nothing of it is opened, no device wakes up. */
const O_PATH = 0o10000000;

export interface Place {
  readonly handle: FileHandle;
  readonly stat: Stats;
  /** Leads to exactly this place, whatever is renamed or linked meanwhile, for as long as the handle is open. */
  readonly path: string;
}

/**
 * Goes to a path in a folder and says what is there. Links are followed as long as they stay inside; what counts is where the
 * walk has really led, and that is what is read afterwards. Throws a Refusal: 403 leaves the folder, 404 is not there. The
 * handle is the caller's to close.
 */
export async function placeInside(folder: string, path: string): Promise<Place> {
  if (path.includes('\0')) throw new Refusal(400, 'path: has a NUL in it');
  if (path.split('/').includes('..')) throw new Refusal(403, `path: "${path}" leaves the sandbox`);
  const base = await realpath(folder).catch(() => {
    throw new Refusal(404, 'the sandbox is gone');
  });
  const handle = await open(join(base, path), constants.O_RDONLY | O_PATH).catch((error: unknown) => {
    throw notThere(path, error);
  });
  try {
    const real = await readlink(`/proc/self/fd/${handle.fd}`);
    if (!isInside(base, real)) throw new Refusal(403, `path: "${path}" leaves the sandbox`);
    return { handle, stat: await handle.stat(), path: `/proc/self/fd/${handle.fd}` };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** By components: `/a/bc` is not inside `/a/b`. */
export function isInside(folder: string, path: string): boolean {
  const base = folder.split('/').filter((part) => part !== '');
  const parts = path.split('/').filter((part) => part !== '');
  return base.every((part, i) => parts[i] === part);
}

function notThere(path: string, error: unknown): Refusal {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ELOOP') return new Refusal(403, `path: "${path}" is a link to itself`);
  return new Refusal(404, `path: there is no "${path}"`);
}
