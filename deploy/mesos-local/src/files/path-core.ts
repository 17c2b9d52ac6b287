/** Why a path cannot be had; `kind` decides the status code (`FILES_STATUS`). */
export class FilesError extends Error {
  override readonly name = 'FilesError';
  readonly kind: FilesErrorKind;

  constructor(kind: FilesErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

export type FilesErrorKind = 'invalid' | 'forbidden' | 'not-found';

export const FILES_STATUS: Readonly<Record<FilesErrorKind, number>> = {
  invalid: 400,
  forbidden: 403,
  'not-found': 404,
};

const MAX_PATH_BYTES = 4096;

/** A name that was attached, and what is left of a path below it. */
export interface Found {
  readonly name: string;
  readonly rest: readonly string[];
}

/** The parts of a path, without what means nothing. `..` stays: it is judged where the root is known. */
export function pathParts(path: string): readonly string[] {
  if (path.includes('\0') || Buffer.byteLength(path) > MAX_PATH_BYTES) {
    throw new FilesError('invalid', `path: holds NUL or is longer than ${MAX_PATH_BYTES} bytes.\n`);
  }
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/**
 * The longest attached name that a path begins with, compared part by part: `/a/b` is not below `/a/bc` nor the reverse.
 * Throws FilesError: not-found where there is none, forbidden where the rest climbs above it.
 */
export function findRoot(path: string, isAttached: (name: string) => boolean): Found {
  const parts = pathParts(path);
  for (let length = parts.length; length > 0; length -= 1) {
    const name = `/${parts.slice(0, length).join('/')}`;
    if (isAttached(name)) return { name, rest: descend(parts.slice(length), path) };
  }
  throw new FilesError('not-found', '');
}

function descend(parts: readonly string[], path: string): readonly string[] {
  const rest: string[] = [];
  for (const part of parts) {
    if (part !== '..') rest.push(part);
    else if (rest.pop() === undefined) throw outside(path);
  }
  return rest;
}

/** Whether a real path is that of `root` or below it, part by part. */
export function isInside(root: string, path: string): boolean {
  const [above, below] = [pathParts(root), pathParts(path)];
  return above.every((part, index) => below[index] === part);
}

export function outside(path: string): FilesError {
  return new FilesError('forbidden', `${JSON.stringify(path)} leads out of the folder it begins in.\n`);
}
