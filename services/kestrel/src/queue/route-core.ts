import type { QueueCore } from './queue-core.js';

/** The common fate of all items set on one name within one turn of the event loop. */
export interface Ticket {
  /** Journals that have not yet made them safe. */
  pending: number;
  failed: boolean;
  /** Called when `pending` gets to 0. */
  readonly onSettled: (() => void)[];
}

/** Where items go that are set on one name. */
export interface Route {
  /** All queues that get the item; one may be there twice, by way of two destinations of an alias. */
  targets: readonly QueueCore[];
  /** The answer of this turn to sets that go through journals; belongs to the shell. */
  ticket: Ticket | null;
}

/** A queue and its children. */
export interface Family extends Route {
  readonly kind: 'family';
  readonly queue: QueueCore;
  /** Full names of its children. */
  children: ReadonlySet<string>;
  /** True once it has had a child. */
  hadChildren: boolean;
  /** Targets that must all take an item for it to be stored: declared children and the queue itself. */
  required: readonly QueueCore[];
}

/** A name that stands for queues; for sets only. */
export interface Alias extends Route {
  readonly kind: 'alias';
  readonly name: string;
  /** Names of queues, never of other aliases. */
  readonly destinations: readonly string[];
  /** Items set on it, with those refused, and their bytes. */
  putItems: number;
  putBytes: number;
}

export const NO_CHILDREN: ReadonlySet<string> = new Set();
