import type { Log } from '@murmur/service';
import { ITEM_WEIGHT_BYTES, type Behind } from '../queue/backlog-core.js';
import type { Item } from '../queue/item.js';
import { HEAD_BYTES_MAX, itemOf, readRecord, RecordView } from './codec-core.js';
import type { Disk } from './disk.js';
import type { Position, Segment, Segments } from './segments.js';

/** The most that is read from a file at one go, bytes, but for a single longer record. */
export const READ_BYTES_MAX = 256 * 1024;
const READ_BYTES_MIN = 4 * 1024;

/** Who writes what the reader reads. */
export interface Written {
  /** Where the next record will be. */
  position(): Position;
  /** Writes what has gathered. False: it cannot be written now. */
  writeOut(): boolean;
}

/** Reads back the items that are in the journal only. Synchronous: a read is one `pread` of a part of a file. */
export class JournalReader implements Behind {
  readonly #disk: Disk;
  readonly #segments: Segments;
  readonly #written: Written;
  readonly #log: Log;
  readonly #record = new RecordView();
  #segment: Segment;
  #offset = 0;
  /** What was read last, from `#chunkOffset` of the segment on; items are views of it. */
  #chunk: Buffer | null = null;
  #chunkOffset = 0;
  #failing = false;
  /** Told how long each read took, µs. */
  onRead: ((usec: number) => void) | null = null;

  constructor(disk: Disk, segments: Segments, written: Written, log: Log) {
    this.#disk = disk;
    this.#segments = segments;
    this.#written = written;
    this.#log = log;
    this.#segment = segments.current;
  }

  /** Items added from now on are to be read back. */
  begin(): void {
    const { segment, offset } = this.#written.position();
    this.#segment = segment;
    this.#offset = offset;
    this.#chunk = null;
  }

  /** True once nothing in this segment or before it is going to be read any more. */
  isPast(segment: Segment): boolean {
    return (
      this.#segments.isAfter(this.#segment, segment) ||
      (this.#segment === segment && this.#offset >= segment.size)
    );
  }

  /** Lets go of what was read ahead. */
  release(): void {
    this.#chunk = null;
  }

  read(bytes: number, count: number): readonly Item[] | null {
    const started = performance.now();
    const items: Item[] = [];
    try {
      this.#readItems(bytes, count, items);
      this.#failing = false;
    } catch (err) {
      // A client may ask again and again; the log is told once.
      if (!this.#failing) this.#log.error({ err }, 'the journal cannot be read; items behind memory wait');
      this.#failing = true;
    }
    this.onRead?.((performance.now() - started) * 1000);
    return items.length === 0 ? null : items;
  }

  #readItems(bytes: number, count: number, items: Item[]): void {
    const record = this.#record;
    for (let weight = 0; items.length < count && (weight < bytes || items.length === 0);) {
      if (this.#offset >= this.#segment.size) {
        if (this.#goOn(items.length > 0)) continue;
        return;
      }
      const chunk = this.#load(bytes);
      const at = this.#offset - this.#chunkOffset;
      const state = readRecord(chunk, at, chunk.length, this.#segment.size - this.#offset, record);
      if (state === 'bad') throw this.#error('is no record');
      if (state === 'more') {
        this.#loadRecord(Math.max(record.next - at, portion(bytes)));
        continue;
      }
      this.#offset += record.next - at;
      if (!record.isAdd) continue;
      weight += record.dataEnd - record.dataStart + ITEM_WEIGHT_BYTES;
      items.push(itemOf(record, chunk, Date.now()));
    }
  }

  /** To the next file, or to what was not written yet. False: there is nothing more to be had now. */
  #goOn(enough: boolean): boolean {
    this.#chunk = null;
    const next = this.#segments.after(this.#segment);
    if (next !== null) {
      this.#segment = next;
      this.#offset = 0;
      return true;
    }
    if (enough || !this.#written.writeOut()) return false;
    if (this.#segment === this.#segments.current && this.#offset >= this.#segment.size) {
      throw this.#error('is where an item is missing');
    }
    return true;
  }

  #load(bytes: number): Buffer {
    const chunk = this.#chunk;
    if (chunk !== null && this.#offset < this.#chunkOffset + chunk.length) return chunk;
    return this.#readAt(portion(bytes));
  }

  /** The record does not end in the chunk, nor perhaps its head. */
  #loadRecord(bytes: number): void {
    const had = (this.#chunk?.length ?? 0) - (this.#offset - this.#chunkOffset);
    const chunk = this.#readAt(Math.max(bytes, HEAD_BYTES_MAX));
    if (chunk.length <= had) throw this.#error('ends in the middle of a record');
  }

  #readAt(length: number): Buffer {
    const size = Math.min(length, this.#segment.size - this.#offset);
    const fd = this.#disk.open(this.#segments.pathOf(this.#segment), 'read');
    try {
      const chunk = Buffer.allocUnsafeSlow(size);
      const read = this.#disk.read(fd, chunk, 0, size, this.#offset);
      if (read === 0) throw this.#error('is behind the end of the file');
      this.#chunkOffset = this.#offset;
      return (this.#chunk = read === size ? chunk : chunk.subarray(0, read));
    } finally {
      this.#disk.close(fd);
    }
  }

  #error(what: string): Error {
    return new Error(`${this.#segments.pathOf(this.#segment)}: byte ${this.#offset} ${what}`);
  }
}

/** How much to read for so many bytes of items. */
function portion(bytes: number): number {
  return Math.max(READ_BYTES_MIN, Math.min(READ_BYTES_MAX, Math.ceil(bytes)));
}
