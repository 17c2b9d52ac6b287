import type { Socket } from 'node:net';
import { CLOSING_MS, LINGER_MS } from './bounds.js';

/** How long a client is waited for: first until it says something, then until it lets go. */
export class Patience {
  readonly #socket: Socket;
  #timer: NodeJS.Timeout | null = null;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Cuts the connection once `idleMs` answers `timeout` or more; looks again in `ms`. */
  watch(timeout: number, idleMs: () => number, ms = timeout): void {
    this.#timer = setTimeout(() => {
      const idle = idleMs();
      if (idle >= timeout) this.#socket.destroy();
      else this.watch(timeout, idleMs, timeout - idle);
    }, ms).unref();
  }

  /** Watches no more for silence, but cuts a client that does not let go once it has been told everything. */
  letGo(isToldAll: () => boolean): void {
    this.stop();
    this.#timer = setTimeout(() => this.#socket.destroy(), CLOSING_MS).unref();
    // A reply that waits for a slow disk is not the client's fault.
    this.#socket.on('timeout', () => {
      if (isToldAll()) this.#socket.destroy();
      else this.told();
    });
    this.told();
  }

  /** The last reply is out: the client has its whole time from now on. */
  told(): void {
    this.#socket.setTimeout(LINGER_MS);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
