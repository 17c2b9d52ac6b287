import { silentLog } from '@murmur/service';
import { openFileStorage } from '../../src/storage/file.js';
import type { LogStorage, Recovered } from '../../src/storage/port.js';
import type { MemoryFiles } from './memory-files.js';

/** Where a storage keeps what it has; each test has one of its own. */
export interface StoragePlace {
  /** Another storage on the same place. */
  open(): LogStorage;
  /** Removes up to so many bytes from the end, as a crash does to what was not yet acknowledged. No storage is open. */
  tear(bytes: number): Promise<void>;
}

/** Entries of a test's snapshot, three to a chunk. */
export function* chunksOf(entries: readonly string[]): Generator<Uint8Array> {
  for (let at = 0; at < entries.length; at += 3) yield Buffer.from(JSON.stringify(entries.slice(at, at + 3)));
}

export interface Content extends Recovered {
  /** Those of the snapshot, and those after it. */
  readonly entries: readonly string[];
  readonly fromSnapshot: number;
}

/** Recovers it, and gives all entries that there ever were. Throws when one's position is not its place. */
export async function contentOf(storage: LogStorage): Promise<Content> {
  const entries: string[] = [];
  let fromSnapshot = 0;
  const recovered = await storage.recover({
    snapshot: (chunk) => {
      entries.push(...(JSON.parse(Buffer.from(chunk).toString()) as string[]));
      fromSnapshot = entries.length;
    },
    entry: (position, bytes) => {
      entries.push(Buffer.from(bytes).toString());
      if (entries.length !== position) throw new Error(`entry ${position} is at place ${entries.length}`);
    },
  });
  return { ...recovered, entries, fromSnapshot };
}

export const numbered = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `entry ${from + i}`);

export function appendAll(storage: LogStorage, entries: readonly string[]): Promise<number[]> {
  return Promise.all(entries.map((entry) => storage.append(Buffer.from(entry))));
}

export const FOLDER = '/data';

export function storageOn(files: MemoryFiles, segmentBytes = 4096): LogStorage {
  return openFileStorage({ folder: FOLDER, log: silentLog(), files, segmentBytes });
}

/** The same numbers for the same seed, 0 to less than 1 (xorshift32). */
export function randomOf(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
