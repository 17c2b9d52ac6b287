import type { Ticket } from '../queue/registry-core.js';
import type { LateReply } from '../socket/replies.js';

/** How many of the items of a put are in the journals, up to the first that is not. */
export class StoredFirst implements LateReply {
  readonly #runs: { readonly ticket: Ticket | null; count: number }[] = [];
  readonly #encode: (count: number) => Buffer;

  constructor(encode: (count: number) => Buffer) {
    this.#encode = encode;
  }

  get tickets(): readonly Ticket[] {
    return this.#runs.flatMap(({ ticket }) => ticket ?? []);
  }

  add(ticket: Ticket | null): void {
    const last = this.#runs.at(-1);
    if (last?.ticket === ticket) last.count += 1;
    else this.#runs.push({ ticket, count: 1 });
  }

  encode(): Buffer {
    const failed = this.#runs.findIndex(({ ticket }) => ticket?.failed === true);
    const kept = failed < 0 ? this.#runs : this.#runs.slice(0, failed);
    return this.#encode(kept.reduce((sum, { count }) => sum + count, 0));
  }
}
