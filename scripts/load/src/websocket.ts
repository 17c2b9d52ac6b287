/** The one file that knows ws: one WebSocket connection. */
import WebSocket from 'ws';

export interface SocketEvents {
  readonly onOpen: () => void;
  readonly onText: (text: string) => void;
  /** Any sign of life, pings too. */
  readonly onAlive: () => void;
  /** Once, for whatever reason; refused connections end here too. */
  readonly onEnd: () => void;
}

const HANDSHAKE_TIMEOUT_MS = 15_000;
const MESSAGE_BYTES_MAX = 1_000_000;

/** Returns the function that closes it. */
export function openWebSocket(url: string, events: SocketEvents): () => void {
  const socket = new WebSocket(url, {
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    maxPayload: MESSAGE_BYTES_MAX,
    perMessageDeflate: false,
  });
  socket.on('open', events.onOpen);
  socket.on('ping', events.onAlive);
  socket.on('message', (data: Buffer) => {
    events.onAlive();
    events.onText(data.toString('utf8'));
  });
  // `close` follows each error.
  socket.on('error', () => undefined);
  socket.on('close', events.onEnd);
  return () => socket.terminate();
}
