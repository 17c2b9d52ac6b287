import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { ADDX_HEAD_BYTES, encodeAdd, encodeXid } from './codec-core.js';
import type { Item } from '../queue/item.js';
import type { QueueCore } from '../queue/queue-core.js';

const CHUNK_BYTES = 1024 * 1024;
const XID_RECORD_BYTES = 5;

/** What a journal rewritten now must hold: open items first, then the queue. */
export interface Snapshot {
  readonly open: Iterable<Item>;
  readonly items: Iterable<Item>;
}

export function snapshotOf(queue: QueueCore): Snapshot {
  return { open: queue.openItems(), items: queue.backlog.memory() };
}

/**
 * Writes a whole queue into `<path>~~<now>`: open items as ADDX and REMOVE_TENTATIVE, then the others as ADDX, as
 * Kestrel does. Answers the file, still open. Throws, and leaves nothing behind, when it cannot be written.
 */
export function writeSnapshot(
  path: string,
  snapshot: Snapshot,
  now: number,
  durable: boolean,
): { readonly path: string; readonly fd: number; readonly size: number } {
  const temporary = `${path}~~${now}`;
  const fd = fs.openSync(temporary, 'w+');
  try {
    const out = new ChunkWriter(fd);
    for (const item of snapshot.open) {
      const at = out.reserve(ADDX_HEAD_BYTES + item.data.length + XID_RECORD_BYTES);
      out.used = encodeXid(9, item.xid, out.buffer, encodeAdd(item, out.buffer, at));
    }
    for (const item of snapshot.items) {
      out.used = encodeAdd(item, out.buffer, out.reserve(ADDX_HEAD_BYTES + item.data.length));
    }
    out.flush();
    if (durable) fs.fsyncSync(fd);
    return { path: temporary, fd, size: out.written };
  } catch (error) {
    fs.closeSync(fd);
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Replaces the journal at `path` in one step: a crash leaves the old file or the new one, never both or half. */
export function rewriteJournal(
  path: string,
  snapshot: Snapshot,
  now: number,
  durable: boolean,
): { readonly fd: number; readonly size: number } {
  const { path: temporary, fd, size } = writeSnapshot(path, snapshot, now, durable);
  try {
    fs.renameSync(temporary, path);
    if (durable) syncFolder(dirname(path));
    return { fd, size };
  } catch (error) {
    fs.closeSync(fd);
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Makes names in a folder safe, not only what is in the files. */
export function syncFolder(folder: string): void {
  const fd = fs.openSync(folder, 'r');
  try {
    fs.fsyncSync(fd);
  } finally {
    fs.closeSync(fd);
  }
}

class ChunkWriter {
  buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  used = 0;
  written = 0;
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  /** Makes room for a record and answers where it goes. */
  reserve(bytes: number): number {
    if (this.used + bytes > this.buffer.length) this.flush();
    if (bytes > this.buffer.length) this.buffer = Buffer.allocUnsafe(bytes);
    return this.used;
  }

  flush(): void {
    for (let at = 0; at < this.used;) at += fs.writeSync(this.#fd, this.buffer, at, this.used - at);
    this.written += this.used;
    this.used = 0;
  }
}
