/** WebSockets: `ws` shakes hands, parses what clients send and speaks ping, pong and close. Events are raw frames. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';
import { CLOSES, type CloseCode } from './errors-core.js';
import { cutLater, type Outbox, type Transport } from './transport.js';

/** A client's message is a line of JSON, bytes. */
export const CLIENT_FRAME_BYTES_MAX = 4_096;

export interface WsEvents {
  /** A text message. */
  readonly onText: (text: string) => void;
  /** Any frame at all; false: it talks too much. */
  readonly allow: () => boolean;
}

export interface Upgrade {
  readonly req: IncomingMessage;
  readonly socket: Socket;
  readonly head: Buffer;
}

export type AcceptWs = (upgrade: Upgrade, accepted: (transport: WsTransport) => void) => void;

/** The first sub-protocol asked for is echoed: clients put their token there, and fail unless it comes back. */
export function createWsAcceptor(outbox: Outbox): AcceptWs {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    // Compression would cost memory per connection and the shared bytes; frames of ours are small.
    perMessageDeflate: false,
    maxPayload: CLIENT_FRAME_BYTES_MAX,
    handleProtocols: (protocols) => protocols.values().next().value ?? false,
  });
  return ({ req, socket, head }, accepted) => {
    server.handleUpgrade(req, socket, head, (ws) => accepted(new WsTransport(ws, socket, outbox)));
  };
}

export class WsTransport implements Transport {
  readonly wire = 'ws';
  readonly #ws: WebSocket;
  readonly #socket: Socket;
  readonly #outbox: Outbox;
  #answered = true;
  #odd = false;

  constructor(ws: WebSocket, socket: Socket, outbox: Outbox) {
    this.#ws = ws;
    this.#socket = socket;
    this.#outbox = outbox;
  }

  listen(events: WsEvents): void {
    const ws = this.#ws;
    const allowed = (): boolean => {
      if (ws.readyState !== ws.OPEN) return false;
      if (events.allow()) return true;
      this.close('tooManyMessages');
      return false;
    };
    ws.on('message', (data: Buffer, isBinary) => {
      if (!allowed()) return;
      if (isBinary) this.close('binary');
      else events.onText(data.toString('utf8'));
    });
    ws.on('ping', () => void allowed());
    ws.on('pong', () => {
      if (allowed()) this.#answered = true;
    });
    // A protocol error: `ws` has sent the close frame, `close` follows.
    ws.on('error', () => cutLater(this.#socket));
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Buffer): void {
    if (this.#ws.readyState === this.#ws.OPEN) this.#outbox.write(this.#socket, bytes);
  }

  flush(): void {
    this.#outbox.flush(this.#socket);
  }

  onceDrained(listener: () => void): void {
    this.#socket.once('drain', listener);
  }

  /** A ping at every second beat; whoever has not answered the one before is gone. */
  beat(): void {
    this.#odd = !this.#odd;
    if (!this.#odd || this.#ws.readyState !== this.#ws.OPEN) return;
    if (!this.#answered) {
      this.#ws.terminate();
      return;
    }
    this.#answered = false;
    this.#ws.ping();
  }

  close(code: CloseCode): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    this.flush();
    this.#ws.close(CLOSES[code].code, CLOSES[code].reason);
    cutLater(this.#socket);
  }

  cut(): void {
    this.#socket.destroy();
  }
}
