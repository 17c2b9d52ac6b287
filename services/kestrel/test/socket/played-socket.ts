import { Socket } from 'node:net';

/** As much as one read of a socket brings, bytes. */
export const CHUNK_BYTES = 64 * 1024;

/** A socket whose bytes come when the test says so, and go when it says so. */
export class PlayedSocket extends Socket {
  paused = false;
  written = '';
  left: Buffer;
  /** The client reads nothing: what is written stays here. */
  clogged = false;
  #held = 0;

  constructor(bytes = '') {
    super({ allowHalfOpen: true });
    Object.defineProperty(this, 'writableLength', { get: () => this.#held });
    this.left = Buffer.from(bytes, 'latin1');
  }

  override pause(): this {
    this.paused = true;
    return this;
  }
  override resume(): this {
    this.paused = false;
    return this;
  }
  override write(bytes: Uint8Array | string): boolean {
    this.written += Buffer.from(bytes).toString('latin1');
    if (this.clogged) this.#held += bytes.length;
    return !this.clogged;
  }

  /** The client takes all that there is. */
  drain(): void {
    this.#held = 0;
    this.emit('drain');
  }

  /** As much as one read of a socket brings; false: it is not read now, or there is nothing. */
  arrive(): boolean {
    if (this.paused || this.left.length === 0) return false;
    const chunk = Buffer.from(this.left.subarray(0, CHUNK_BYTES));
    this.left = this.left.subarray(CHUNK_BYTES);
    this.emit('data', chunk);
    return true;
  }
}
