import type { LateReply } from '../socket/replies.js';
import type { Ticket } from '../queue/registry-core.js';

const COLON = Buffer.from(':');
const LF = Buffer.from('\n');
/** Up to this an item is copied next to its marks; above, it goes out as it is. */
const COPY_BYTES_MAX = 4096;

/** The answer to a read that found nothing, and the end of a monitor. */
export const NO_ITEM = Buffer.from('*\n');

/** `+3`: this many things were done. */
export function encodeCount(count: number): Buffer {
  return Buffer.from(`+${count}\n`);
}

/** `:text`. */
export function encodeText(text: string): Buffer {
  return Buffer.from(`:${text}\n`, 'latin1');
}

/** `-text`: why not. */
export function encodeError(text: string): Buffer {
  return Buffer.from(`-${text}\n`, 'latin1');
}

/** `:` and an item; one that has a line feed in it cannot be told from two. */
export function encodeItem(data: Buffer): readonly Buffer[] {
  return data.length > COPY_BYTES_MAX ? [COLON, data, LF] : [Buffer.concat([COLON, data, LF])];
}

/** `+` and how many items of a block are in the journals, once that is known. */
export class Stored implements LateReply {
  readonly #counts = new Map<Ticket, number>();
  /** Those that no journal is concerned with. */
  #unwritten = 0;

  get tickets(): readonly Ticket[] {
    return [...this.#counts.keys()];
  }

  /** One more item was taken; `ticket` is its fate, null: it is safe as it is. */
  add(ticket: Ticket | null): void {
    if (ticket === null) this.#unwritten += 1;
    else this.#counts.set(ticket, (this.#counts.get(ticket) ?? 0) + 1);
  }

  encode(): Buffer {
    let stored = this.#unwritten;
    for (const [ticket, count] of this.#counts) if (!ticket.failed) stored += count;
    return encodeCount(stored);
  }
}
