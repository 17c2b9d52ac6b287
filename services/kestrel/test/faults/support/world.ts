import type { Client } from './client.js';
import { keyOf, Ledger, type Promised } from './ledger.js';
import type { Random } from './random.js';

/** Small sizes, so that read-behind, rotations, checkpoints and packs happen all the time. */
export const CRASH_CONFIG = {
  maxOpenTransactions: 100,
  expirationTimerFrequency: 50,
  default: {
    defaultJournalSize: '4KiB',
    maxMemorySize: '8KiB',
    maxJournalSize: '24KiB',
    minJournalCompactDelay: 20,
  },
  queues: [
    { name: 'p', fanoutOnly: true, children: ['a', 'b', 'c'] },
    { name: 'p+c', syncJournal: 0 },
    { name: 'm', children: ['kept'] },
    { name: 's', syncJournal: 0 },
    { name: 't', syncJournal: 20 },
    { name: 'short', maxAge: 200, expireToQueue: 'dead' },
  ],
};

/** Where a set on a queue goes, by what its items are counted under. */
const TARGETS: Readonly<Record<string, readonly string[]>> = {
  p: ['p+a', 'p+b', 'p+c'],
  m: ['m', 'm+kept'],
  short: ['dead'],
};
const PROMISED: Readonly<Record<string, Promised>> = { 'p+a': 'strict', 'p+c': 'strict', dead: 'repeats' };
const LARGE_BYTES = 12_000;
const SMALL_BYTES = 300;

/** One server's clients and what they know over all its lives. */
export class World {
  readonly random: Random;
  readonly ledgers = new Map<string, Ledger>();
  /** Items answered with STORED. */
  acknowledged = 0;
  /** Answers nobody should get. */
  readonly surprises: string[] = [];
  /** Of a queue that is larger than its memory, and of one that is emptied, over all lives. */
  rotations = 0;
  rewrites = 0;
  #going = false;
  readonly #counters = new Map<string, number>();

  constructor(random: Random) {
    this.random = random;
  }

  begin(): void {
    this.#going = true;
  }
  /** The present life is over: clients stop. */
  end(): void {
    this.#going = false;
  }
  going(): boolean {
    return this.#going;
  }

  ledger(queue: string): Ledger {
    const known = this.ledgers.get(queue);
    if (known !== undefined) return known;
    const fresh = new Ledger(queue, PROMISED[queue]);
    this.ledgers.set(queue, fresh);
    return fresh;
  }

  /** Sets the writer's next item; answers once the server has. */
  async write(client: Client, queue: string, writer: string): Promise<void> {
    const n = (this.#counters.get(writer) ?? 0) + 1;
    this.#counters.set(writer, n);
    const key = `${queue}:${writer}:${n}`;
    const size = this.random.chance(0.02)
      ? this.random.between(SMALL_BYTES, LARGE_BYTES)
      : this.random.between(0, SMALL_BYTES);
    const ledgers = (TARGETS[queue] ?? [queue]).map((target) => this.ledger(target));
    for (const ledger of ledgers) ledger.sent(key);
    const answer = await client.set(queue, `${key} ${'x'.repeat(size)}`);
    if (answer === 'STORED') {
      this.acknowledged += 1;
      for (const ledger of ledgers) ledger.stored(key);
    } else if (this.#going) this.surprises.push(`set ${key}: ${answer}`);
  }

  /** The server was killed. */
  crashed(): void {
    for (const ledger of this.ledgers.values()) ledger.crashed();
  }

  /** Looks at what is left of a queue: `drained` are its items in order. */
  finish(queue: string, drained: readonly string[]): readonly string[] {
    return this.ledger(queue).finish(drained.map(keyOf));
  }
}
