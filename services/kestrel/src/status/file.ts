import * as fs from 'node:fs';
import type { Log } from '@murmur/service';
import { parseStatus, type Status } from '../queue/status-core.js';

/** Names have at most ten letters; a file that is longer is no status file, bytes. */
const STATUS_BYTES_MAX = 64;

/** The status in the file, or `fallback`: at a first start there is no file; one that cannot be used is logged. */
export function readStatus(path: string, fallback: Status, log: Log): Status {
  let text: string;
  try {
    const { size } = fs.statSync(path);
    if (size > STATUS_BYTES_MAX)
      throw new Error(`it has ${size} bytes; allowed are at most ${STATUS_BYTES_MAX}`);
    text = fs.readFileSync(path, 'utf8');
  } catch (err) {
    if (!isAbsent(err)) log.warn({ err, path, status: fallback }, 'the status file cannot be read');
    return fallback;
  }
  const status = parseStatus(text.trim());
  if (status === null)
    log.warn({ path, found: text.trim(), status: fallback }, 'the status file names no status');
  return status ?? fallback;
}

/**
 * Puts the status into the file: its name and a newline, in place of what was there, whole or not at all. A failure is
 * logged: the status holds all the same, until the next start.
 */
export function writeStatus(path: string, status: Status, log: Log): void {
  const temporary = `${path}.new`;
  try {
    fs.writeFileSync(temporary, `${status}\n`, { flush: true });
    fs.renameSync(temporary, path);
  } catch (err) {
    log.error({ err, path, status }, 'the status cannot be written to its file');
  }
}

function isAbsent(err: unknown): boolean {
  return typeof err === 'object' && err !== null && 'code' in err && err.code === 'ENOENT';
}
