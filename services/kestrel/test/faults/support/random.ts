/** A seeded generator (mulberry32): the same seed makes the same choices. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number in [from, to]. */
  between(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** A generator of its own for something that runs beside this. */
  fork(): Random {
    return new Random(this.between(0, 2 ** 31));
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }
}

/** Runs with a generator whose seed is `KESTREL_SEED` or drawn; a failure names it. */
export async function withRandom(run: (random: Random) => Promise<void>): Promise<void> {
  const seed = Number(process.env['KESTREL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  try {
    await run(new Random(seed));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`KESTREL_SEED=${seed}: ${reason}`, { cause: error });
  }
}
