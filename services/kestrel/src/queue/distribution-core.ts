/** Values below this have a bucket each; above, each power of two has this many: a value is known to a 32nd part. */
const STEPS = 16;
const STEP_BITS = 4;
const VALUE_MAX = 2 ** 31 - 1;
/** Buckets come in portions, those between the smallest and the largest value: most distributions need only a few. */
const PORTION = 16;

/** What a distribution says about the values it was given. */
export interface Summary {
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly sum: number;
  readonly average: number;
  readonly p50: number;
  readonly p90: number;
  readonly p95: number;
  readonly p99: number;
  readonly p999: number;
  readonly p9999: number;
}

/**
 * How often which values came, in buckets that grow with the value. Takes whole numbers from 0 to 2^31-1; others
 * are rounded or taken as the nearest of these. Memory: eight bytes per bucket from that of the smallest value to that of the largest, 3.6 KB at the most.
 */
export class Distribution {
  #buckets: number[] = [];
  /** Which bucket is the first of these. */
  #from = 0;
  #count = 0;
  #sum = 0;
  #minimum = VALUE_MAX;
  #maximum = 0;

  get count(): number {
    return this.#count;
  }

  add(value: number): void {
    const whole = value > 0 ? Math.min(Math.round(value), VALUE_MAX) : 0;
    this.#addTo(bucketOf(whole), 1);
    this.#count += 1;
    this.#sum += whole;
    if (whole < this.#minimum) this.#minimum = whole;
    if (whole > this.#maximum) this.#maximum = whole;
  }

  /** Takes over all values of another one. */
  addAll(other: Distribution): void {
    if (other.#count === 0) return;
    for (const [index, count] of other.#filled()) this.#addTo(index, count);
    this.#count += other.#count;
    this.#sum += other.#sum;
    this.#minimum = Math.min(this.#minimum, other.#minimum);
    this.#maximum = Math.max(this.#maximum, other.#maximum);
  }

  /** As it is now; what comes later does not change it. */
  copy(): Distribution {
    const copy = new Distribution();
    copy.addAll(this);
    return copy;
  }

  /** What came since `earlier`, a copy of this one. Its smallest and largest value are known to their bucket only. */
  since(earlier: Distribution): Distribution {
    const since = new Distribution();
    for (const [index, count] of this.#filled()) {
      const more = count - (earlier.#buckets[index - earlier.#from] ?? 0);
      if (more <= 0) continue;
      since.#addTo(index, more);
      since.#count += more;
      since.#minimum = Math.min(since.#minimum, Math.max(this.#minimum, lowest(index)));
      since.#maximum = Math.min(this.#maximum, lowest(index + 1) - 1);
    }
    since.#sum = since.#count === 0 ? 0 : this.#sum - earlier.#sum;
    return since;
  }

  /** The value that `part` (0 to 1) of all values do not exceed, to a 32nd part; 0 where there are none. */
  percentile(part: number): number {
    if (this.#count === 0) return 0;
    let left = Math.ceil(part * this.#count);
    let index = this.#from;
    for (const [bucket, count] of this.#filled()) {
      index = bucket;
      left -= count;
      if (left <= 0) break;
    }
    const middle = Math.floor((lowest(index) + lowest(index + 1) - 1) / 2);
    return Math.max(this.#minimum, Math.min(this.#maximum, middle));
  }

  summary(): Summary {
    const empty = this.#count === 0;
    return {
      count: this.#count,
      minimum: empty ? 0 : this.#minimum,
      maximum: this.#maximum,
      sum: this.#sum,
      average: empty ? 0 : Math.floor(this.#sum / this.#count),
      p50: this.percentile(0.5),
      p90: this.percentile(0.9),
      p95: this.percentile(0.95),
      p99: this.percentile(0.99),
      p999: this.percentile(0.999),
      p9999: this.percentile(0.9999),
    };
  }

  #addTo(index: number, count: number): void {
    const at = index - this.#from;
    const before = this.#buckets[at];
    if (before === undefined) {
      this.#widen(index);
      this.#addTo(index, count);
    } else this.#buckets[at] = before + count;
  }

  #widen(index: number): void {
    const from = index - (index % PORTION);
    if (this.#buckets.length === 0) {
      this.#from = from;
      this.#buckets = zeros(PORTION);
    } else if (from < this.#from) {
      this.#buckets = [...zeros(this.#from - from), ...this.#buckets];
      this.#from = from;
    } else this.#buckets.push(...zeros(from + PORTION - this.#from - this.#buckets.length));
  }

  *#filled(): IterableIterator<[index: number, count: number]> {
    for (const [at, count] of this.#buckets.entries()) if (count > 0) yield [this.#from + at, count];
  }
}

function zeros(length: number): number[] {
  return new Array<number>(length).fill(0);
}

function bucketOf(value: number): number {
  if (value < STEPS) return value;
  const shift = 31 - Math.clz32(value) - STEP_BITS;
  return shift * STEPS + (value >> shift);
}

/** The smallest value of a bucket. */
function lowest(index: number): number {
  if (index < STEPS) return index;
  const shift = Math.floor(index / STEPS) - 1;
  return ((index % STEPS) + STEPS) * 2 ** shift;
}
