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

/** Bytes that keep nothing but themselves. */
export function copyOf(data: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(data.length);
  data.copy(copy);
  return copy;
}

/** Bytes as a queue may keep them: copied where they would hold on to more than twice their size. */
export function ownBytes(data: Buffer): Buffer {
  return data.length * 2 >= data.buffer.byteLength ? data : Buffer.from(data);
}

/** The same bytes in fewer pieces: small ones are joined up to `most` bytes, since each write costs more than they do. */
export function inBlocks(pieces: readonly Buffer[], most: number): Buffer[] {
  const blocks: Buffer[] = [];
  let from = 0;
  let bytes = 0;
  const end = (until: number): void => {
    const only = until - from === 1 ? pieces[from] : undefined;
    blocks.push(only ?? Buffer.concat(pieces.slice(from, until), bytes));
    from = until;
    bytes = 0;
  };
  for (const [i, { length }] of pieces.entries()) {
    if (i > from && bytes + length > most) end(i);
    bytes += length;
  }
  if (from < pieces.length) end(pieces.length);
  return blocks;
}
