import type { Log } from '@murmur/service';
import { readRecord, RecordView } from './codec-core.js';
import type { Disk } from './disk.js';

const READ_BYTES = 256 * 1024;

/** Where reading a journal file ended. */
export interface ReadEnd {
  /** Bytes from the start that are whole records. */
  readonly good: number;
  readonly size: number;
}

/**
 * Reads the records of one journal file, in order, and ends at the first that is torn or unknown. `visit` gets each record,
 * the buffer it lies in, and its offset in the file; it answers true to keep views of the buffer.
 * Throws where the file cannot be read.
 */
export function readJournal(
  disk: Disk,
  path: string,
  visit: (record: RecordView, from: Buffer, offset: number) => boolean,
): ReadEnd {
  const fd = disk.open(path, 'read');
  try {
    const size = disk.size(fd);
    return { good: readRecords(disk, fd, size, visit), size };
  } finally {
    disk.close(fd);
  }
}

function readRecords(
  disk: Disk,
  fd: number,
  size: number,
  visit: (record: RecordView, from: Buffer, offset: number) => boolean,
): number {
  const record = new RecordView();
  // Most journals of a start are short.
  let buffer = Buffer.allocUnsafeSlow(Math.min(READ_BYTES, size + 1));
  /** Bytes of the file before the buffer. */
  let start = 0;
  let held = 0;
  let kept = false;
  for (;;) {
    const read = disk.read(fd, buffer, held, buffer.length - held, start + held);
    held += read;
    let at = 0;
    let state = readRecord(buffer, at, held, size - start - at, record);
    for (; state === 'whole'; state = readRecord(buffer, at, held, size - start - at, record)) {
      if (visit(record, buffer, start + at)) kept = true;
      at = record.next;
    }
    if (state === 'bad' || start + held >= size || read === 0) return start + at;
    // The next buffer begins with the record that does not end in this one, and has room for it.
    const room = Math.max(READ_BYTES, record.next - at);
    const next = kept || room > buffer.length ? Buffer.allocUnsafeSlow(room) : buffer;
    buffer.copy(next, 0, at, held);
    buffer = next;
    kept = false;
    held -= at;
    start += at;
  }
}

/** Cuts a file to its whole records, with a log line that says what is lost. */
export function cutOff(disk: Disk, path: string, { good, size }: ReadEnd, log: Log): void {
  if (good >= size) return;
  log.warn(
    { path, at: good, lost: size - good },
    'the journal ends in a torn or unknown record; what follows is cut off',
  );
  const fd = disk.open(path, 'append');
  try {
    disk.truncate(fd, good);
  } finally {
    disk.close(fd);
  }
}
