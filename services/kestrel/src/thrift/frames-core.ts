import { LARGE_BYTES } from '../socket/bounds.js';
import { copyOf, Pieces } from '../socket/pieces-core.js';

/** The largest frame taken, bytes: one item of 64 MiB and what is around it. */
export const FRAME_BYTES_MAX = 64 * 1024 * 1024 + 64 * 1024;
const LENGTH_BYTES = 4;
const NOTHING = Buffer.alloc(0);

/** A frame, without its length. `tooLarge`: only what came together with its length; nothing more comes out. */
export interface Frame {
  readonly bytes: Buffer;
  readonly tooLarge: boolean;
}

/**
 * Cuts a stream of bytes into the frames of thrift's framed transport: a length of 4 bytes, big-endian, and as many bytes.
 * `feed` it chunks as they come, then call `next` until it returns null. `broken`: a length that is none.
 * `large`: a large frame is whole, but may not end.
 */
export class FrameParser {
  #chunk: Buffer = NOTHING;
  #at = 0;
  readonly #later: Buffer[] = [];
  #unread = 0;
  /** What is there of the frame, or of its length, that is under way. */
  readonly #held = new Pieces();
  /** The length of the frame under way; null while it is being read. */
  #length: number | null = null;
  #isBroken = false;

  /** Bytes held: those not looked at yet, and those of a frame that is not whole. */
  get buffered(): number {
    return this.#unread + this.#held.length;
  }

  /** A large frame has come in part, or in whole. */
  get largeUnderWay(): boolean {
    return this.#length !== null && this.#length >= LARGE_BYTES;
  }

  feed(chunk: Buffer): void {
    if (this.#isBroken) return;
    this.#later.push(copyOf(chunk));
    this.#unread += chunk.length;
  }

  /** What is fed is copied at once. */
  settle(): void {
    // Nothing is lent.
  }

  next(): Frame | 'broken' | null;
  next(mayEndLarge: boolean): Frame | 'broken' | 'large' | null;
  next(mayEndLarge = true): Frame | 'broken' | 'large' | null {
    if (this.#isBroken) return null;
    this.#length ??= this.#take(LENGTH_BYTES)?.readInt32BE() ?? null;
    if (this.#length === null) return null;
    if (this.#length <= 0) {
      this.#stop();
      return 'broken';
    }
    if (this.#length > FRAME_BYTES_MAX) {
      const bytes = this.#chunk.subarray(this.#at);
      this.#stop();
      return { bytes, tooLarge: true };
    }
    const isWhole = this.#held.length + this.#unread >= this.#length;
    if (isWhole && this.largeUnderWay && !mayEndLarge) return 'large';
    const bytes = this.#take(this.#length);
    if (bytes === null) return null;
    this.#length = null;
    return { bytes, tooLarge: false };
  }

  /** The next `length` bytes, in one piece; null while they are not there. */
  #take(length: number): Buffer | null {
    for (;;) {
      const there = this.#chunk.length - this.#at;
      const missing = length - this.#held.length;
      if (there >= missing) return this.#finish(missing);
      this.#held.append(this.#chunk, this.#at, this.#chunk.length);
      this.#unread -= there;
      const more = this.#later.shift();
      this.#chunk = more ?? NOTHING;
      this.#at = 0;
      if (more === undefined) return null;
    }
  }

  #finish(missing: number): Buffer {
    const from = this.#at;
    this.#at += missing;
    this.#unread -= missing;
    if (this.#held.length === 0) return this.#chunk.subarray(from, this.#at);
    this.#held.append(this.#chunk, from, this.#at);
    return this.#held.take();
  }

  /** Nothing more is looked at. */
  #stop(): void {
    this.#isBroken = true;
    this.#held.drop();
    this.#chunk = NOTHING;
    this.#at = 0;
    this.#later.length = 0;
    this.#unread = 0;
  }
}
