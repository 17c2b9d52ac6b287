/**
 * The log below the scheduler's state: an append-only sequence of opaque entries with a snapshot at its beginning. `file` is
 * one storage; another (a database, fenced by the leader's epoch) can stand behind the same port and is held against the
 * same conformance suite.
 */
export interface LogStorage {
  /**
   * Reads what is there: first the chunks of the newest whole snapshot, then each entry after it, in order. Once, before
   * anything else. From then on nobody else can write. An entry that was cut off by a crash, at any byte, is not there; damage before the
   * end is a StorageError and nothing is changed.
   */
  recover(visitor: RecoveryVisitor): Promise<Recovered>;
  /**
   * Resolves with its position when it is durable. Entries become durable in the order of the calls, several with one fsync. After a failure
   * every append fails: what is on disk is then unknown to this process.
   */
  append(entry: Uint8Array): Promise<number>;
  /**
   * Replaces everything up to and including `position` by a snapshot. Appends go on meanwhile. A crash at any moment leaves either the old
   * or the new.
   */
  compact(position: number, chunks: Iterable<Uint8Array>): Promise<void>;
  /** Writes a snapshot aside, as a backup; the oldest beyond the bound go. */
  backup(position: number, chunks: Iterable<Uint8Array>, at: number): Promise<BackupInfo>;
  backups(): Promise<readonly BackupInfo[]>;
  stats(): StorageStats;
  /** Waits for what was appended. */
  close(): Promise<void>;
}

export interface RecoveryVisitor {
  snapshot(chunk: Uint8Array): void;
  entry(position: number, bytes: Uint8Array): void;
}

export interface Recovered {
  /** Of the last entry; 0 when there is none. */
  readonly position: number;
  /** Bytes of an unfinished entry that were cut off. */
  readonly bytesCut: number;
}

export interface BackupInfo {
  readonly name: string;
  readonly at: number;
  readonly bytes: number;
}

export interface StorageStats {
  readonly position: number;
  /** Entries and bytes since the newest snapshot. */
  readonly entries: number;
  readonly bytes: number;
  readonly fsyncs: number;
}

/** The storage cannot be read or written. The process ends: another scheduler, or the next start, goes on from the log. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
}

/** One entry or snapshot chunk is at most this long. */
export const ENTRY_BYTES_MAX = 64 * 1024 * 1024;
