import { join } from 'node:path';
import type { Log } from '@murmur/service';
import { listBackups, writeBackup } from './backups.js';
import { nodeFiles, type Files } from './files.js';
import { LOCK_FILE, segmentName, segmentsAfter, snapshotName } from './names-core.js';
import {
  StorageError,
  type BackupInfo,
  type LogStorage,
  type Recovered,
  type RecoveryVisitor,
  type StorageStats,
} from './port.js';
import { recoverLog } from './recovery.js';
import { writeSnapshot } from './snapshot-file.js';
import { SEGMENT_BYTES, type LogWriter } from './writer.js';

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
      const recovered = await recoverLog(this.#files, this.#folder, visitor, this.#log, this.#segmentBytes);
      const { logFolder, read, writer } = recovered;
      this.#logFolder = logFolder;
      this.#snapshot = read.snapshot?.position ?? null;
      this.#bytes = read.bytes;
      this.#writer = writer;
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
}
