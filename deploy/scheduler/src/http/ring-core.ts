/** Where an event is: the log's position, and which one of that transaction's. */
export interface EventId {
  readonly position: number;
  readonly index: number;
}

export function formatEventId({ position, index }: EventId): string {
  return `${position}.${index}`;
}

/** undefined: it is none of ours. */
export function parseEventId(text: string): EventId | undefined {
  const [, position, index] = /^(\d{1,15})\.(\d{1,9})$/.exec(text) ?? [];
  if (position === undefined || index === undefined) return undefined;
  return { position: Number(position), index: Number(index) };
}

function isAfter(a: EventId, b: EventId): boolean {
  return a.position > b.position || (a.position === b.position && a.index > b.index);
}

/** The newest entries, at most `max`, each with a number that grows by one; readers go through them at their own pace. */
export class Ring<T extends EventId> {
  readonly #max: number;
  readonly #items: T[] = [];
  /** How many slots before the first item of `#items` are gone; removed in bulk, so that dropping one is cheap. */
  #dropped = 0;
  #start = 0;
  /** Everything after it is in the ring; null before the first entry. */
  #coveredFrom: EventId | null = null;

  constructor(max: number) {
    this.#max = max;
  }

  /** Numbers of the oldest entry that is there, and of the next that will be. */
  get first(): number {
    return this.#dropped + this.#start;
  }
  get next(): number {
    return this.#dropped + this.#items.length;
  }

  /** A transaction was committed, whether or not it has entries: from now on nothing is missed. */
  saw(position: number): void {
    this.#coveredFrom ??= { position: position - 1, index: Number.MAX_SAFE_INTEGER };
  }

  push(item: T): void {
    this.saw(item.position);
    this.#items.push(item);
    if (this.next - this.first <= this.#max) return;
    this.#coveredFrom = this.#items[this.#start] ?? this.#coveredFrom;
    this.#start++;
    if (this.#start < this.#max) return;
    this.#dropped += this.#start;
    this.#items.splice(0, this.#start);
    this.#start = 0;
  }

  /** undefined: it is gone, or not there yet. */
  at(number: number): T | undefined {
    return number < this.first ? undefined : this.#items[number - this.#dropped];
  }

  /** The number of the first entry after this id; null when some in between are gone, or the id is from elsewhere. */
  after(id: EventId): number | null {
    if (this.#coveredFrom === null || isAfter(this.#coveredFrom, id)) return null;
    const newest = this.#items.at(-1) ?? this.#coveredFrom;
    if (id.position > newest.position) return null;
    let low = this.first;
    let high = this.next;
    while (low < high) {
      const middle = (low + high) >> 1;
      const item = this.at(middle);
      if (item !== undefined && !isAfter(item, id)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
