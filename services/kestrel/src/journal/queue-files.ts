import { dirname } from 'node:path';
import type { Log } from '@murmur/service';
import { discardFile } from './discard.js';
import { syncFile, syncPath, writeAll, writePieces, type Disk } from './disk.js';
import { PooledFile, type FilePool } from './file-pool.js';
import { writeContent, type PackContent } from './pack-core.js';
import type { Segment, Segments } from './segments.js';

/** What is encoded of a pack before it is written, bytes. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * The files of one queue's journal on the disk. Every step leaves files that replay right, wherever it is cut short: the
 * current file becomes an archive before a pack is named, a named pack stands for all archives up to its time, and
 * archives are gone before it takes the name of the last of them.
 */
export class QueueFiles {
  readonly segments: Segments;
  readonly #disk: Disk;
  readonly #pool: FilePool;
  readonly #log: Log;
  readonly #chunkBytes: number;
  #file: PooledFile;
  /** Bytes may be in the current file behind what is good. */
  #torn = false;
  /** The name of the current file is durable; an fsync of the file does not make it so. */
  #named: boolean;
  /** Files that a pack has replaced and that could not be removed. */
  #litter: string[] = [];

  /** `chunkBytes`: how much of a pack is encoded before it is written. */
  constructor(segments: Segments, disk: Disk, pool: FilePool, log: Log, chunkBytes = CHUNK_BYTES) {
    this.segments = segments;
    this.#chunkBytes = chunkBytes;
    this.#disk = disk;
    this.#pool = pool;
    this.#log = log;
    this.#file = new PooledFile(segments.path);
    // The start made durable the names that were there; an empty file may not have been.
    this.#named = segments.current.size > 0;
  }

  /** Opens the current file, and makes it where it is missing. Throws. */
  open(): void {
    this.#pool.use(this.#file);
  }

