import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Log } from '@murmur/service';
import type { ConfigBook } from '../config/book-core.js';
import { JournalWriter, type JournalTurn } from './writer.js';
import { QueueCore } from '../queue/queue-core.js';
import { readJournal } from './read.js';
import { isLegalName, type QueueFactory } from '../queue/registry-core.js';
import { Replay } from './replay-core.js';
import { snapshotOf, syncFolder, writeSnapshot } from './rewrite.js';

/** What a queue has in the folder: its file, archives of Kestrel (`Q.<ms>`), packed archives (`Q.<ms>.pack`). */
interface Spool {
  current: boolean;
  readonly archives: number[];
  readonly packs: number[];
}

/** The queue directory: finds the queues that are there, and makes and erases the journals of others. */
export class JournalFolder implements QueueFactory {
  readonly #path: string;
  readonly #book: () => ConfigBook;
  readonly #turn: JournalTurn;
  readonly #log: Log;
  /** What was there at the start and has not been opened yet; nobody else writes here. */
  readonly #found: Map<string, Spool>;

  constructor(path: string, book: () => ConfigBook, turn: JournalTurn, log: Log) {
    this.#path = path;
    this.#book = book;
    this.#turn = turn;
    this.#log = log;
    fs.mkdirSync(path, { recursive: true });
    this.#found = findSpools(path);
  }

  /** The names of the queues that have a journal here. */
  queues(): readonly string[] {
    return [...this.#found.keys()].sort();
  }

  /** Makes the queue with what its journal holds. Null, and a log line, where the file cannot be opened. */
  create(name: string, now: number): QueueCore | null {
    const config = this.#book().resolve(name);
    const bare = new QueueCore(name, config, now);
    if (!config.keepJournal || bare.passesOn) return bare;
    try {
      return this.#open(name, now);
    } catch (err) {
      this.#log.error({ err, queue: name }, 'the journal cannot be opened');
      return null;
    }
  }

  erase(queue: QueueCore): void {
    if (queue.journal instanceof JournalWriter) queue.journal.erase();
  }

  #open(name: string, now: number): QueueCore {
    const path = join(this.#path, name);
    const spool = this.#found.get(name) ?? { current: false, archives: [], packs: [] };
    const archives = this.#settlePacks(path, spool);
    const replay = new Replay();
    for (const archive of archives) readJournal(`${path}.${archive}`, replay, now, this.#log);
    const good = spool.current ? readJournal(path, replay, now, this.#log) : 0;
    const returned = replay.returnOpen();
    const queue = new QueueCore(name, this.#book().resolve(name), now, replay);
    const durable = queue.config.syncJournal !== null;
    if (archives.length > 0) this.#merge(path, archives, spool.current, queue, now);
    const fd = fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o644);
    if (archives.length === 0) fs.ftruncateSync(fd, good);
    if (durable && !spool.current) syncFolder(this.#path);
    const journal = new JournalWriter(
      queue,
      { path, fd, size: fs.fstatSync(fd).size },
      this.#turn,
      this.#log,
    );
    queue.journal = journal;
    this.#found.delete(name);
    if (archives.length === 0) for (const xid of returned) journal.returned(xid);
    return queue;
  }

  /** A pack stands for all archives up to its own time, and takes the name of the last. */
  #settlePacks(path: string, spool: Spool): readonly number[] {
    let archives = [...spool.archives];
    for (const pack of [...spool.packs].sort((a, b) => a - b)) {
      for (const old of archives.filter((time) => time <= pack)) fs.rmSync(`${path}.${old}`, { force: true });
      fs.renameSync(`${path}.${pack}.pack`, `${path}.${pack}`);
      archives = [...archives.filter((time) => time > pack), pack];
    }
    return archives.sort((a, b) => a - b);
  }

  /**
   * Makes one file of archives and current file. A crash at any point leaves either the old files or the pack that
   * stands for all of them: the current file becomes the last archive before the pack is made.
   */
  #merge(path: string, archives: readonly number[], current: boolean, queue: QueueCore, now: number): void {
    const last = Math.max(now, ...archives.map((time) => time + 1));
    if (current) fs.renameSync(path, `${path}.${last}`);
    const { path: temporary, fd } = writeSnapshot(path, snapshotOf(queue), last, true);
    fs.closeSync(fd);
    fs.renameSync(temporary, `${path}.${last}.pack`);
    for (const time of [...archives, last]) fs.rmSync(`${path}.${time}`, { force: true });
    fs.renameSync(`${path}.${last}.pack`, path);
    syncFolder(this.#path);
    this.#log.info({ queue: queue.name, archives: archives.length }, 'archived journals merged into one');
  }
}

/** Looks through the folder. Removes what an interrupted rewrite left, passes over files that are no journals. */
function findSpools(folder: string): Map<string, Spool> {
  const spools = new Map<string, Spool>();
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    if (/^[^.~/]+~~\d+$/.test(entry.name)) fs.rmSync(join(folder, entry.name), { force: true });
    const [, name, time, pack] = /^([^.~/]+)(?:\.(\d{1,15})(\.pack)?)?$/.exec(entry.name) ?? [];
    if (name === undefined || !isLegalName(name)) continue;
    const spool = spools.get(name) ?? { current: false, archives: [], packs: [] };
    spools.set(name, spool);
    if (time === undefined) spool.current = true;
    else if (pack === undefined) spool.archives.push(Number(time));
    else spool.packs.push(Number(time));
  }
  return spools;
}
