import { join } from 'node:path';
import type { Log } from '@murmur/service';
import { listBackups, writeBackup } from './backups.js';
import { nodeFiles, type Files } from './files.js';
import {
  BACKUPS_FOLDER,
  LOCK_FILE,
  logName,
  newestLog,
  RESTORE_FOLDER,
  segmentName,
  segmentsAfter,
  snapshotName,
  TEMPORARY,
} from './names-core.js';
import {
  StorageError,
  type BackupInfo,
  type LogStorage,
  type Recovered,
  type RecoveryVisitor,
  type StorageStats,
} from './port.js';
import { openKind } from './read-frames.js';
import { readLog, type LogRead } from './read-log.js';
import { writeSnapshot } from './snapshot-file.js';
import { LogWriter, SEGMENT_BYTES, type OpenSegment } from './writer.js';

export interface FileStorageOptions {
  /** Made where it is missing. It belongs to one scheduler. */
  readonly folder: string;
  readonly log: Log;
  /** For tests: another file system. */
  readonly files?: Files;
  /** For tests: smaller segments, more than a head. Default SEGMENT_BYTES. */
  readonly segmentBytes?: number;
}

/**
 * The log in files of a folder: segments of entries, each with its length, position and checksums; a snapshot; backups.
 * Nothing is read or locked before `recover`.
 */
export function openFileStorage(options: FileStorageOptions): LogStorage {
  return new FileStorage(options);
}

class FileStorage implements LogStorage {
  readonly #folder: string;
  readonly #log: Log;
  readonly #files: Files;
  readonly #segmentBytes: number;
  #logFolder = '';
  #release: (() => void) | null = null;
  #writer: LogWriter | null = null;
  /** Position of the newest snapshot. */
  #snapshot: number | null = null;
  /** Since the newest snapshot, without what the writer has written since #writerBase. */
  #bytes = 0;
  #writerBase = 0;
  #state: 'new' | 'open' | 'closed' = 'new';
  /** Snapshots and backups: one at a time. */
  #last: Promise<unknown> = Promise.resolve();

  constructor({ folder, log, files = nodeFiles, segmentBytes = SEGMENT_BYTES }: FileStorageOptions) {
    this.#folder = folder;
    this.#log = log;
    this.#files = files;
    this.#segmentBytes = segmentBytes;
  }

