const NOTHING = Buffer.alloc(0);
const FIRST_BYTES = 1024;

/**
 * Joins what comes in pieces. It holds at most twice what it was given, however small the pieces are, and copies
 * each byte a bounded number of times. How much it may be given is its caller's business.
 */
export class Pieces {
  #bytes: Buffer = NOTHING;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  append(chunk: Buffer, from: number, to: number): void {
    const length = this.#length + to - from;
    if (length > this.#bytes.length) this.#grow(length);
    chunk.copy(this.#bytes, this.#length, from, to);
    this.#length = length;
  }

  /** All of it; what comes next begins anew. */
  take(): Buffer {
    const whole = this.#bytes.subarray(0, this.#length);
    this.drop();
    return whole;
  }

  drop(): void {
    this.#bytes = NOTHING;
    this.#length = 0;
  }

  #grow(length: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(FIRST_BYTES, length, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Bytes as a queue may keep them: copied where they would hold on to more than twice their size. */
export function ownBytes(data: Buffer): Buffer {
  return data.length * 2 >= data.buffer.byteLength ? data : Buffer.from(data);
}
