import { dirname } from 'node:path';
import type { Log } from '@murmur/service';
import { Backlog, type Restored } from '../queue/backlog-core.js';
import type { Disk } from './disk.js';
import { cutOff, readJournal, type ReadEnd } from './read.js';
import { JournalReader, type Written } from './reader.js';
import { Replay } from './replay-core.js';
import { Segments, type Position, type Segment } from './segments.js';

/** What a queue has in the folder: its file, archives (`Q.<ms>`), packs of archives (`Q.<ms>.pack`). */
export interface Spool {
  current: boolean;
  readonly archives: number[];
  readonly packs: number[];
}

/** A journal that was read, and the queue it makes. */
export interface Recovered {
  readonly segments: Segments;
  readonly reader: JournalReader;
  readonly restored: Restored;
  /** Numbers of items that were open, in the order in which they were put back; the journal does not know it yet. */
  readonly returned: readonly number[];
  /** Who writes from now on. */
  attach(written: Written): void;
}

/** While a journal is replayed its next record is the one that is being replayed. */
class Cursor implements Written {
  segment: Segment;
  offset = 0;

  constructor(segment: Segment) {
    this.segment = segment;
  }

  position(): Position {
    return { segment: this.segment, offset: this.offset };
  }
  writeOut(): boolean {
    return false;
  }
}

/**
 * Reads the journal of a queue: a pack in place of the archives it stands for, archives by time, the current file. What is
 * torn is cut off where it is. Items beyond `limit` stay behind memory, so this takes no more of it than the queue will.
 * Throws where a file cannot be read or changed.
 */
export function recover(
  disk: Disk,
  path: string,
  spool: Spool,
  limit: number,
  now: number,
  log: Log,
): Recovered {
  const segments = new Segments(path, settlePacks(disk, path, spool));
  const present = spool.current ? [...segments.archives, segments.current] : segments.archives;
  return replaySegments(disk, segments, present, limit, now, log, (segment, end) => {
    cutOff(disk, segments.pathOf(segment), end, log);
  });
}

/** Replays these files, in order; `ended` is told where each of them ends. Throws where one cannot be read. */
export function replaySegments(
  disk: Disk,
  segments: Segments,
  present: readonly Segment[],
  limit: number,
  now: number,
  log: Log,
  ended: (segment: Segment, end: ReadEnd) => void,
): Recovered {
  const cursor = new Cursor(segments.current);
  let to: Written = cursor;
  const written: Written = { position: () => to.position(), writeOut: () => to.writeOut() };
  const reader = new JournalReader(disk, segments, written, log);
  const replay = new Replay(new Backlog(limit, reader));
  for (const segment of present) {
    const end = replayInto(disk, segments, segment, replay, cursor, now);
    ended(segment, end);
    segment.size = end.good;
    // It may have read ahead to what is cut off.
    reader.release();
  }
  return {
    segments,
    reader,
    returned: replay.returnOpen(),
    restored: { backlog: replay.backlog, lastXid: replay.lastXid },
    attach: (writer) => {
      to = writer;
    },
  };
}

/** A pack stands for all archives up to its own time, and takes the name of the last. */
function settlePacks(disk: Disk, path: string, spool: Spool): readonly Segment[] {
  let times = [...spool.archives];
  for (const pack of [...spool.packs].sort((a, b) => a - b)) {
    const doomed = times.filter((time) => time < pack);
    for (const old of doomed) disk.remove(`${path}.${old}`);
    if (doomed.length > 0) disk.syncFolder(dirname(path));
    disk.rename(`${path}.${pack}.pack`, `${path}.${pack}`);
    times = [...times.filter((time) => time > pack), pack];
  }
  return times.sort((a, b) => a - b).map((time) => ({ suffix: `.${time}`, time, size: 0 }));
}

function replayInto(
  disk: Disk,
  segments: Segments,
  segment: Segment,
  replay: Replay,
  cursor: Cursor,
  now: number,
): ReadEnd {
  cursor.segment = segment;
  // Reads of what is behind memory stay within what was replayed.
  segment.size = Number.MAX_SAFE_INTEGER;
  return readJournal(disk, segments.pathOf(segment), (record, from, offset) => {
    const { views } = replay;
    cursor.offset = offset;
    replay.apply(record, from, now);
    return replay.views > views;
  });
}
