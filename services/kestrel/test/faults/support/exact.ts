import type { Client } from './client.js';
import type { Random } from './random.js';

/** How many items may be open; the server's limit must be more. */
const OPEN_MAX = 10;

export interface Appetite {
  /** Of all steps, how many are sets; the rest are reads of all kinds. */
  readonly sets: number;
  readonly maxBytes: number;
}

/** Random work of one client on one queue of its own, next to an exact model of it. */
export class ExactQueue {
  readonly queue: string;
  readonly #random: Random;
  /** What must be in the queue, in order. */
  #items: string[] = [];
  #open: string[] = [];
  /** Taken since a set was last stored: a journal that cannot be written does not know. */
  #forgetful: string[] = [];
  #next = 0;
  stored = 0;
  refused = 0;
  refusedInARow = 0;

  constructor(queue: string, random: Random) {
    this.queue = queue;
    this.#random = random;
  }

  get length(): number {
    return this.#items.length;
  }

  /** One batch of sets or one read; throws when the answer is not what the model says. */
  async step(client: Client, { sets, maxBytes }: Appetite): Promise<void> {
    if (this.#random.chance(sets)) await this.set(client, this.#random.between(1, 12), maxBytes);
    else await this.#read(client);
  }

  async set(client: Client, count: number, maxBytes: number): Promise<void> {
    const items = Array.from({ length: count }, () => {
      this.#next += 1;
      return `${this.queue}:${this.#next} `.padEnd(this.#random.between(0, maxBytes), 'x');
    });
    const answers = await Promise.all(items.map((item) => client.set(this.queue, item)));
    for (const [index, answer] of answers.entries()) {
      const item = items[index] ?? '';
      if (answer === 'STORED') {
        this.#items.push(item);
        this.stored += 1;
        this.refusedInARow = 0;
        this.#forgetful = [];
      } else if (answer === 'NOT_STORED') {
        this.refused += 1;
        this.refusedInARow += 1;
      } else throw new Error(`set ${this.queue}: ${answer}`);
    }
  }

  /** Takes one item for good. */
  async take(client: Client): Promise<void> {
    this.#same(await client.get(this.queue), this.#items[0] ?? null, 'get');
    this.#ended(this.#items.shift());
  }

  async #read(client: Client): Promise<void> {
    const { queue } = this;
    const what = this.#random.between(0, 5);
    if (what === 0 && this.#open.length < OPEN_MAX) {
      this.#same(await client.get(`${queue}/open`), this.#items[0] ?? null, 'open');
      this.#open.push(...this.#items.splice(0, 1));
    } else if (what === 1) {
      await client.get(`${queue}/close`);
      this.#ended(this.#open.shift());
    } else if (what === 2) {
      await client.get(`${queue}/abort`);
      this.#items.unshift(...this.#open.splice(0, 1));
    } else if (what === 3) {
      this.#same(await client.get(`${queue}/peek`), this.#items[0] ?? null, 'peek');
    } else if (this.#open.length === 0) await this.take(client);
    else await this.#confirmSome(client);
  }

  async #confirmSome(client: Client): Promise<void> {
    const count = this.#random.between(1, this.#open.length);
    const answer = await client.line(`confirm ${this.queue} ${count}`);
    if (answer !== 'END') throw new Error(`confirm ${this.queue} ${count}: ${answer}`);
    for (const item of this.#open.splice(0, count)) this.#ended(item);
  }

  /** The client is gone: its open reads are back, the first opened first. */
  left(): void {
    this.#items.unshift(...this.#open.splice(0));
  }

  /**
   * What is there after a crash must be what the model says. What was taken since the journal could last be written may be
   * there too, before the rest.
   */
  check(drained: readonly string[]): void {
    this.left();
    const back = new Set(this.#forgetful);
    const own = drained.filter((item) => !back.has(item));
    for (const [index, item] of own.entries()) this.#same(item, this.#items[index] ?? null, 'drain');
    if (own.length < this.#items.length)
      throw new Error(
        `${this.queue}: ${this.#items.length - own.length} lost: ${show(this.#items[own.length] ?? null)}`,
      );
    if (new Set(drained).size < drained.length) throw new Error(`${this.queue}: an item is there twice`);
    this.#items = [];
    this.#forgetful = [];
  }

  #ended(item: string | undefined): void {
    if (item !== undefined) this.#forgetful.push(item);
  }

  #same(got: string | null, wanted: string | null, what: string): void {
    if (got === wanted) return;
    throw new Error(`${what} ${this.queue}: got ${show(got)}, wanted ${show(wanted)}`);
  }
}

const show = (item: string | null): string => (item === null ? 'nothing' : (item.split(' ')[0] ?? ''));
