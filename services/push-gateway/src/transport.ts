/** One open connection to a reader, SSE or WebSocket alike: whole events in, bytes out. */
import type { Socket } from 'node:net';
import type { CloseCode } from './errors-core.js';
import type { Wire } from './wire-core.js';

export interface Transport {
  readonly wire: Wire;
  /** Bytes written that the kernel has not taken. */
  readonly pendingBytes: number;
  /** A whole event. Bytes of one tick leave in one system call. */
  write(bytes: Buffer): void;
  /** Hands over what was written in this tick without waiting for its end. */
  flush(): void;
  /** Calls once when nothing is pending any more. */
  onceDrained(listener: () => void): void;
  /** Every `HEARTBEAT_MS`. */
  beat(): void;
  /** Says why, if the reader still reads, and ends; cut after `CLOSE_GRACE_MS`. */
  close(code: CloseCode): void;
  /** At once, without a word. */
  cut(): void;
}

/** How long a reader that was told to go may take to go, ms. */
export const CLOSE_GRACE_MS = 2_000;

/** Gathers the writes of one tick: sockets are corked at the first write and let go together. */
export class Outbox {
  #dirty: Socket[] = [];
  readonly #release = (): void => {
    const sockets = this.#dirty;
    this.#dirty = [];
    for (const socket of sockets) if (socket.writableCorked > 0) socket.uncork();
  };

  write(socket: Socket, bytes: Buffer): void {
    if (socket.writableCorked === 0) {
      socket.cork();
      this.#dirty.push(socket);
      if (this.#dirty.length === 1) process.nextTick(this.#release);
    }
    socket.write(bytes);
  }

  flush(socket: Socket): void {
    if (socket.writableCorked > 0) socket.uncork();
  }
}

/** Cuts a socket that is to end but does not. */
export function cutLater(socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), CLOSE_GRACE_MS);
  socket.once('close', () => clearTimeout(timer));
}
