import type { Backlog } from '../queue/backlog-core.js';
import type { Item } from '../queue/item.js';
import { itemOf, OP, type RecordView } from './codec-core.js';

/** Rebuilds a queue from its journal's records, in order. A record that fits nothing (a confirm of an unknown number) does nothing. */
export class Replay {
  readonly backlog: Backlog;
  readonly #open = new Map<number, Item>();
  lastXid = 0;
  /** Items that were made as views of a buffer. */
  views = 0;

  constructor(backlog: Backlog) {
    this.backlog = backlog;
  }

  /** `from` is the buffer that `record` describes; `now` is the add time of items from journals that do not say it. */
  apply(record: RecordView, from: Buffer, now: number): void {
    switch (record.op) {
      case OP.add:
      case OP.addx:
      case OP.addXid:
        this.#add(record, from, now);
        return;
      case OP.remove:
        this.#shift();
        return;
      case OP.removeTentative:
        this.#openHead(null);
        return;
      case OP.removeTentativeXid:
        this.#openHead(record.xid);
        return;
      case OP.saveXid:
        this.lastXid = record.xid;
        return;
      case OP.unremove:
        this.#putBack(record.xid);
        return;
      case OP.confirm:
        this.#open.delete(record.xid);
        return;
      case OP.continue:
        this.#open.delete(record.xid);
        this.#add(record, from, now);
        return;
    }
  }

  /**
   * Puts the items that were open at the end back at the head, the first opened first in line. Answers their numbers
   * in the order in which they were put back, for the journal to record.
   */
  returnOpen(): readonly number[] {
    const xids = [...this.#open.keys()].reverse();
    for (const xid of xids) this.#putBack(xid);
    return xids;
  }

  #add(record: RecordView, from: Buffer, now: number): void {
    // What goes behind memory is not even looked at.
    if (this.backlog.pushBehind(record.dataEnd - record.dataStart)) return;
    const item = itemOf(record, from, now);
    this.views += 1;
    this.backlog.push(item);
  }

  #shift(): Item | undefined {
    const item = this.backlog.shift();
    if (item === undefined && this.backlog.length > 0) throw new Error('items behind memory cannot be read');
    return item;
  }

  #openHead(xid: number | null): void {
    const item = this.#shift();
    if (item === undefined) return;
    // Kestrel 1 wrote the number with the item (opcode 7), or counted on from the last one (opcode 4).
    const number = xid ?? (item.xid === 0 ? this.lastXid + 1 : item.xid);
    this.lastXid = number;
    this.#open.set(number, item);
  }

  #putBack(xid: number): void {
    const item = this.#open.get(xid);
    if (item === undefined) return;
    this.#open.delete(xid);
    this.backlog.pushFront(item);
  }
}
