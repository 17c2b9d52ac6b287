import * as fs from 'node:fs';
import type { Log } from '@murmur/service';
import { ADDX_HEAD_BYTES, encodeAdd, encodeRemove, encodeXid } from './codec-core.js';
import type { Item } from '../queue/item.js';
import type { JournalSink, QueueCore } from '../queue/queue-core.js';
import type { Ticket } from '../queue/registry-core.js';
import { rewriteJournal, snapshotOf } from './rewrite.js';

const BUFFER_BYTES = 16 * 1024;
/** Records of a turn beyond this are written before the turn ends. */
const WRITE_EARLY_BYTES = 4 * 1024 * 1024;
/** How often a journal that could not be written is tried again, ms. */
const RETRY_MS = 1000;

/** Who gathers the journals that have something to write, until the end of the turn. */
export interface JournalTurn {
  journalDirty(journal: JournalWriter): void;
}

/**
 * The journal file of one queue. Records gather in memory during a turn of the event loop and are written with one
 * write at its end; replies wait for that. When a write fails the file is cut back to its last whole turn, the turn's
 * items are forgotten and refused, and the journal is written anew from the queue as soon as the disk lets it.
 */
export class JournalWriter implements JournalSink {
  writable = true;
  rewrites = 0;
  readonly tickets: Ticket[] = [];
  readonly #queue: QueueCore;
  readonly #path: string;
  readonly #turn: JournalTurn;
  readonly #log: Log;
  #fd: number;
  #size: number;
  /** The size after the last rewrite: the next is not worth it before the file has doubled. */
  #baseline = 0;
  #lastPack = 0;
  #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #used = 0;
  #added: Item[] = [];
  #failed = false;
  #erased = false;
  #retry: NodeJS.Timeout | null = null;
  #syncTimer: NodeJS.Timeout | null = null;
  /** The file an fsync is running on. */
  #syncingFd: number | null = null;
  #toSync: Ticket[] = [];

  constructor(
    queue: QueueCore,
    file: { path: string; fd: number; size: number },
    turn: JournalTurn,
    log: Log,
  ) {
    this.#queue = queue;
    this.#path = file.path;
    this.#fd = file.fd;
    this.#size = file.size;
    this.#turn = turn;
    this.#log = log.child({ queue: queue.name });
  }

  get size(): number {
    return this.#size;
  }

  added(item: Item): void {
    if (!this.writable) return;
    this.#reserve(ADDX_HEAD_BYTES + item.data.length);
    this.#used = encodeAdd(item, this.#buffer, this.#used);
    this.#added.push(item);
  }
  removed(): void {
    if (!this.writable) return;
    this.#reserve(1);
    this.#used = encodeRemove(this.#buffer, this.#used);
  }
  opened(xid: number): void {
    this.#xidRecord(9, xid);
  }
  confirmed(xid: number): void {
    this.#xidRecord(6, xid);
  }
  returned(xid: number): void {
    this.#xidRecord(5, xid);
  }
  emptied(): void {
    this.#writeOut();
    if (this.writable) this.#rewrite(Date.now());
  }

