/** A queue whose `shift` costs nothing: an array with a moving start, compacted now and then. */
export class Fifo<T> {
  private items: T[] = [];
  private start = 0;

  get size(): number {
    return this.items.length - this.start;
  }

  push(item: T): void {
    this.items.push(item);
  }

  /** The oldest, left where it is. */
  head(): T | undefined {
    return this.items[this.start];
  }

  shift(): T | undefined {
    const item = this.items[this.start];
    if (item === undefined) return undefined;
    this.start += 1;
    if (this.start === this.items.length || this.start >= COMPACT_AT) {
      this.items = this.items.slice(this.start);
      this.start = 0;
    }
    return item;
  }

  takeAll(): T[] {
    const rest = this.items.slice(this.start);
    this.items = [];
    this.start = 0;
    return rest;
  }
}

const COMPACT_AT = 1024;
