import type { Backlog } from '../queue/backlog-core.js';
import type { Item } from '../queue/item.js';
import { Checkpoint } from './checkpoint-core.js';
import { OP, readRecord, RecordView } from './codec-core.js';
import { RecordBuffer } from './record-buffer.js';

/** Records that are not in the file yet, and the items they add, which can be taken back. */
export class Unwritten {
  readonly records = new RecordBuffer();
  /** Items that are in memory, and how many are behind it. */
  #added: Item[] = [];
  #behindItems = 0;
  #behindBytes = 0;

  add(item: Item, inMemory: boolean): void {
    this.records.add(item);
    if (inMemory) this.#added.push(item);
    else {
      this.#behindItems += 1;
      this.#behindBytes += item.data.length;
    }
  }

  /** They are written, or not needed any more. */
  clear(): void {
    this.records.clear();
    if (this.#added.length > 0) this.#added = [];
    this.#behindItems = 0;
    this.#behindBytes = 0;
  }

  /**
   * The queue forgets the items. Answers what else the records say about its head; null where one of the items was taken
   * in the meantime, though it may be back: it is in no file, so only the whole queue, written anew, is right.
   */
  takeBack(backlog: Backlog): Checkpoint | null {
    const { length, memoryItems } = backlog;
    backlog.forget(new Set(this.#added), this.#behindItems, this.#behindBytes);
    const since = new Checkpoint();
    /** What the queue would hold without the heads that the records take and put back. */
    let queued = length;
    const record = new RecordView();
    for (const records of this.records.small()) {
      const { length: end } = records;
      for (let at = 0; readRecord(records, at, end, end - at, record) === 'whole'; at = record.next) {
        if (record.op === OP.remove || record.op === OP.removeTentativeXid) queued += 1;
        if (record.op === OP.unremove) queued -= 1;
        if (record.op === OP.remove) since.removed();
        else if (record.op === OP.removeTentativeXid) since.opened(record.xid);
        else if (record.op === OP.confirm) since.confirmed(record.xid);
        else if (record.op === OP.unremove) since.putBack(record.xid);
      }
    }
    if (backlog.behindItems > 0) return since;
    const gone = memoryItems - backlog.memoryItems !== this.#added.length;
    const wasTaken = since.taken > queued - this.#added.length - this.#behindItems;
    return this.#added.length > 0 && (gone || wasTaken) ? null : since;
  }
}
