const SMALLEST = 4;

/** A ring of values that grows and shrinks by halves; both ends in constant time. Takes no memory before its first value. */
export class Deque<T> {
  #slots: (T | undefined)[] = [];
  #head = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  first(): T | undefined {
    return this.#slots[this.#head];
  }

  pushBack(value: T): void {
    if (this.#length === this.#slots.length) this.#resize(Math.max(SMALLEST, this.#length * 2));
    this.#slots[(this.#head + this.#length) & (this.#slots.length - 1)] = value;
    this.#length += 1;
  }

  pushFront(value: T): void {
    if (this.#length === this.#slots.length) this.#resize(Math.max(SMALLEST, this.#length * 2));
    this.#head = (this.#head - 1) & (this.#slots.length - 1);
    this.#slots[this.#head] = value;
    this.#length += 1;
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined;
    const value = this.#slots[this.#head];
    this.#slots[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#slots.length - 1);
    this.#length -= 1;
    if (this.#length * 8 < this.#slots.length && this.#slots.length > SMALLEST)
      this.#resize(this.#slots.length / 2);
    return value;
  }

  /** Keeps those that fit, in order. */
  filter(keep: (value: T) => boolean): void {
    const kept = [...this].filter(keep);
    this.#slots = new Array<T | undefined>(this.#slots.length);
    this.#head = 0;
    this.#length = kept.length;
    kept.forEach((value, index) => (this.#slots[index] = value));
  }

  clear(): void {
    this.#slots = [];
    this.#head = 0;
    this.#length = 0;
  }

  *[Symbol.iterator](): IterableIterator<T> {
    const length = this.#length;
    for (let i = 0; i < length; i += 1) {
      const value = this.#slots[(this.#head + i) & (this.#slots.length - 1)];
      if (value !== undefined) yield value;
    }
  }

  #resize(size: number): void {
    const slots = new Array<T | undefined>(size);
    for (let i = 0; i < this.#length; i += 1) {
      slots[i] = this.#slots[(this.#head + i) & (this.#slots.length - 1)];
    }
    this.#slots = slots;
    this.#head = 0;
  }
}
