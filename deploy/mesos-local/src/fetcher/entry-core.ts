import { FetchError } from './types.js';

/** Longest path of an entry in bytes, and most folders in it: what fits below a sandbox's own path. */
const MAX_PATH_BYTES = 2048;
const MAX_DEPTH = 64;
const MAX_NAME_BYTES = 255;

/**
 * The parts of an entry's path in an archive; none for the archive's own top (`./`). Throws FetchError for a path that is
 * absolute, goes up anywhere, or is longer than can be made.
 */
export function entryPath(name: string): readonly string[] {
  const shown = JSON.stringify(name.slice(0, MAX_NAME_BYTES));
  if (name.startsWith('/')) throw new FetchError(`the entry ${shown} has an absolute path`);
  if (name.includes('\0') || name.includes('\\'))
    throw new FetchError(`the entry ${shown} holds NUL or "\\"`);
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new FetchError(`the entry ${shown} leaves the sandbox by ".."`);
  const long = Buffer.byteLength(name) > MAX_PATH_BYTES || parts.length > MAX_DEPTH;
  if (long || parts.some((part) => Buffer.byteLength(part) > MAX_NAME_BYTES)) {
    throw new FetchError(
      `the entry ${shown} is longer than ${MAX_PATH_BYTES} bytes, ${MAX_DEPTH} folders, or ${MAX_NAME_BYTES} bytes in a name`,
    );
  }
  return parts;
}

/**
 * Checks where a symbolic link at `path` points. An absolute target is left as it is: the task may look at the machine, and
 * no entry is ever written through a link. A relative one that climbs out of the sandbox can mean nothing good.
 */
export function checkSymlink(path: readonly string[], target: string): void {
  const shown = JSON.stringify(path.join('/'));
  if (target === '' || target.includes('\0') || Buffer.byteLength(target) > MAX_PATH_BYTES) {
    throw new FetchError(`the link ${shown} has an empty or too long target`);
  }
  if (target.startsWith('/')) return;
  let depth = path.length - 1;
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0)
      throw new FetchError(`the link ${shown} points out of the sandbox, to ${JSON.stringify(target)}`);
  }
}
