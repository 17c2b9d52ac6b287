import { readFileSync } from 'node:fs';
import { isZkUrl, parseZkUrl } from '@murmur/discovery';
import { staticDetector } from '@murmur/engine';
import { OptionError } from '@murmur/service';

/** Characters of a value that an error shows. */
const SHOWN_MAX = 200;

/** What `read` gives. Throws OptionError with the flag in front of what `read` says is wrong. */
export function named<T>(flag: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new OptionError(`${flag}: ${textOf(error)}`);
  }
}

/** The same for a `read` that does not name value and allowed form itself. */
export function valueOf<T>(flag: string, value: string, allowed: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const shown = value.length > SHOWN_MAX ? `${value.slice(0, SHOWN_MAX)}...` : value;
    throw new OptionError(
      `${flag}: ${JSON.stringify(shown)} is not allowed; allowed is ${allowed} (${textOf(error)})`,
    );
  }
}

/** The text of the file that a flag names. Throws OptionError. */
export function fileOf(flag: string, file: string, allowed: string): string {
  return valueOf(flag, file, allowed, () => readFileSync(file, 'utf8'));
}

/** Of the key that agents show and the master wants. */
const KEY_LENGTH_MIN = 16;

/** The key in the file of `--cluster-key-file`. Throws OptionError, never with the key. */
export function clusterKeyIn(file: string): string {
  const allowed = `a file with a key of at least ${String(KEY_LENGTH_MIN)} characters`;
  const key = fileOf('--cluster-key-file', file, allowed).trim();
  if (key.length >= KEY_LENGTH_MIN) return key;
  throw new OptionError(
    `--cluster-key-file: the key in ${file} has ${String(key.length)} characters, allowed is at least ${String(KEY_LENGTH_MIN)}`,
  );
}

/** Refuses what `createDetector` would, before there is a connection. Throws OptionError. */
export function checkMaster(master: string): void {
  named('--master', () => (isZkUrl(master) ? parseZkUrl(master) : staticDetector(master)));
}

export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
