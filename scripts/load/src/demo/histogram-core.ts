/** Counts values in buckets that grow by 2 %: any number of values in bounded memory, percentiles within 2 %. */

const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);
/** Smaller values count as this. */
const LEAST = 0.1;
/** About 5 hours in ms; larger values count as this. */
const BUCKETS = 960;

export class Histogram {
  readonly #buckets = new Float64Array(BUCKETS);
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  get max(): number {
    return this.#max;
  }

  add(value: number): void {
    const bucket = Math.ceil(Math.log(Math.max(value, LEAST) / LEAST) / LOG_GROWTH);
    const at = Math.min(BUCKETS - 1, bucket);
    this.#buckets[at] = (this.#buckets[at] ?? 0) + 1;
    this.#count += 1;
    this.#max = Math.max(this.#max, value);
  }

  /** The value that `share` (0 to 1) of all values do not exceed; null when there are none. */
  percentile(share: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.max(1, Math.ceil(share * this.#count));
    let seen = 0;
    for (let at = 0; at < BUCKETS; at++) {
      seen += this.#buckets[at] ?? 0;
      if (seen >= rank) return Math.min(this.#max, LEAST * GROWTH ** at);
    }
    return this.#max;
  }
}