  #xidRecord(op: 5 | 6 | 9, xid: number): void {
    if (!this.writable) return;
    this.#reserve(5);
    this.#used = encodeXid(op, xid, this.#buffer, this.#used);
  }

  #reserve(bytes: number): void {
    if (this.#used === 0) this.#turn.journalDirty(this);
    else if (this.#used + bytes > WRITE_EARLY_BYTES) this.#writeOut();
    if (this.#used + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#used + bytes));
    larger.set(this.#buffer.subarray(0, this.#used));
    this.#buffer = larger;
  }

  /** The end of a turn: writes what has gathered and settles the turn's tickets, at once or after an fsync. */
  endTurn(now: number): void {
    if (!this.#erased) this.#writeOut();
    const failed = this.#failed;
    if (failed) this.#giveUpTurn();
    const { syncJournal } = this.#queue.config;
    const tickets = this.tickets.splice(0);
    if (!failed && syncJournal === 0 && tickets.length > 0 && !this.#erased) {
      this.#toSync.push(...tickets);
      if (this.#syncingFd === null) this.#sync();
    } else settle(tickets, failed);
    this.#added = [];
    if (this.#erased || !this.writable) return;
    if (syncJournal !== null && syncJournal > 0) this.#syncLater(syncJournal);
    if (this.#worthRewriting(now)) this.#rewrite(now);
  }

  #writeOut(): void {
    const until = this.#used;
    this.#used = 0;
    if (!this.writable || until === 0) return;
    try {
      for (let at = 0; at < until;)
        at += fs.writeSync(this.#fd, this.#buffer, at, until - at, this.#size + at);
      this.#size += until;
    } catch (err) {
      this.#fail(err, 'the journal cannot be written; the queue takes no items until it can');
    }
    if (this.#buffer.length > WRITE_EARLY_BYTES) this.#buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  }

  #fail(err: unknown, message: string): void {
    this.#log.error({ err }, message);
    this.writable = false;
    this.#failed = true;
    this.#used = 0;
    try {
      fs.ftruncateSync(this.#fd, this.#size);
    } catch (error) {
      // A torn record at the end is cut off when the file is next opened.
      this.#log.warn({ err: error }, 'the journal could not be cut back');
    }
    this.#retry ??= setTimeout(() => this.#recover(), RETRY_MS);
  }

  #giveUpTurn(): void {
    this.#failed = false;
    this.#queue.backlog.forget(new Set(this.#added), 0, 0);
  }

  #recover(): void {
    this.#retry = null;
    if (this.#erased || this.writable) return;
    if (this.#rewrite(Date.now())) {
      this.writable = true;
      this.#log.info({}, 'the journal can be written again');
    } else this.#retry = setTimeout(() => this.#recover(), RETRY_MS);
  }

  #worthRewriting(now: number): boolean {
    const { defaultJournalSize, maxJournalSize, maxMemorySize, minJournalCompactDelay } = this.#queue.config;
    if (this.#size < this.#baseline * 2) return false;
    if (this.#queue.length === 0) return this.#size >= defaultJournalSize && this.#size > 0;
    return (
      this.#size > maxJournalSize &&
      this.#queue.bytes < maxMemorySize &&
      now - this.#lastPack >= minJournalCompactDelay
    );
  }

  /** Writes the queue as it is into a new file that takes the place of the old. */
  #rewrite(now: number): boolean {
    this.#lastPack = now;
    try {
      const durable = this.#queue.config.syncJournal !== null;
      const { fd, size } = rewriteJournal(this.#path, snapshotOf(this.#queue), now, durable);
      this.#closeFile();
      this.#fd = fd;
      this.#size = size;
      this.#baseline = size;
      this.rewrites += 1;
      return true;
    } catch (err) {
      this.#log.warn({ err }, 'the journal could not be rewritten');
      return false;
    }
  }

  #syncLater(ms: number): void {
    this.#syncTimer ??= setTimeout(() => {
      this.#syncTimer = null;
      if (this.#syncingFd === null && !this.#erased) this.#sync();
    }, ms);
  }

  /** One fsync for all tickets that wait; those that come meanwhile get the next. */
  #sync(): void {
    const tickets = this.#toSync.splice(0);
    const fd = this.#fd;
    this.#syncingFd = fd;
    fs.fdatasync(fd, (err) => {
      this.#syncingFd = null;
      if (fd !== this.#fd) fs.closeSync(fd);
      if (err !== null && !this.#erased && this.writable) {
        this.#fail(err, 'fsync failed; the queue takes no items until the journal is rewritten');
        this.#turn.journalDirty(this);
      }
      settle(tickets, err !== null);
      if (this.#toSync.length > 0) this.#sync();
    });
  }

  #closeFile(): void {
    // A running fsync closes the file it was started on once it sees that it has been replaced.
    if (this.#syncingFd !== this.#fd) fs.closeSync(this.#fd);
  }

  /** The queue is deleted: its file goes. */
  erase(): void {
    this.#stop();
    fs.rmSync(this.#path, { force: true });
  }

  /** Writes what is left and closes the file, emptied when the queue is; an fsync first where the queue has them. */
  close(): void {
    if (this.#erased) return;
    this.endTurn(Date.now());
    if (this.writable && this.#queue.length === 0 && this.#queue.openReads === 0) {
      fs.ftruncateSync(this.#fd, 0);
      this.#size = 0;
    }
    if (this.#queue.config.syncJournal !== null) fs.fsyncSync(this.#fd);
    this.#stop();
  }

  #stop(): void {
    if (this.#erased) return;
    this.#erased = true;
    this.writable = false;
    this.#used = 0;
    if (this.#retry !== null) clearTimeout(this.#retry);
    if (this.#syncTimer !== null) clearTimeout(this.#syncTimer);
    this.#closeFile();
    this.#fd = -1;
  }
}

function settle(tickets: readonly Ticket[], failed: boolean): void {
  for (const ticket of tickets) {
    ticket.failed ||= failed;
    ticket.pending -= 1;
    if (ticket.pending === 0) for (const listener of ticket.onSettled) listener();
  }
}
