/** Who reads what here, and the delivery of items to them. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodePushItem, PACKED_ID_BYTES, type Cursor, type Id, type PushItem } from '@murmur/model';
import { DeleteItem, UpdateItem, type Item } from './item-core.js';
import { Reader, type Desk } from './reader.js';
import type { Transport } from './transport.js';

/** Accounts served before the event loop gets its turn: a broadcast must not hold up pings and new readers. */
const ACCOUNTS_PER_TURN = 1_024;

export interface HubEvents {
  readonly onJoin: (account: Id) => void;
  readonly onLeave: (account: Id) => void;
  readonly onBadItem: (error: unknown) => void;
}

export class Hub {
  readonly #desk: Desk;
  readonly #events: HubEvents;
  readonly #byAccount = new Map<Id, Reader[]>();
  #numbers = 0;

  constructor(desk: Desk, events: HubEvents) {
    this.#desk = desk;
    this.#events = events;
  }

  /** From here on live items are kept for it. */
  join(account: Id, transport: Transport, cursor: Cursor | null): Reader {
    const reader = new Reader(++this.#numbers, account, transport, cursor, this.#desk);
    const readers = this.#byAccount.get(account);
    if (readers === undefined) this.#byAccount.set(account, [reader]);
    else readers.push(reader);
    this.#events.onJoin(account);
    reader.begin();
    return reader;
  }

  /** Idempotent. */
  leave(reader: Reader): void {
    reader.end();
    const readers = this.#byAccount.get(reader.account);
    const at = readers?.indexOf(reader) ?? -1;
    if (readers === undefined || at < 0) return;
    readers.splice(at, 1);
    if (readers.length === 0) this.#byAccount.delete(reader.account);
    this.#events.onLeave(reader.account);
  }

  *readers(): Generator<Reader> {
    for (const readers of this.#byAccount.values()) yield* readers;
  }

  /** A batch of the push queue, in order. Never rejects: what cannot be read is counted and left out. */
  async deliver(batch: readonly Buffer[]): Promise<void> {
    for (const payload of batch) {
      const item = this.#decoded(payload);
      if (item !== null) await this.#push(item);
    }
  }

  #decoded(payload: Buffer): PushItem | null {
    try {
      return decodePushItem(payload);
    } catch (error) {
      this.#events.onBadItem(error);
      return null;
    }
  }

  async #push(pushed: PushItem): Promise<void> {
    const { deleted, origin, metrics, now } = this.#desk;
    const item: Item =
      pushed.kind === 'delete'
        ? new DeleteItem(pushed.statusId)
        : new UpdateItem(pushed.status, pushed.author, origin);
    if (item.kind === 'delete') deleted.add(item.id);
    const { accounts } = pushed;
    let written = false;
    for (let at = 0, served = 0; at < accounts.length; at += PACKED_ID_BYTES, served++) {
      if (served === ACCOUNTS_PER_TURN) {
        served = 0;
        await nextTurn();
      }
      const readers = this.#byAccount.get(accounts.readBigUInt64BE(at));
      // A slow one may be dropped on the way, which takes it out of the list: from the end.
      if (readers !== undefined)
        for (let i = readers.length - 1; i >= 0; i--) if (readers[i]?.offer(item) === true) written = true;
    }
    if (written && item.kind === 'update')
      metrics.acceptToSocket.observe(Math.max(0, now() - pushed.receivedAtMs) / 1_000);
  }
}
