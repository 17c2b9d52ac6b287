import { ITEM_WEIGHT_BYTES, type Behind } from '../../src/queue/backlog-core.js';
import type { Item } from '../../src/queue/item.js';
import type { JournalSink } from '../../src/queue/queue-core.js';

type Entry = ['add', Item] | ['remove'] | ['open' | 'confirm' | 'return', number];

/**
 * A journal that keeps its records in an array, and reads back from it what went behind memory. It knows nothing
 * but records, as a file does.
 */
export class RecordedJournal implements JournalSink, Behind {
  readonly writable = true;
  /** Items that went behind memory and have not been read back. */
  #behind: Item[] = [];
  #entries: Entry[] = [];
  #begun = false;
  /** Called at each read from behind memory; true: it fails. */
  failing: () => boolean = () => false;

  added(item: Item, inMemory: boolean): void {
    this.#entries.push(['add', item]);
    if (inMemory) {
      if (this.#begun) throw new Error('an item went to memory though others wait behind it');
    } else {
      if (!this.#begun) throw new Error('an item went behind memory without a word');
      this.#behind.push(item);
    }
  }
  removed(): void {
    this.#entries.push(['remove']);
  }
  opened(xid: number): void {
    this.#entries.push(['open', xid]);
  }
  confirmed(xid: number): void {
    this.#entries.push(['confirm', xid]);
  }
  returned(xid: number): void {
    this.#entries.push(['return', xid]);
  }
  emptied(): void {
    const { open } = this.replay();
    this.#entries = [...open].flatMap(([xid, item]): Entry[] => [
      ['add', item],
      ['open', xid],
    ]);
    this.#behind = [];
    this.#begun = false;
  }

  begin(): void {
    if (this.#begun) throw new Error('begun twice');
    this.#begun = true;
  }
  read(bytes: number, count: number): readonly Item[] | null {
    if (count !== this.#behind.length)
      throw new Error(`${count} items asked for, ${this.#behind.length} are there`);
    if (this.failing()) return null;
    let end = 1;
    let size = weightOf(this.#behind[0]);
    while (end < this.#behind.length && size + weightOf(this.#behind[end]) <= bytes) {
      size += weightOf(this.#behind[end]);
      end += 1;
    }
    const items = this.#behind.splice(0, end);
    if (this.#behind.length === 0) this.#begun = false;
    // As from a file: other objects with the same content.
    return items.map((item) => ({ ...item, xid: 0 }));
  }

  /** What a restart would find: the queue, and what is open. */
  replay(): { readonly items: readonly Item[]; readonly open: ReadonlyMap<number, Item> } {
    const items: Item[] = [];
    const open = new Map<number, Item>();
    const head = (): Item => {
      const item = items.shift();
      if (item === undefined) throw new Error('a record takes an item that is not there');
      return item;
    };
    const opened = (xid: number): Item => {
      const item = open.get(xid);
      if (item === undefined) throw new Error(`a record names ${xid}, which is not open`);
      open.delete(xid);
      return item;
    };
    for (const entry of this.#entries) {
      if (entry[0] === 'add') items.push(entry[1]);
      else if (entry[0] === 'remove') head();
      else if (entry[0] === 'open') open.set(entry[1], head());
      else if (entry[0] === 'confirm') opened(entry[1]);
      else items.unshift(opened(entry[1]));
    }
    return { items, open };
  }
}

function weightOf(item: Item | undefined): number {
  return item === undefined ? 0 : item.data.length + ITEM_WEIGHT_BYTES;
}
