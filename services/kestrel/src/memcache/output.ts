import type { Item } from '../queue/item.js';
import type { Ticket } from '../queue/registry-core.js';
import { BLOCK_BYTES_MAX } from '../socket/bounds.js';
import type { Outcome, Replies } from '../socket/replies.js';

export const END = Buffer.from('END\r\n');
const ITEM_END = Buffer.from('\r\nEND\r\n');

/** The answer to a set. */
export const OUTCOME: Outcome = {
  stored: Buffer.from('STORED\r\n'),
  failed: Buffer.from('NOT_STORED\r\n'),
};

/** Encodes the replies of one connection. */
export class Output {
  readonly #replies: Replies;
  /** The head of an item's answer, as it was the last time: queue and size are mostly the same. */
  #head = END;
  #headQueue = '';
  #headSize = -1;

  /** `replies` are those of a connection whose outcome is OUTCOME. */
  constructor(replies: Replies) {
    this.#replies = replies;
  }

  text(text: string): void {
    this.#replies.add(Buffer.from(text, 'latin1'));
  }

  bytes(bytes: Buffer): void {
    this.#replies.add(bytes);
  }

  /** `STORED` or `NOT_STORED`, once it is known; null: it is stored. */
  ticket(ticket: Ticket | null): void {
    if (ticket === null) this.#replies.add(OUTCOME.stored);
    else this.#replies.addTicket(ticket);
  }

  notStored(): void {
    this.#replies.add(OUTCOME.failed);
  }

  item(queue: string, { data }: Item): void {
    const { length } = data;
    if (length !== this.#headSize || queue !== this.#headQueue) {
      this.#head = Buffer.from(`VALUE ${queue} 0 ${length}\r\n`, 'latin1');
      this.#headQueue = queue;
      this.#headSize = length;
    }
    const head = this.#head;
    if (length > BLOCK_BYTES_MAX) {
      this.#replies.addAll([head, data, ITEM_END]);
      return;
    }
    const all = Buffer.allocUnsafe(head.length + length + ITEM_END.length);
    all.set(head, 0);
    all.set(data, head.length);
    all.set(ITEM_END, head.length + length);
    this.#replies.add(all);
  }
}
