/** From connected readers to the items of the push queues. Pure. */
import { appendAccounts, PACKED_ID_BYTES, packIds, type Id } from '@murmur/model';

/** Largest item of a push queue, bytes: head and packed account ids. */
export const PUSH_ITEM_BYTES_MAX = 64 * 1024;

export interface PushPut {
  readonly gateway: string;
  readonly payload: Buffer;
}

/** Collects the readers of one thing by gateway. */
export class Audience {
  readonly #byGateway = new Map<string, Id[]>();

  add(account: Id, gateways: readonly string[]): void {
    for (const gateway of gateways) {
      const accounts = this.#byGateway.get(gateway);
      if (accounts === undefined) this.#byGateway.set(gateway, [account]);
      else accounts.push(account);
    }
  }

  get isEmpty(): boolean {
    return this.#byGateway.size === 0;
  }

  /** One item per gateway, or as many as the size limit makes of it. The head is the same in all of them. */
  items(head: Buffer): PushPut[] {
    const perItem = Math.max(1, Math.floor((PUSH_ITEM_BYTES_MAX - head.length) / PACKED_ID_BYTES));
    const out: PushPut[] = [];
    for (const [gateway, accounts] of this.#byGateway)
      for (let at = 0; at < accounts.length; at += perItem)
        out.push({ gateway, payload: appendAccounts(head, packIds(accounts.slice(at, at + perItem))) });
    return out;
  }
}
