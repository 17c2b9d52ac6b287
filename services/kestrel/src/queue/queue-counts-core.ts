/** Counts since the start of the process, but `totalItems`, which includes those found in the journal. */
export interface QueueCounts {
  totalItems: number;
  expired: number;
  discarded: number;
  /** Reads that were opened, those given back, and those of them given back because of their age. */
  transactions: number;
  canceled: number;
  timedOut: number;
  flushes: number;
  /** Reads and peeks that found an item, and those that ended with none. */
  hits: number;
  misses: number;
  /** Items set, with those refused; of them, those taken, and their bytes. */
  puts: number;
  putItems: number;
  putBytes: number;
}

export function freshCounts(totalItems: number): QueueCounts {
  return {
    totalItems,
    expired: 0,
    discarded: 0,
    transactions: 0,
    canceled: 0,
    timedOut: 0,
    flushes: 0,
    hits: 0,
    misses: 0,
    puts: 0,
    putItems: 0,
    putBytes: 0,
  };
}
