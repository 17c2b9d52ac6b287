import type { Log } from '@murmur/service';
import { Distribution } from '../queue/distribution-core.js';
import type { Item } from '../queue/item.js';
import type { JournalSink, QueueCore } from '../queue/queue-core.js';
import type { Ticket } from '../queue/registry-core.js';
import type { Checkpoint } from './checkpoint-core.js';
import { OP } from './codec-core.js';
import { GroupSync, settle, tellOfFate } from './group-sync.js';
import { encodeSince } from './pending-core.js';
import type { QueueFiles } from './queue-files.js';
import type { JournalReader, Written } from './reader.js';
import type { Position } from './segments.js';
import { Unwritten } from './unwritten.js';
import { REWRITE_AT_ONCE_BYTES, Upkeep } from './upkeep.js';

/** Records of a turn beyond this are written before the turn ends. */
const WRITE_EARLY_BYTES = 4 * 1024 * 1024;
/** How often a journal that could not be written is tried again, ms. */
export const RETRY_MS = 1000;

/** Who gathers the journals that have something to write, until the end of the turn. */
export interface JournalTurn {
  journalDirty(journal: JournalWriter): void;
  /** These tickets are written: sets from now on need others. */
  seal(tickets: readonly Ticket[]): void;
}

/**
 * The journal of one queue. Records gather in memory during a turn of the event loop and are written with one
 * write at its end; replies wait for that. When a write fails the file is cut back to what was written before, the
 * items of that write are forgotten and refused, and all else that happens is told to the file once it can be written again.
 */
export class JournalWriter implements JournalSink, Written {
  writable = true;
  readonly tickets: Ticket[] = [];
  readonly #queue: QueueCore;
  readonly #files: QueueFiles;
  readonly #upkeep: Upkeep;
  readonly #sync: GroupSync;
  readonly #turn: JournalTurn;
  readonly #log: Log;
  readonly #unwritten = new Unwritten();
  readonly #buffer = this.#unwritten.records;
  /** What happened at the head since the last good write; null while writing works, or when only a rewrite can help. */
  #pending: Checkpoint | null = null;
  #failedInTurn = false;
  #arrivals: Ticket | null = null;
  #erased = false;
  #retry: NodeJS.Timeout | null = null;
  /** How long reads of items behind memory took, µs; null: there was none. */
  fillUsec: Distribution | null = null;

