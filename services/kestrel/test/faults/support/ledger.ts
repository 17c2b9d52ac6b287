/** What the clients know of one item. */
interface Known {
  /** Answered with STORED. */
  stored: boolean;
  /** Somebody has had it in hands. */
  seen: boolean;
  /** Whoever has it open now. */
  openBy: object | null;
  /** Its end was asked for and perhaps done: it may be gone. */
  maybeGone: boolean;
  /** Its end was answered: it must not come again. */
  done: boolean;
}

const VIOLATIONS_MAX = 20;

/** `queue:writer:number`, the part of an item that says which it is. */
export function keyOf(item: string): string {
  return item.slice(0, item.indexOf(' '));
}

const writerOf = (key: string): string => key.slice(0, key.lastIndexOf(':'));
const numberOf = (key: string): number => Number(key.slice(key.lastIndexOf(':') + 1));

/**
 * What must hold for a queue beside that nothing is lost. `loose`: readers give items back, so only what nobody has seen
 * is in order. `strict`: it has one reader at a time, which gives items back by leaving only: it sees each writer's items in
 * order and without a hole. `repeats`: an item may come again, as one that a queue passes on when it expires
 * does when the server dies between the two journals.
 */
export type Promised = 'loose' | 'strict' | 'repeats';

/** What all clients together know of one queue over all lives of its server. */
export class Ledger {
  readonly queue: string;
  readonly violations: string[] = [];
  /** Plain reads whose answer never came: each may have taken an item with it. */
  takesUnanswered = 0;
  /** Items whose end was answered. */
  ended = 0;
  readonly #strict: boolean;
  readonly #repeats: boolean;
  readonly #items = new Map<string, Known>();
  /** Of a strict queue, by writer: stored and not seen yet, in order. */
  readonly #unseen = new Map<string, number[]>();
  readonly #lastSeen = new Map<string, number>();

  constructor(queue: string, promised: Promised = 'loose') {
    this.queue = queue;
    this.#strict = promised === 'strict';
    this.#repeats = promised === 'repeats';
  }

  get size(): number {
    return this.#items.size;
  }

  sent(key: string): void {
    this.#items.set(key, { stored: false, seen: false, openBy: null, maybeGone: false, done: false });
  }

  stored(key: string): void {
    const known = this.#know(key, 'stored');
    known.stored = true;
    if (!this.#strict || known.seen) return;
    const unseen = this.#unseen.get(writerOf(key));
    if (unseen === undefined) this.#unseen.set(writerOf(key), [numberOf(key)]);
    else unseen.push(numberOf(key));
  }

  /** It came with an open read of this reader. */
  opened(key: string, reader: object): void {
    const known = this.#came(key);
    if (known.openBy !== null) this.#violated(`${key} came while another reader has it open`);
    known.openBy = reader;
  }

  /** It came with a plain read, and is gone with it. */
  taken(key: string): void {
    const known = this.#came(key);
    if (known.openBy !== null) this.#violated(`${key} was taken while a reader has it open`);
    this.#end(known);
  }

  peeked(key: string): void {
    this.#know(key, 'peeked at');
  }

  asked(keys: readonly string[]): void {
    for (const key of keys) this.#know(key, 'confirmed').maybeGone = true;
  }

  confirmed(keys: readonly string[]): void {
    for (const key of keys) this.#end(this.#know(key, 'confirmed'));
  }

  /** Given back, or about to be. */
  freed(keys: readonly string[]): void {
    for (const key of keys) this.#know(key, 'freed').openBy = null;
    this.#lastSeen.clear();
  }

  /** A flush or delete is asked for: all that is there may go. Answers what must be gone once it is answered. */
  clearing(): readonly string[] {
    const stored: string[] = [];
    for (const [key, known] of this.#items) {
      if (known.done) continue;
      known.maybeGone = true;
      if (known.stored && known.openBy === null) stored.push(key);
    }
    return stored;
  }

  /** The server was killed: whatever was open is back. */
  crashed(): void {
    for (const known of this.#items.values()) known.openBy = null;
    this.#lastSeen.clear();
  }

  /** What is wrong in the end, `drained` being all that was left in the queue. */
  finish(drained: readonly string[]): readonly string[] {
    if (!this.#repeats) this.#checkDrained(drained);
    const left = new Set(drained);
    const missing = [...this.#items].filter(
      ([key, { stored, done, maybeGone }]) => stored && !done && !maybeGone && !left.has(key),
    );
    if (missing.length > this.takesUnanswered) {
      const names = missing.slice(0, 5).map(([key]) => key);
      this.#violated(
        `${missing.length} lost (${this.takesUnanswered} allowed): ${names.join(' ')}; ${left.size} left`,
      );
    }
    return this.violations;
  }

  #checkDrained(drained: readonly string[]): void {
    const left = new Set<string>();
    const last = new Map<string, number>();
    for (const key of drained) {
      if (left.has(key)) this.#violated(`${key} is there twice`);
      left.add(key);
      const known = this.#items.get(key);
      if (known?.done === true) this.#violated(`${key} is there again after its end was answered`);
      if (known === undefined) this.#violated(`${key} was never sent`);
      if (known === undefined || (known.seen && !this.#strict)) continue;
      const before = last.get(writerOf(key)) ?? -1;
      if (numberOf(key) < before) this.#violated(`${key} comes after ${before}`);
      last.set(writerOf(key), numberOf(key));
    }
  }

  #came(key: string): Known {
    const known = this.#know(key, 'delivered');
    if (known.done && !this.#repeats) this.#violated(`${key} came again after its end was answered`);
    if (this.#strict) this.#checkOrder(key, known);
    known.seen = true;
    known.maybeGone = false;
    return known;
  }

  #checkOrder(key: string, known: Known): void {
    const [writer, n] = [writerOf(key), numberOf(key)];
    const before = this.#lastSeen.get(writer) ?? -1;
    if (n <= before) this.#violated(`${key} came after ${before}`);
    this.#lastSeen.set(writer, n);
    if (known.seen) return;
    const unseen = this.#unseen.get(writer);
    if (unseen === undefined || !known.stored) return;
    const first = unseen.shift();
    if (first !== n) this.#violated(`${key} came before ${String(first)}`);
  }

  #know(key: string, what: string): Known {
    const known = this.#items.get(key);
    if (known !== undefined) return known;
    this.#violated(`${key} was ${what} but never sent`);
    this.sent(key);
    return this.#know(key, what);
  }

  #end(known: Known): void {
    if (!known.done) this.ended += 1;
    known.done = true;
    known.openBy = null;
  }

  #violated(what: string): void {
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push(`${this.queue}: ${what}`);
  }
}
