import { join } from 'node:path';
import type { Log } from '@murmur/service';
import type { ConfigBook } from '../config/book-core.js';
import { QueueCore } from '../queue/queue-core.js';
import type { QueueFactory } from '../queue/registry-core.js';
import { nodeDisk, type Disk } from './disk.js';
import { FilePool } from './file-pool.js';
import { lockFolder } from './lock.js';
import { makeFolder } from './make-folder.js';
import { QueueFiles } from './queue-files.js';
import { recover, type Spool } from './recovery.js';
import { findSpools, removeTemporaries } from './spools.js';
import { JournalWriter, type JournalTurn } from './writer.js';

/** What else a folder works with; tests put others in place. */
export interface FolderParts {
  readonly disk: Disk;
  readonly pool: FilePool;
}

/** The queue directory: finds the queues that are there, and makes and erases the journals of others. */
export class JournalFolder implements QueueFactory {
  readonly #path: string;
  readonly #book: () => ConfigBook;
  readonly #turn: JournalTurn;
  readonly #log: Log;
  readonly #disk: Disk;
  readonly #pool: FilePool;
  readonly #unlock: () => void;
  /** What was there at the start and has not been opened yet; nobody else writes here. */
  readonly #found: Map<string, Spool>;
  readonly #writers = new Set<JournalWriter>();

  /** Throws where the folder cannot be made or read, and where another process has it. */
  constructor(
    path: string,
    book: () => ConfigBook,
    turn: JournalTurn,
    log: Log,
    parts: Partial<FolderParts> = {},
  ) {
    this.#path = path;
    this.#book = book;
    this.#turn = turn;
    this.#log = log;
    this.#disk = parts.disk ?? nodeDisk;
    this.#pool = parts.pool ?? new FilePool(this.#disk);
    makeFolder(path);
    this.#unlock = lockFolder(path);
    removeTemporaries(path);
    this.#found = findSpools(path);
    this.#syncNames();
  }

  /** The names of the queues that have a journal here. */
  queues(): readonly string[] {
    return [...this.#found.keys()].sort();
  }

  /** Journals that are open for writing now. */
  get openFiles(): number {
    return this.#pool.size;
  }

  /** Makes the queue with what its journal holds. Null, and a log line, where the file cannot be opened. */
  create(name: string, now: number): QueueCore | null {
    const config = this.#book().resolve(name);
    // One that only passes on has a journal too: it may hold items from before, and a reload may let it keep others.
    if (!config.keepJournal) return new QueueCore(name, config, now);
    try {
      return this.#open(name, now);
    } catch (err) {
      this.#log.error({ err, queue: name }, 'the journal cannot be opened');
      return null;
    }
  }

  erase(queue: QueueCore): void {
    if (!(queue.journal instanceof JournalWriter)) return;
    this.#writers.delete(queue.journal);
    queue.journal.erase();
  }

  /** Writes and closes all journals, and lets go of the folder. */
  async close(): Promise<void> {
    // Expired items on their way between two of them arrive before either is closed.
    for (const writer of this.#writers) await writer.settled();
    for (const writer of this.#writers) await writer.close();
    this.#writers.clear();
    this.#unlock();
  }

  /** What a process before this one named, and did not make durable, is from now on. */
  #syncNames(): void {
    try {
      this.#disk.syncFolder(this.#path);
    } catch (err) {
      this.#log.warn({ err, path: this.#path }, 'the names in the queue directory could not be made durable');
    }
  }

  #open(name: string, now: number): QueueCore {
    const log = this.#log.child({ queue: name });
    const config = this.#book().resolve(name);
    const found = this.#found.get(name);
    const spool = found ?? { current: false, archives: [], packs: [] };
    const path = join(this.#path, name);
    const recovered = recover(this.#disk, path, spool, config.maxMemorySize, now, log);
    const files = new QueueFiles(recovered.segments, this.#disk, this.#pool, log);
    // Of those found at the start none is kept open before it is used, nor made: there may be no room for a new file.
    if (found === undefined) files.open();
    const queue = new QueueCore(name, config, now, recovered.restored);
    const journal = new JournalWriter(queue, files, recovered.reader, this.#turn, log);
    recovered.attach(journal);
    queue.journal = journal;
    this.#writers.add(journal);
    this.#found.delete(name);
    for (const xid of recovered.returned) journal.returned(xid);
    return queue;
  }
}