  /** `atOnceBytes`: a journal with no more than this to hold is rewritten at once, not in the background. */
  constructor(
    queue: QueueCore,
    files: QueueFiles,
    reader: JournalReader,
    turn: JournalTurn,
    log: Log,
    atOnceBytes = REWRITE_AT_ONCE_BYTES,
  ) {
    this.#queue = queue;
    this.#files = files;
    this.#turn = turn;
    this.#log = log;
    this.#sync = new GroupSync(files, (err) => {
      this.#fail(err, 'fsync failed; the queue takes no items until its journal is whole again', true);
    });
    const synced = (error: Error | null): void => {
      if (error === null) this.#sync.done();
      else this.#sync.fail(error);
    };
    this.#upkeep = new Upkeep(queue, files, reader, log, synced, atOnceBytes);
    reader.onRead = (usec) => {
      (this.fillUsec ??= new Distribution()).add(usec);
    };
  }

  /** Bytes of the current file, without archives. */
  get size(): number {
    return this.#files.segments.current.size;
  }
  /** Bytes of all files. */
  get totalSize(): number {
    return this.#files.segments.totalSize;
  }
  get rewrites(): number {
    return this.#upkeep.rewrites;
  }
  get rotations(): number {
    return this.#upkeep.rotations;
  }
  /** How long rewrites and packs, and rotations, took, µs; null: there was none. */
  get rewriteUsec(): Distribution | null {
    return this.#upkeep.rewriteUsec;
  }
  get rotationUsec(): Distribution | null {
    return this.#upkeep.rotationUsec;
  }

  added(item: Item, inMemory: boolean): void {
    this.#begin();
    if (this.writable) this.#unwritten.add(item, inMemory);
    // Else the write before this record has just failed.
    else if (inMemory) this.#queue.backlog.forget(new Set([item]), 0, 0);
    else this.#queue.backlog.forget(new Set(), 1, item.data.length);
  }
  removed(): void {
    this.#begin();
    if (this.writable) this.#buffer.remove();
    else this.#pending?.removed();
    this.#upkeep.checkpoint?.removed();
  }
  opened(xid: number): void {
    this.#begin();
    if (this.writable) this.#buffer.xid(OP.removeTentativeXid, xid);
    else this.#pending?.opened(xid);
    this.#upkeep.checkpoint?.opened(xid);
  }
  confirmed(xid: number): void {
    this.#begin();
    if (this.writable) this.#buffer.xid(OP.confirm, xid);
    else this.#pending?.confirmed(xid);
    this.#upkeep.checkpoint?.confirmed(xid);
  }
  returned(xid: number): void {
    this.#begin();
    if (this.writable) this.#buffer.xid(OP.unremove, xid);
    else this.#pending?.putBack(xid);
    this.#upkeep.checkpoint?.putBack(xid);
  }

  emptied(): void {
    if (this.#erased) return;
    this.#unwritten.clear();
    this.#pending = null;
    if (this.#upkeep.rewriteNow(Date.now())) this.#works();
    else this.#stopWriting();
  }

  written(done: (failed: boolean) => void): void {
    this.#arrivals = tellOfFate(this.tickets, this.#arrivals, done);
    this.#turn.journalDirty(this);
  }

  position(): Position {
    const { current } = this.#files.segments;
    return { segment: current, offset: current.size + this.#buffer.used };
  }

  writeOut(): boolean {
    if (this.#buffer.used > 0) this.#write();
    return this.writable;
  }

  /** The end of a turn: writes what has gathered and settles the turn's tickets, at once or after an fsync. */
  endTurn(now: number): void {
    if (this.#buffer.used > 0) this.#write();
    // Records may have been written before their tickets came.
    if (this.tickets.length > 0) this.#settleAll(!this.#failedInTurn && this.writable);
    this.#failedInTurn = false;
    if (this.writable && !this.#erased) this.#upkeep.check(now);
  }

  /** Tries whether the journal can be written again; done every RETRY_MS. */
  tryAgain(now: number): void {
    if (this.#erased || this.writable) return;
    const { backlog } = this.#queue;
    const rewrites = backlog.behindItems === 0 && (this.#pending === null || this.#upkeep.wouldHalve);
    if ((rewrites && this.#upkeep.rewriteNow(now)) || this.#appendPending(now)) this.#works();
    else this.#stopWriting();
  }

  /** The queue is deleted: its files go. */
  erase(): void {
    if (this.#erased) return;
    this.#stop();
    this.#files.erase(this.#queue.config.syncJournal !== null);
  }

  /** Writes what is left, and resolves once all tickets are settled. */
  settled(): Promise<void> {
    this.endTurn(Date.now());
    return this.#sync.idle();
  }

  /** Writes what is left and closes the file, emptied when the queue is; an fsync first where the queue has them. */
  async close(): Promise<void> {
    if (this.#erased) return;
    const now = Date.now();
    this.endTurn(now);
    if (!this.writable) this.tryAgain(now);
    this.#upkeep.stop();
    await this.#upkeep.packing;
    await this.#sync.idle();
    if (this.writable) this.#writeLast(now);
    this.#stop();
    this.#files.close();
  }

  #writeLast(now: number): void {
    const { length, openReads, config } = this.#queue;
    try {
      if (length === 0 && this.totalSize > 0) {
        if (openReads > 0 || this.#files.segments.archives.length > 0) this.#upkeep.rewriteNow(now);
        else this.#files.truncate(config.syncJournal !== null);
      } else if (config.syncJournal !== null) this.#files.sync();
    } catch (err) {
      this.#log.error({ err }, 'the journal could not be closed well');
    }
  }

  /** Before each record: the turn is told, and what has gathered is written when it is much. */
  #begin(): void {
    if (this.#buffer.used === 0) this.#turn.journalDirty(this);
    else if (this.#buffer.used > WRITE_EARLY_BYTES) this.#write();
  }

  #write(): void {
    try {
      this.#files.append(this.#buffer.bytes, this.#buffer.used);
    } catch (err) {
      this.#fail(err, 'the journal cannot be written; the queue takes no items until it can');
      return;
    }
    this.#unwritten.clear();
    this.#turn.seal(this.tickets);
    this.#settleAll(true);
  }

  #settleAll(written: boolean): void {
    const tickets = this.tickets.length === 0 ? this.tickets : this.tickets.splice(0);
    if (written) this.#sync.written(tickets, this.#queue.config.syncJournal);
    else settle(tickets, this.#failedInTurn);
  }

  /** The records in the buffer did not get into the file. Its items are refused; what else they say is kept. */
  #fail(err: unknown, message: string, unsynced = false): void {
    if (this.#erased) return;
    this.#log.error({ err }, message);
    const { backlog } = this.#queue;
    const since = this.#unwritten.takeBack(backlog);
    if (this.writable) this.#pending = unsynced && backlog.behindItems === 0 ? null : since;
    this.#unwritten.clear();
    this.#stopWriting();
  }

  #stopWriting(): void {
    this.writable = false;
    this.#failedInTurn = true;
    const tickets = this.tickets.splice(0);
    this.#turn.seal(tickets);
    settle(tickets, true);
    this.#turn.journalDirty(this);
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      this.tryAgain(Date.now());
    }, RETRY_MS);
  }

  #works(): void {
    if (this.writable) return;
    this.writable = true;
    this.#pending = null;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#log.info({}, 'the journal can be written again');
  }

  #appendPending(now: number): boolean {
    if (this.#pending === null) return false;
    const records = encodeSince(this.#pending);
    try {
      this.#files.append(records, records.length);
      return true;
    } catch (err) {
      // A file that is at its largest has no room, but a new one may. What is in memory is better written anew.
      if ((err as NodeJS.ErrnoException).code !== 'EFBIG' || this.#queue.backlog.behindItems === 0)
        return false;
    }
    try {
      if (!this.#upkeep.rotateNow(now)) return false;
      this.#files.append(records, records.length);
      return true;
    } catch {
      return false;
    }
  }

  #stop(): void {
    if (this.#erased) return;
    this.#erased = true;
    this.writable = false;
    this.#pending = null;
    this.#unwritten.clear();
    this.#upkeep.stop();
    this.#sync.stop();
    if (this.#retry !== null) clearTimeout(this.#retry);
  }
}
