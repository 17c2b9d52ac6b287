import { silentLog, type Log } from '@murmur/service';
import { QUEUE_DEFAULTS, type QueueConfig } from '../../src/config/schema.js';
import { FilePool } from '../../src/journal/file-pool.js';
import { QueueFiles } from '../../src/journal/queue-files.js';
import { recover, type Spool } from '../../src/journal/recovery.js';
import { parseFileName } from '../../src/journal/spools.js';
import { JournalWriter } from '../../src/journal/writer.js';
import { QueueCore } from '../../src/queue/queue-core.js';
import type { Ticket } from '../../src/queue/registry-core.js';
import type { MemoryDisk } from './memory-disk.js';

/** Small enough for a few items to rotate, read behind memory and pack. */
export const SMALL: QueueConfig = {
  ...QUEUE_DEFAULTS,
  maxMemorySize: 1400,
  defaultJournalSize: 300,
  maxJournalSize: 600,
  minJournalCompactDelay: 0,
};

/** One queue with its journal, on a disk in memory. */
export class Rig {
  readonly disk: MemoryDisk;
  readonly queue: QueueCore;
  readonly journal: JournalWriter;
  readonly pool: FilePool;
  now = 1000;

  /** `atOnceBytes` 0: every rewrite is a pack in the background. */
  constructor(disk: MemoryDisk, config = SMALL, log: Log = silentLog(), atOnceBytes = 0) {
    this.disk = disk;
    this.pool = new FilePool(disk, 2);
    disk.syncFolder();
    const recovered = recover(disk, 'q', spoolOf(disk), config.maxMemorySize, this.now, log);
    const files = new QueueFiles(recovered.segments, disk, this.pool, log, 64);
    files.open();
    this.queue = new QueueCore('q', config, this.now, recovered.restored);
    const turn = { journalDirty: () => undefined, seal: () => undefined };
    this.journal = new JournalWriter(this.queue, files, recovered.reader, turn, log, atOnceBytes);
    recovered.attach(this.journal);
    this.queue.journal = this.journal;
    for (const xid of recovered.returned) this.journal.returned(xid);
    this.endTurn();
  }

  add(data: string): boolean {
    return this.queue.add(Buffer.from(data), 0, this.now);
  }

  /** A set whose answer is kept. */
  set(data: string): Ticket {
    const ticket: Ticket = { pending: 1, failed: false, onSettled: [] };
    if (this.add(data)) this.journal.tickets.push(ticket);
    else [ticket.pending, ticket.failed] = [0, true];
    return ticket;
  }

  take(): string | null {
    return this.queue.take(this.now)?.data.toString() ?? null;
  }

  open(): number | null {
    return this.queue.open(this.now)?.xid ?? null;
  }

  endTurn(): void {
    this.now += 1;
    this.journal.endTurn(this.now);
  }

  /** Items open, then queued, as they would come after a restart. Reads all of them. */
  drain(): string[] {
    const items: string[] = [];
    for (let item = this.take(); item !== null; item = this.take()) items.push(item);
    return items;
  }
}

/** What a server that is started on a copy of the disk finds. */
export function restarted(disk: MemoryDisk, config = SMALL): string[] {
  return new Rig(disk.copy(), config).drain();
}

export function spoolOf(disk: MemoryDisk): Spool {
  const spool: Spool = { current: false, archives: [], packs: [] };
  for (const path of [...disk.files.keys()]) {
    const file = parseFileName(path);
    if (file === null) disk.files.delete(path);
    else if (file.time === null) spool.current = true;
    else if (file.pack) spool.packs.push(file.time);
    else spool.archives.push(file.time);
  }
  return spool;
}
