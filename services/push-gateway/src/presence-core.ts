/** Which accounts read here, and the numbered items that say so. Pure: the epoch is an argument. */
import type { Id, PresenceItem, PresenceSnapshot } from '@murmur/model';

/** Joins and leaves in one item, so that it stays far below a queue's item limit. */
export const PRESENCE_IDS_MAX = 4_096;

/**
 * Counts the readers of each account and gathers joins and leaves. One item of one epoch follows the other without
 * a hole; after a failed put nobody knows whether it was stored, so a new epoch begins and everybody fetches the whole.
 */
export class PresenceBook {
  readonly #gateway: string;
  #epoch: string;
  #seq = 0;
  readonly #readers = new Map<Id, number>();
  /** True: joined, false: left, since the last item. */
  readonly #changes = new Map<Id, boolean>();

  constructor(gateway: string, epoch: string) {
    this.#gateway = gateway;
    this.#epoch = epoch;
  }

  get accounts(): number {
    return this.#readers.size;
  }

  get changes(): number {
    return this.#changes.size;
  }

  join(account: Id): void {
    const readers = this.#readers.get(account) ?? 0;
    this.#readers.set(account, readers + 1);
    if (readers === 0) this.#change(account, true);
  }

  leave(account: Id): void {
    const readers = this.#readers.get(account) ?? 0;
    if (readers > 1) {
      this.#readers.set(account, readers - 1);
    } else if (readers === 1) {
      this.#readers.delete(account);
      this.#change(account, false);
    }
  }

  /** The next item: at most `PRESENCE_IDS_MAX` changes, possibly none. */
  take(): PresenceItem {
    const joins: Id[] = [];
    const leaves: Id[] = [];
    for (const [account, joined] of this.#changes) {
      if (joins.length + leaves.length === PRESENCE_IDS_MAX) break;
      (joined ? joins : leaves).push(account);
      this.#changes.delete(account);
    }
    this.#seq++;
    return { gateway: this.#gateway, epoch: this.#epoch, seq: this.#seq, joins, leaves };
  }

  /** A put failed: what was gathered is in the snapshot that everybody fetches when the new epoch shows. */
  beginEpoch(epoch: string): void {
    this.#epoch = epoch;
    this.#seq = 0;
    this.#changes.clear();
  }

  /** All accounts as of the last item; changes not yet sent are in it already, and come once more. */
  snapshot(): PresenceSnapshot {
    const { gateway, epoch, seq } = { gateway: this.#gateway, epoch: this.#epoch, seq: this.#seq };
    return { gateway, epoch, seq, accounts: [...this.#readers.keys()] };
  }

  /** A join and a leave that cancel out within one item are said all the same: the last word counts. */
  #change(account: Id, joined: boolean): void {
    this.#changes.set(account, joined);
  }
}
