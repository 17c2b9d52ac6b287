import type { Item } from './item.js';

/** Where a queue records what happens to it, in order. Each call is one journal record, but `emptied`. */
export interface JournalSink {
  /** False: the journal cannot be written now, and the queue takes no items. */
  readonly writable: boolean;
  /** `inMemory` false: the item is behind memory, and this record is all there is of it. */
  added(item: Item, inMemory: boolean): void;
  removed(): void;
  opened(xid: number): void;
  confirmed(xid: number): void;
  returned(xid: number): void;
  /**
   * All items are gone, also those behind memory, which nobody has read; only open ones are left. The journal starts
   * afresh with these, and so does its reader.
   */
  emptied(): void;
  /** Calls back once: what has been recorded up to now is safe as sets are when they are answered, or (`failed`) may not be. */
  written?(done: (failed: boolean) => void): void;
}

const nothing = (): void => undefined;
/** The journal of a queue that keeps none. */
export const NO_JOURNAL: JournalSink = {
  writable: true,
  added: nothing,
  removed: nothing,
  opened: nothing,
  confirmed: nothing,
  returned: nothing,
  emptied: nothing,
};
