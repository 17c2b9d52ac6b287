import type { Item } from './item.js';

const XID_MAX = 2 ** 31 - 1;

/** The items of one queue that were read and are not yet confirmed, the longest open first. No memory before the first. */
export class OpenItems {
  #items: Map<number, Item> | null = null;
  /** When they were opened, ms since 1970; of those only whose time is limited. */
  #openedAt: Map<number, number> | null = null;
  #xid: number;

  /** `lastXid` is the number given last: those that follow are new. */
  constructor(lastXid: number) {
    this.#xid = lastXid;
  }

  get size(): number {
    return this.#items === null ? 0 : this.#items.size;
  }

  items(): Iterable<Item> {
    return this.#items?.values() ?? [];
  }

  has(xid: number): boolean {
    return this.#items?.has(xid) ?? false;
  }

  /** Gives the item its `xid`. `openedAt` null: nobody will ask how long it has been open. */
  add(item: Item, openedAt: number | null): void {
    const items = (this.#items ??= new Map<number, Item>());
    do {
      this.#xid = this.#xid >= XID_MAX ? 1 : this.#xid + 1;
    } while (items.has(this.#xid));
    item.xid = this.#xid;
    items.set(item.xid, item);
    if (openedAt !== null) (this.#openedAt ??= new Map()).set(item.xid, openedAt);
  }

  remove(xid: number): Item | undefined {
    const item = this.#items?.get(xid);
    if (item === undefined) return undefined;
    this.#items?.delete(xid);
    this.#openedAt?.delete(xid);
    return item;
  }

  /** The numbers of those opened before `time`, the longest open first. Those of unknown age count from `now` on. */
  openedBefore(time: number, now: number): readonly number[] {
    const openedAt = (this.#openedAt ??= new Map<number, number>());
    const xids: number[] = [];
    for (const xid of this.#items?.keys() ?? []) {
      const at = openedAt.get(xid);
      if (at === undefined) openedAt.set(xid, now);
      else if (at < time) xids.push(xid);
      else break;
    }
    return xids;
  }

  clear(): void {
    this.#items = null;
    this.#openedAt = null;
  }
}
