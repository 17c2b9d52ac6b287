import type { Files } from './files.js';
import { encodeGroup, FILE_HEAD_BYTES, FRAME_HEAD_BYTES } from './frame-core.js';
import { ENTRY_BYTES_MAX, StorageError } from './port.js';
import { createSegment, type OpenSegment } from './segment.js';

/** One write takes entries up to this, and at least one. */
export const GROUP_BYTES_MAX = 8 * 1024 * 1024;
/** Entries that wait for the disk, frames counted. Beyond it the disk is taken for dead, and the storage fails. */
export const PENDING_BYTES_MAX = 256 * 1024 * 1024;
export const PENDING_ENTRIES_MAX = 1_000_000;
/** A segment that has reached this gets no further write. */
export const SEGMENT_BYTES = 64 * 1024 * 1024;

interface Pending {
  readonly entry: Uint8Array;
  readonly resolve: (position: number) => void;
  readonly reject: (error: StorageError) => void;
}

/**
 * Appends to the newest segment. Whatever is called for in one turn of the event loop, and while a write and its fsync are under way, is one write
 * and one fsync. It fails for ever with the first error.
 */
export class LogWriter {
  readonly #files: Files;
  readonly #folder: string;
  readonly #segmentBytes: number;
  readonly #firsts: number[];
  #segment: OpenSegment | null;
  #durable: number;
  /** Position of the last entry that was called for. */
  #asked: number;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  #running: Promise<void> | null = null;
  #rolling = false;
  /** Those who wait for the next write to end. */
  #watchers: (() => void)[] = [];
  #failure: StorageError | null = null;
  #fsyncs = 0;
  #bytes = 0;

  /** `firsts`: of the segments that are there; `segment` is the last of them, or null when the next append makes one. */
  constructor(
    files: Files,
    folder: string,
    from: {
      readonly position: number;
      readonly firsts: readonly number[];
      readonly segment: OpenSegment | null;
    },
    segmentBytes = SEGMENT_BYTES,
  ) {
    this.#files = files;
    this.#folder = folder;
    this.#durable = from.position;
    this.#asked = from.position;
    this.#firsts = [...from.firsts];
    this.#segment = from.segment;
    this.#segmentBytes = segmentBytes;
  }

  /** Of the last entry that is durable. */
  get position(): number {
    return this.#durable;
  }
  get fsyncs(): number {
    return this.#fsyncs;
  }
  /** Of frames made durable by this writer. */
  get bytes(): number {
    return this.#bytes;
  }
  /** First positions of the segments, ascending; the last one is written to. */
  get firsts(): readonly number[] {
    return this.#firsts;
  }

  /** Resolves with its position once it is durable. The bytes must not change until then. */
  append(entry: Uint8Array): Promise<number> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    if (entry.length > ENTRY_BYTES_MAX) {
      return Promise.reject(
        new StorageError(`an entry has ${entry.length} bytes, allowed are ${ENTRY_BYTES_MAX}`),
      );
    }
    return new Promise((resolve, reject) => {
      this.#pending.push({ entry, resolve, reject });
      this.#pendingBytes += FRAME_HEAD_BYTES + entry.length;
      this.#asked += 1;
      if (this.#pendingBytes > PENDING_BYTES_MAX || this.#pending.length > PENDING_ENTRIES_MAX) {
        this.#fail(new StorageError(`${this.#folder}: the disk is ${this.#pending.length} entries behind`));
      } else this.#start();
    });
  }

  /** Begins a new segment after what has been appended so far. */
  async roll(): Promise<void> {
    await this.flush();
    this.#rolling = true;
    await this.#until(() => !this.#rolling);
  }

  /** Waits for what has been appended so far, not for what others append meanwhile. Throws when the writer has failed. */
  async flush(): Promise<void> {
    const position = this.#asked;
    await this.#until(() => this.#durable >= position);
  }

  /** Waits for what was appended. Every append from now on fails. */
  async close(): Promise<void> {
    const failure = new StorageError(`${this.#folder}: the storage is closed`);
    while (this.#running !== null) await this.#running;
    this.#failure ??= failure;
    await this.#segment?.file.close();
    this.#segment = null;
  }

  /** Forgets the segments before this first position; they have been removed. */
  forgetBefore(first: number): void {
    while ((this.#firsts[0] ?? Infinity) < first) this.#firsts.shift();
  }

  async #until(condition: () => boolean): Promise<void> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      if (condition()) return;
      this.#start();
      await new Promise<void>((resolve) => this.#watchers.push(resolve));
    }
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // Until the turn is over, so that all of it is one write.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      while (this.#failure === null && (this.#pending.length > 0 || this.#rolling)) {
        if (this.#rolling || this.#segment === null || this.#segment.size >= this.#segmentBytes) {
          await this.#openNext();
        } else await this.#writeGroup(this.#segment);
        this.#wake();
      }
    } catch (error) {
      this.#fail(error instanceof StorageError ? error : new StorageError(String(error), { cause: error }));
    }
    this.#running = null;
    this.#wake();
  }

  #wake(): void {
    for (const watcher of this.#watchers.splice(0)) watcher();
  }

  async #writeGroup(segment: OpenSegment): Promise<void> {
    const group = this.#takeGroup();
    try {
      const entries = group.map(({ entry }) => entry);
      const bytes = encodeGroup(entries, this.#durable + 1, segment.salt);
      await segment.file.write(bytes, segment.size);
      await segment.file.sync();
      segment.size += bytes.length;
      this.#pendingBytes -= bytes.length;
      this.#bytes += bytes.length;
      this.#fsyncs += 1;
    } catch (error) {
      // They fail with the rest, before it.
      this.#pending = [...group, ...this.#pending];
      throw error;
    }
    for (const { resolve } of group) resolve((this.#durable += 1));
  }

  #takeGroup(): readonly Pending[] {
    let bytes = 0;
    let count = 0;
    for (const { entry } of this.#pending) {
      bytes += FRAME_HEAD_BYTES + entry.length;
      if (count > 0 && bytes > GROUP_BYTES_MAX) break;
      count += 1;
    }
    return this.#pending.splice(0, count);
  }

  async #openNext(): Promise<void> {
    if (this.#segment?.size !== FILE_HEAD_BYTES) {
      const next = await createSegment(this.#files, this.#folder, this.#durable + 1);
      await this.#segment?.file.close();
      this.#segment = next;
      this.#firsts.push(next.first);
    }
    this.#rolling = false;
  }

  #fail(error: StorageError): void {
    this.#failure ??= error;
    const failed = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    for (const { reject } of failed) reject(this.#failure);
  }
}
