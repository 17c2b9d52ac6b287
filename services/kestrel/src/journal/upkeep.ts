import type { Log } from '@murmur/service';
import { Distribution } from '../queue/distribution-core.js';
import type { QueueCore } from '../queue/queue-core.js';
import { Checkpoint } from './checkpoint-core.js';
import { ADDX_HEAD_BYTES } from './codec-core.js';
import { contentAt, contentNow, type PackContent } from './pack-core.js';
import type { QueueFiles } from './queue-files.js';
import type { JournalReader } from './reader.js';
import type { Segment } from './segments.js';

/** A journal with no more than this to hold is rewritten at once; a larger one in the background. */
export const REWRITE_AT_ONCE_BYTES = 1024 * 1024;
/** Archives a queue may gather before they are made larger than `maxMemorySize`. */
export const ARCHIVES_MAX = 1000;
/** Pause after a rewrite, rotation or pack that failed, ms. */
export const UPKEEP_RETRY_MS = 5000;

/** A place between two files, and what has happened at the head of the queue since. */
interface Mark {
  readonly last: Segment;
  readonly length: number;
  readonly since: Checkpoint;
}

/** Keeps a journal small: rewrites, rotates and packs its files. Looked at after each turn in which it was written. */
export class Upkeep {
  rewrites = 0;
  rotations = 0;
  /** How long they took, µs; null: there was none. */
  rewriteUsec: Distribution | null = null;
  rotationUsec: Distribution | null = null;
  readonly #queue: QueueCore;
  readonly #files: QueueFiles;
  readonly #reader: JournalReader;
  readonly #log: Log;
  readonly #synced: (error: Error | null) => void;
  readonly #atOnceBytes: number;
  #mark: Mark | null = null;
  /** The size after the last rewrite or pack: the next is not worth it before the files have doubled. */
  #baseline = 0;
  #lastRewrite = Number.NEGATIVE_INFINITY;
  #pausedUntil = 0;
  #packing: Promise<void> | null = null;
  /** Ends the pack that is being written. */
  #endPack: (() => void) | null = null;

  /** `synced` is told when all that was written has been made durable, or could not be. */
  constructor(
    queue: QueueCore,
    files: QueueFiles,
    reader: JournalReader,
    log: Log,
    synced: (error: Error | null) => void,
    atOnceBytes: number,
  ) {
    this.#queue = queue;
    this.#atOnceBytes = atOnceBytes;
    this.#files = files;
    this.#reader = reader;
    this.#log = log;
    this.#synced = synced;
  }

