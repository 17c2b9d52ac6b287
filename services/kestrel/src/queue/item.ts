/** One thing in a queue. The same object goes from the wire to memory, to the journal and back to the wire. */
export interface Item {
  readonly data: Buffer;
  /** When it was added, ms since 1970. */
  readonly addTime: number;
  /** When it dies, ms since 1970; 0: never. The queue's `maxAge` may end it earlier. */
  readonly expiry: number;
  /** Its number while it is open (read, not yet confirmed); 0 otherwise. */
  xid: number;
}

/** True when its time is over: its own, or the longest that the queue gives (`maxAge` in ms; null: none). */
export function isDead(item: Item, maxAge: number | null, now: number): boolean {
  return (item.expiry !== 0 && item.expiry < now) || (maxAge !== null && item.addTime + maxAge < now);
}
