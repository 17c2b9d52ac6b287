/** Server-Sent Events, straight on the request's socket: every reader gets the very same bytes. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { CLOSES, type CloseCode } from './errors-core.js';
import { cutLater, type Outbox, type Transport } from './transport.js';
import { SSE_HEAD, SSE_HEARTBEAT, SSE_TOO_SLOW } from './wire-core.js';

/** A stream's client has nothing to say; one that goes on talking is cut, bytes. */
const CHATTER_BYTES_MAX = 4_096;
/** TCP probes a silent peer after this, ms. */
const KEEP_ALIVE_MS = 60_000;

/** Answers the request with a stream. The HTTP parser is out of it from here on: what follows on the socket is no request. */
export function openSse(req: IncomingMessage, outbox: Outbox): SseTransport {
  const { socket } = req;
  let chatter = 0;
  const onData = (bytes: Buffer): void => {
    chatter += bytes.length;
    if (chatter > CHATTER_BYTES_MAX) socket.destroy();
  };
  // The first listener makes Node's HTTP server let go of the handle; then its own listener can go.
  socket.on('data', onData);
  socket.removeAllListeners('data');
  socket.on('data', onData);
  socket.setTimeout(0);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const transport = new SseTransport(socket, outbox);
  transport.write(SSE_HEAD);
  return transport;
}

export class SseTransport implements Transport {
  readonly wire = 'sse';
  readonly #socket: Socket;
  readonly #outbox: Outbox;

  constructor(socket: Socket, outbox: Outbox) {
    this.#socket = socket;
    this.#outbox = outbox;
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Buffer): void {
    if (this.#socket.writable) this.#outbox.write(this.#socket, bytes);
  }

  flush(): void {
    this.#outbox.flush(this.#socket);
  }

  onceDrained(listener: () => void): void {
    this.#socket.once('drain', listener);
  }

  beat(): void {
    this.write(SSE_HEARTBEAT);
  }

  close(code: CloseCode): void {
    if (this.#socket.destroyed) return;
    if (code === 'tooSlow') this.write(SSE_TOO_SLOW);
    else if (code !== 'goingAway') this.write(Buffer.from(`:${CLOSES[code].reason}\n`));
    this.flush();
    this.#socket.end();
    cutLater(this.#socket);
  }

  cut(): void {
    this.#socket.destroy();
  }
}