  /** Has to be told of everything at the head of the queue, where there is one. */
  get checkpoint(): Checkpoint | null {
    return this.#mark?.since ?? null;
  }
  /** The pack that is being written; null: none. */
  get packing(): Promise<void> | null {
    return this.#packing;
  }
  get #durable(): boolean {
    return this.#queue.config.syncJournal !== null;
  }

  /** True where a rewrite would leave half of the files' bytes or less. */
  get wouldHalve(): boolean {
    return this.#contentBytes() * 2 <= this.#files.segments.totalSize;
  }

  /** Kestrel's rules, in its order. All records are in the file. */
  check(now: number): void {
    const { current } = this.#files.segments;
    if (now < this.#pausedUntil && this.#pausedUntil - now <= UPKEEP_RETRY_MS) return;
    const { config } = this.#queue;
    if (current.size >= config.defaultJournalSize && this.#emptyWorthRewriting(now)) this.#rewrite(now);
    else if (this.#worthPacking(now)) this.#compact(now);
    else if (current.size > this.#rotationSize()) {
      if (config.disableAggressiveRewrites && this.#emptyWorthRewriting(now)) this.#rewrite(now);
      else this.#rotate(now);
    }
    if (this.#mark !== null && this.#packing === null) this.#packUpToMark(now);
  }

  /** The journal is written anew with what is in memory. False, and a log line: it could not be. */
  rewriteNow(now: number): boolean {
    this.stop();
    this.#lastRewrite = now;
    const started = performance.now();
    try {
      this.#files.replace(contentNow(this.#queue), now, this.#durable);
    } catch (err) {
      this.#pausedUntil = now + UPKEEP_RETRY_MS;
      this.#log.warn({ err }, 'the journal could not be rewritten');
      return false;
    }
    this.#synced(null);
    this.#baseline = this.#files.segments.totalSize;
    this.rewrites += 1;
    (this.rewriteUsec ??= new Distribution()).add((performance.now() - started) * 1000);
    return true;
  }

  /** The current file becomes an archive. False, and a log line: it could not. */
  rotateNow(now: number): boolean {
    return this.#rotateFile(now) !== null;
  }

  /** Ends the pack that is being written, without effect; its files stay. */
  stop(): void {
    this.#endPack?.();
    this.#mark = null;
  }

  /** What a rewritten journal would hold, bytes. */
  #contentBytes(): number {
    let bytes = this.#queue.backlog.memoryBytes + this.#queue.backlog.memoryItems * ADDX_HEAD_BYTES;
    for (const item of this.#queue.openItems()) bytes += item.data.length + ADDX_HEAD_BYTES;
    return bytes;
  }

  #emptyWorthRewriting(now: number): boolean {
    const { length, config } = this.#queue;
    const { current, totalSize } = this.#files.segments;
    if (length > 0 || current.size === 0 || totalSize < this.#baseline * 2) return false;
    if (this.#packing !== null) return false;
    const large = this.#baseline > config.defaultJournalSize / 2;
    return !config.disableAggressiveRewrites || !large || !this.#isRecent(now);
  }

  #worthPacking(now: number): boolean {
    const { config, bytes, backlog } = this.#queue;
    const { totalSize } = this.#files.segments;
    return (
      totalSize > config.maxJournalSize &&
      bytes < config.maxMemorySize &&
      backlog.behindItems === 0 &&
      totalSize >= this.#baseline * 2 &&
      this.#packing === null &&
      !this.#isRecent(now)
    );
  }

  /** A clock that was set back makes nothing recent. */
  #isRecent(now: number): boolean {
    const passed = now - this.#lastRewrite;
    return passed >= 0 && passed < this.#queue.config.minJournalCompactDelay;
  }

  /** Beyond it a new file begins. Many small archives are costly, so they grow with their number. */
  #rotationSize(): number {
    const { segments } = this.#files;
    const { maxMemorySize } = this.#queue.config;
    if (segments.archives.length < ARCHIVES_MAX) return maxMemorySize;
    return Math.max(maxMemorySize, segments.totalSize / ARCHIVES_MAX);
  }

  #rewrite(now: number): void {
    if (this.#contentBytes() <= this.#atOnceBytes) this.rewriteNow(now);
    else this.#compact(now);
  }

  /** All files become one with what is in the queue now. */
  #compact(now: number): void {
    if (this.#contentBytes() <= this.#atOnceBytes) {
      this.rewriteNow(now);
      return;
    }
    const last = this.#rotateFile(now);
    if (last === null) return;
    this.#mark = null;
    this.#pack(last, contentNow(this.#queue), now);
  }

  #rotate(now: number): void {
    const last = this.#rotateFile(now);
    if (last === null) return;
    const { backlog, config } = this.#queue;
    const isLarge = this.#files.segments.totalSize > config.maxJournalSize;
    if (!isLarge || backlog.behindItems === 0 || this.#mark !== null) return;
    const open = [...this.#queue.openItems()].map(({ xid }) => xid);
    this.#mark = { last, length: backlog.length, since: new Checkpoint(open) };
  }

  #rotateFile(now: number): Segment | null {
    const started = performance.now();
    if (this.#durable && !this.#syncFile(now)) return null;
    try {
      const archive = this.#files.rotate(now);
      this.rotations += 1;
      (this.rotationUsec ??= new Distribution()).add((performance.now() - started) * 1000);
      return archive;
    } catch (err) {
      this.#pausedUntil = now + UPKEEP_RETRY_MS;
      this.#log.warn({ err }, 'the journal could not be rotated');
      return null;
    }
  }

  #syncFile(now: number): boolean {
    try {
      this.#files.sync();
    } catch (err) {
      this.#pausedUntil = now + UPKEEP_RETRY_MS;
      this.#synced(err instanceof Error ? err : new Error(String(err)));
      return false;
    }
    this.#synced(null);
    return true;
  }

  /** Once all that was queued at the checkpoint has come into memory, the files up to it can be made one. */
  #packUpToMark(now: number): void {
    const mark = this.#mark;
    if (mark === null) return;
    const { backlog } = this.#queue;
    if (backlog.behindItems > 0 && !this.#reader.isPast(mark.last)) return;
    this.#mark = null;
    this.#pack(mark.last, contentAt(mark.since, mark.length, this.#queue), now);
  }

  #pack(last: Segment, content: PackContent, now: number): void {
    this.#lastRewrite = now;
    let stopped = false;
    this.#endPack = () => (stopped = true);
    const packing = this.#writePack(last, content, () => stopped).finally(() => {
      if (this.#packing === packing) this.#packing = null;
    });
    this.#packing = packing;
  }

  async #writePack(last: Segment, content: PackContent, stopped: () => boolean): Promise<void> {
    const started = performance.now();
    try {
      const size = await this.#files.writePack(content, last.time ?? 0, stopped);
      if (size === null) return;
      await this.#files.placePack(last, size, stopped);
      if (stopped()) return;
      this.#baseline = size;
      this.rewrites += 1;
      (this.rewriteUsec ??= new Distribution()).add((performance.now() - started) * 1000);
    } catch (err) {
      this.#pausedUntil = Date.now() + UPKEEP_RETRY_MS;
      if (!stopped()) this.#log.warn({ err }, 'the journal could not be packed; its files stay');
    }
  }
}
