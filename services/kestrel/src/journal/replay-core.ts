import { Backlog } from '../queue/backlog-core.js';
import type { JournalRecord } from './codec-core.js';
import type { Item } from '../queue/item.js';

/** Rebuilds a queue from its journal's records, in order. A record that fits nothing (a confirm of an unknown number) does nothing. */
export class Replay {
  readonly backlog = new Backlog(Number.POSITIVE_INFINITY);
  readonly #open = new Map<number, Item>();
  lastXid = 0;

  /** `now` is the add time of items from journals that do not say it. */
  apply(record: JournalRecord, now: number): void {
    switch (record.op) {
      case 'add':
        this.#add(record.item, now);
        return;
      case 'remove':
        this.backlog.shift();
        return;
      case 'open':
        this.#openHead(record.xid);
        return;
      case 'saveXid':
        this.lastXid = record.xid;
        return;
      case 'unremove': {
        const item = this.#open.get(record.xid);
        if (item === undefined) return;
        this.#open.delete(record.xid);
        this.backlog.pushFront({ ...item, xid: 0 });
        return;
      }
      case 'confirm':
        this.#open.delete(record.xid);
        return;
      case 'continue':
        this.#open.delete(record.xid);
        this.#add(record.item, now);
        return;
    }
  }

  /**
   * Puts the items that were open at the end back at the head, the first opened first in line. Answers their numbers
   * in the order in which they were put back, for the journal to record.
   */
  returnOpen(): readonly number[] {
    const xids = [...this.#open.keys()].reverse();
    for (const xid of xids) this.apply({ op: 'unremove', xid }, 0);
    return xids;
  }

  #add(item: Item, now: number): void {
    this.backlog.push(item.addTime === 0 ? { ...item, addTime: now } : item);
  }

  #openHead(xid: number | null): void {
    const item = this.backlog.shift();
    if (item === undefined) return;
    // Kestrel 1 wrote the number with the item (opcode 7), or counted on from the last one (opcode 4).
    const number = xid ?? (item.xid !== 0 ? item.xid : this.lastXid + 1);
    this.lastXid = number;
    this.#open.set(number, item);
  }
}
