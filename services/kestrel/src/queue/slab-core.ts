/** Items of the size of its first that a slab has room for, at most: an item that stays long keeps its neighbours' bytes. */
export const SLAB_ITEMS = 16;
/** Larger items have memory of their own, bytes. */
export const SLAB_ITEM_BYTES_MAX = 4096;
const NOTHING = Buffer.alloc(0);

/**
 * Memory for the items of one queue, several to a piece: V8 spends more on a piece than on the bytes in it. A slab of several is never larger than what was asked
 * for since it began, so what is not used yet is never more than what was.
 */
export class Slab {
  #bytes = NOTHING;
  #used = 0;
  /** Bytes that were asked for since it began. */
  #asked = 0;

  room(bytes: number): Buffer {
    if (bytes > SLAB_ITEM_BYTES_MAX) return Buffer.allocUnsafeSlow(bytes);
    if (this.#used + bytes > this.#bytes.length) {
      this.#bytes = Buffer.allocUnsafeSlow(Math.max(bytes, Math.min(SLAB_ITEMS * bytes, this.#asked)));
      this.#used = 0;
    }
    const room = this.#bytes.subarray(this.#used, this.#used + bytes);
    this.#used += bytes;
    this.#asked += bytes;
    return room;
  }

  /** Begins anew: what it gave away stays with those who have it. */
  letGo(): void {
    this.#bytes = NOTHING;
    this.#used = this.#asked = 0;
  }
}