  async recover(visitor: RecoveryVisitor): Promise<Recovered> {
    if (this.#state !== 'new')
      throw new StorageError(`${this.#folder}: recover is called once, before anything else`);
    this.#state = 'open';
    await this.#files.makeFolder(this.#folder);
    this.#release = this.#files.lock(join(this.#folder, LOCK_FILE));
    try {
      const number = newestLog(await this.#files.list(this.#folder)) ?? 1;
      this.#logFolder = join(this.#folder, logName(number));
      const read = await readLog(this.#files, this.#logFolder, visitor);
      // All of it is sound: only now anything is changed.
      await this.#clean(read);
      const segment = read.newest === null ? null : await this.#reopen(read.newest);
      this.#snapshot = read.snapshot?.position ?? null;
      this.#bytes = read.bytes;
      const from = { position: read.position, firsts: read.segments, segment };
      this.#writer = new LogWriter(this.#files, this.#logFolder, from, this.#segmentBytes);
      return { position: read.position, bytesCut: read.newest?.bytesCut ?? 0 };
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  async append(entry: Uint8Array): Promise<number> {
    return this.#open().append(entry);
  }

  compact(position: number, chunks: Iterable<Uint8Array>): Promise<void> {
    return this.#oneByOne(async (writer) => {
      await this.#check(writer, position, this.#snapshot ?? 0);
      // Entries up to `position` end with a segment, so that all of it can go.
      await writer.roll();
      const bytes = this.#bytesAfter(writer, position);
      const base = writer.bytes;
      await writeSnapshot(this.#files, join(this.#logFolder, snapshotName(position)), position, chunks);
      const before = this.#snapshot;
      [this.#snapshot, this.#bytes, this.#writerBase] = [position, bytes, base];
      await this.#removeOld(writer, position, before);
    });
  }

  backup(position: number, chunks: Iterable<Uint8Array>, at: number): Promise<BackupInfo> {
    return this.#oneByOne(async (writer) => {
      await this.#check(writer, position, 0);
      return writeBackup(this.#files, this.#folder, position, chunks, at);
    });
  }

  backups(): Promise<readonly BackupInfo[]> {
    return this.#oneByOne(() => listBackups(this.#files, this.#folder));
  }

  stats(): StorageStats {
    const writer = this.#writer;
    if (writer === null) return { position: 0, entries: 0, bytes: 0, fsyncs: 0 };
    return {
      position: writer.position,
      entries: writer.position - (this.#snapshot ?? 0),
      bytes: this.#bytes + writer.bytes - this.#writerBase,
      fsyncs: writer.fsyncs,
    };
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return;
    this.#state = 'closed';
    await this.#last;
    try {
      await this.#writer?.close();
    } finally {
      this.#close();
    }
  }

  #close(): void {
    this.#state = 'closed';
    this.#release?.();
    this.#release = null;
  }

  #open(): LogWriter {
    if (this.#state === 'open' && this.#writer !== null) return this.#writer;
    const why = this.#state === 'closed' ? 'is closed' : 'has not been recovered';
    throw new StorageError(`${this.#folder}: the storage ${why}`);
  }

  async #oneByOne<T>(action: (writer: LogWriter) => Promise<T>): Promise<T> {
    const writer = this.#open();
    const result = this.#last.then(() => action(writer));
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Waits until `position` is durable: a snapshot never stands for something that is not. */
  async #check(writer: LogWriter, position: number, lowest: number): Promise<void> {
    await writer.flush();
    if (Number.isInteger(position) && position >= lowest && position <= writer.position) return;
    throw new StorageError(
      `${this.#logFolder}: a snapshot at ${position} is impossible, allowed are ${lowest} to ${writer.position}`,
    );
  }

  /** Exact for the last position; for one before it, the share that its entries have. */
  #bytesAfter(writer: LogWriter, position: number): number {
    const { entries, bytes } = this.stats();
    return entries === 0 ? 0 : Math.round((bytes * (writer.position - position)) / entries);
  }

  async #removeOld(writer: LogWriter, position: number, before: number | null): Promise<void> {
    const kept = segmentsAfter(writer.firsts, position);
    const old = writer.firsts.filter((first) => !kept.includes(first));
    const names = old.map(segmentName);
    if (before !== null && before !== position) names.push(snapshotName(before));
    writer.forgetBefore(kept[0] ?? Infinity);
    for (const name of names) await this.#files.remove(join(this.#logFolder, name));
    this.#log.debug({ position, removed: names.length }, 'snapshot written');
  }

  /** Removes what a crash left, here and among the backups. */
  async #clean({ stale, newest, position }: LogRead): Promise<void> {
    await this.#files.makeFolder(this.#logFolder);
    const backups = join(this.#folder, BACKUPS_FOLDER);
    const unfinished = (await this.#files.list(backups)).filter((name) => name.endsWith(TEMPORARY));
    await this.#files.remove(join(this.#folder, RESTORE_FOLDER));
    for (const name of unfinished) await this.#files.remove(join(backups, name));
    for (const name of stale) await this.#files.remove(join(this.#logFolder, name));
    // What was read is what there is, also after a crash of the machine.
    await this.#files.syncFolder(this.#logFolder);
    await this.#files.syncFolder(this.#folder);
    const bytesCut = newest?.bytesCut ?? 0;
    if (bytesCut > 0) this.#log.warn({ bytesCut, position }, 'an unfinished write was cut off');
  }

  /** Opens the newest segment to go on in it, without its unfinished end. What was only written before the crash is made durable. */
  async #reopen(newest: NonNullable<LogRead['newest']>): Promise<OpenSegment> {
    const path = join(this.#logFolder, segmentName(newest.first));
    const { file } = await openKind(this.#files, path, 'segment', 'write');
    try {
      await file.truncate(newest.size);
      await file.sync();
    } catch (error) {
      await file.close();
      throw error;
    }
    return { file, first: newest.first, salt: newest.salt, size: newest.size };
  }
}