  /** Appends the first `length` bytes of a buffer, or pieces that have as many, to the current file, all or nothing. Throws. */
  append(from: Buffer | readonly Buffer[], length: number): void {
    const { current } = this.segments;
    const fd = this.#pool.use(this.#file);
    if (this.#torn) {
      this.#disk.truncate(fd, current.size);
      this.#torn = false;
    }
    try {
      if (from instanceof Uint8Array) writeAll(this.#disk, fd, from, length, current.size);
      else writePieces(this.#disk, fd, from, current.size);
    } catch (error) {
      this.#torn = true;
      try {
        this.#disk.truncate(fd, current.size);
        this.#torn = false;
      } catch (err) {
        // Tried again before the next write; after a crash the torn record is cut off at the start.
        this.#log.warn({ err, path: this.segments.path }, 'the journal could not be cut back');
      }
      throw error;
    }
    current.size += length;
  }

  /** The current file, synced before where it is to be durable, becomes an archive, and a new one begins. Throws, and nothing has changed. */
  rotate(now: number): Segment {
    const time = this.segments.nextTime(now);
    // It may not be there, where an earlier one could not be made.
    this.open();
    this.#disk.rename(this.segments.path, `${this.segments.path}.${time}`);
    const archive = this.segments.rotated(time);
    this.#renew();
    try {
      this.open();
    } catch (err) {
      // The next write tries again, and fails as a write.
      this.#log.warn({ err, path: this.segments.path }, 'a new journal file could not be made');
    }
    return archive;
  }

  /** All files are replaced by one with this content. Throws, and the journal still says what it said. */
  replace(content: PackContent, now: number, durable: boolean): void {
    const { segments } = this;
    const { path } = segments;
    const time = segments.nextTime(now);
    const temporary = segments.temporary(time);
    const size = this.#writeTemporary(temporary, content);
    try {
      if (segments.archives.length === 0 && this.#litter.length === 0) this.#disk.rename(temporary, path);
      else {
        this.open();
        this.#disk.rename(path, `${path}.${time}`);
        const last = segments.rotated(time);
        this.#renew();
        // A file system may keep a later change of names and lose an earlier one.
        if (durable) this.#syncFolder();
        this.#disk.rename(temporary, `${path}.${time}.pack`);
        const pack = { suffix: `.${time}.pack`, time, size };
        this.#litter.push(...segments.archives.map((archive) => segments.pathOf(archive)));
        segments.packed(last, pack);
        if (durable) this.#syncFolder();
        this.#discardLitter();
        if (durable) this.#syncFolder();
        this.#disk.rename(`${path}.${time}.pack`, path);
      }
    } catch (error) {
      this.#disk.remove(temporary);
      throw error;
    }
    segments.replaced(size);
    this.#renew();
    if (durable) this.#nameCurrent();
  }

  /** Writes a file that is to stand for this archive and all before it, a portion at a time. `stop` ends it. Throws. */
  async writePack(content: PackContent, time: number, stopped: () => boolean): Promise<number | null> {
    const temporary = this.segments.temporary(time);
    const fd = this.#disk.open(temporary, 'create');
    let size = 0;
    try {
      for (const chunk of writeContent(content, this.#chunkBytes)) {
        for (let at = 0; at < chunk.length && !stopped();)
          at += await this.#disk.writeLater(fd, chunk, at, chunk.length - at, size + at);
        if (stopped()) break;
        size += chunk.length;
      }
      if (!stopped()) await syncFile(this.#disk, fd);
    } catch (error) {
      this.#disk.remove(temporary);
      throw error;
    } finally {
      this.#disk.close(fd);
    }
    if (!stopped()) return size;
    this.#disk.remove(temporary);
    return null;
  }

  /**
   * The pack that was written takes the place of the archive `last` and of all before it. What it leaves out is in
   * later files, so these are made durable first. Throws, and nothing has changed.
   */
  async placePack(last: Segment, size: number, stopped: () => boolean): Promise<void> {
    const { segments } = this;
    const { path } = segments;
    const time = last.time ?? 0;
    const temporary = segments.temporary(time);
    try {
      for (const later of segments.archives) {
        if (segments.isAfter(later, last) && !stopped()) await this.#syncSegment(later);
      }
      if (!stopped()) await this.#syncSegment(segments.current);
      if (stopped()) {
        this.#disk.remove(temporary);
        return;
      }
      this.#syncFolder();
      this.#disk.rename(temporary, `${path}.${time}.pack`);
    } catch (error) {
      this.#disk.remove(temporary);
      throw error;
    }
    const doomed = segments.archives.filter((archive) => !segments.isAfter(archive, last));
    const pack = { suffix: `.${time}.pack`, time, size };
    segments.packed(last, pack);
    await this.#settle(
      pack,
      doomed.map((archive) => path + archive.suffix),
      stopped,
    );
  }

  /** Removes the files a pack has replaced, and then gives it the name of the last. */
  async #settle(pack: Segment, doomed: readonly string[], stopped: () => boolean): Promise<void> {
    const { path } = this.segments;
    this.#litter.push(...doomed);
    try {
      this.#syncFolder();
      while (this.#litter.length > 0) {
        await this.#disk.removeLater(this.#litter[0] ?? '');
        if (stopped()) return;
        this.#litter.shift();
      }
      this.#syncFolder();
      const suffix = `.${pack.time ?? 0}`;
      this.#disk.rename(path + pack.suffix, path + suffix);
      pack.suffix = suffix;
    } catch (err) {
      // It stands for them all the same; the next pack or the next start tries again.
      this.#log.warn({ err, path }, 'files that a pack has replaced could not be removed');
    }
  }

  /** The bytes of the current file are durable, and its name. Throws. */
  sync(): void {
    if (this.segments.current.size === 0) return;
    this.#nameCurrent();
    this.#disk.sync(this.#pool.use(this.#file));
  }

  /** Makes what has been written so far durable, in the background; the file stays open until then. */
  syncLater(done: (error: Error | null) => void): void {
    const file = this.#file;
    const fd = this.#pool.use(file);
    this.#nameCurrent();
    this.#pool.pin(file);
    this.#disk.syncLater(fd, (error) => {
      this.#pool.unpin(file);
      done(error);
    });
  }

  /** The current file is emptied: nothing is in the queue, and nothing open. Throws. */
  truncate(durable: boolean): void {
    const fd = this.#pool.use(this.#file);
    this.#disk.truncate(fd, 0);
    this.segments.current.size = 0;
    if (durable) this.#disk.sync(fd);
  }

  close(): void {
    this.#pool.retire(this.#file);
  }

  /**
   * All files of the queue go, the oldest first: cut short, this loses items that were to go, and brings none back.
   * They get names that no start reads, at once, and are removed in the background.
   */
  erase(durable: boolean): void {
    this.close();
    const { segments } = this;
    const doomed = [
      ...this.#litter,
      ...segments.archives.map((archive) => segments.pathOf(archive)),
      segments.path,
    ];
    for (const path of doomed) {
      try {
        discardFile(this.#disk, this.segments.path, path, this.#log);
      } catch (err) {
        this.#log.error({ err, path }, 'a file of a deleted queue could not be removed');
      }
    }
    if (durable) this.#syncFolder();
  }

  #writeTemporary(temporary: string, content: PackContent): number {
    const fd = this.#disk.open(temporary, 'create');
    let size = 0;
    try {
      for (const chunk of writeContent(content, this.#chunkBytes)) {
        writeAll(this.#disk, fd, chunk, chunk.length, size);
        size += chunk.length;
      }
      // It takes the place of what may be durable already, whatever the config says.
      if (size > 0) this.#disk.sync(fd);
      return size;
    } catch (error) {
      this.#disk.remove(temporary);
      throw error;
    } finally {
      this.#disk.close(fd);
    }
  }

  #discardLitter(): void {
    for (let path = this.#litter[0]; path !== undefined; path = this.#litter[0]) {
      discardFile(this.#disk, this.segments.path, path, this.#log);
      this.#litter.shift();
    }
  }

  #renew(): void {
    this.#pool.retire(this.#file);
    this.#file = new PooledFile(this.segments.path);
    this.#torn = false;
    this.#named = false;
  }

  #nameCurrent(): void {
    if (!this.#named) this.#syncFolder();
    this.#named = true;
  }
  #syncFolder(): void {
    this.#disk.syncFolder(dirname(this.segments.path));
  }

  async #syncSegment(segment: Segment): Promise<void> {
    if (segment.size > 0) await syncPath(this.#disk, this.segments.pathOf(segment));
  }
}
