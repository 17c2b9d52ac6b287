import * as fs from 'node:fs';
import type { Log } from '@murmur/service';
import { decodeRecord } from './codec-core.js';
import type { Replay } from './replay-core.js';

const READ_BYTES = 1024 * 1024;

/**
 * Replays one journal file. It ends at the first record that is torn or unknown, with a log line; the answer is how
 * many bytes from the start are whole records.
 */
export function readJournal(path: string, replay: Replay, now: number, log: Log): number {
  const fd = fs.openSync(path, 'r');
  try {
    const fileBytes = fs.fstatSync(fd).size;
    const good = replayFile(fd, fileBytes, replay, now);
    if (good < fileBytes) {
      log.warn(
        { path, at: good, lost: fileBytes - good },
        'the journal ends in a torn or unknown record; what follows is cut off',
      );
    }
    return good;
  } finally {
    fs.closeSync(fd);
  }
}

function replayFile(fd: number, fileBytes: number, replay: Replay, now: number): number {
  let buffer = Buffer.allocUnsafe(READ_BYTES);
  let held = 0;
  /** Bytes of the file that are replayed. */
  let good = 0;
  for (;;) {
    const read = fs.readSync(fd, buffer, held, buffer.length - held, good + held);
    held += read;
    const view = buffer.subarray(0, held);
    let at = 0;
    for (;;) {
      const decoded = decodeRecord(view, at, fileBytes - good - at);
      if (decoded === 'bad') return good + at;
      if (decoded === 'more') break;
      replay.apply(decoded.record, now);
      at = decoded.next;
    }
    if (read === 0) return good + at;
    good += at;
    buffer.copyWithin(0, at, held);
    held -= at;
    // A record longer than the buffer: its size is known to fit the file.
    if (held === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2);
  }
}
