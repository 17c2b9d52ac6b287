import type { Socket } from 'node:net';

/** A server that is just starting may take a connection and never answer the handshake: another try after this, ms. */
const HANDSHAKE_MS = 2_000;
const CLOSE_MS = 1_000;
const ZXID_BYTES = 8;

/**
 * What we need of node-zookeeper-client's connection beyond its types. It has no read time-out (a silent server is never noticed), and it keeps
 * half a packet of a dead connection for the next one. It also repeats the newest transaction it saw; a ZooKeeper that lost its data refuses such
 * a client for ever, instead of telling it that its session is over. Nobody here trusts what was read before a reconnect.
 */
export interface Connection {
  socket?: Socket;
  pendingBuffer: Buffer | null;
  zxid: Buffer;
  state: number;
  findNextServer: (found: (server: unknown) => void) => void;
}

/** The client's own number for a connection that is being closed: it does not connect again after that. */
const CLOSING = -1;

/** The next connection begins with nothing of this one. */
export function forgetConnection(manager: Connection): void {
  manager.pendingBuffer = null;
  manager.zxid = Buffer.alloc(ZXID_BYTES);
}

/**
 * Gives the check that destroys a connection without life: connected and silent, or stuck in its handshake. With an
 * error, because only then does the client clear its connect timer, which would hit the next connection.
 */
export function silenceWatch(
  manager: Connection,
  limitMs: () => number,
): (heardAt: number | null, now: number) => void {
  let seen: Socket | undefined;
  let since = 0;
  return (heardAt, now) => {
    if (manager.socket !== seen) {
      seen = manager.socket;
      since = now;
    }
    const limit = heardAt === null ? Math.min(HANDSHAKE_MS, limitMs()) : limitMs();
    if (now - Math.max(since, heardAt ?? 0) > limit)
      manager.socket?.destroy(new Error('ZooKeeper is silent'));
  };
}

/** The client picks a server later than it is told to connect, and would open a connection after it was closed. */
export function noSocketOnceOver(manager: Connection, over: () => boolean): void {
  const find = manager.findNextServer.bind(manager);
  manager.findNextServer = (found) => {
    find((server) => {
      if (!over()) found(server);
    });
  };
}

/**
 * A polite end removes our ephemeral nodes at once; without an answer the session's time-out does. While there is no
 * session there is nobody to be polite to: the client itself would write to a socket that it may not have.
 */
export async function closeClient(
  client: { close(): void },
  manager: Connection,
  polite: boolean,
): Promise<void> {
  const { socket } = manager;
  if (!polite || socket === undefined) manager.state = CLOSING;
  else {
    client.close();
    if (!socket.closed) await ended(socket);
  }
  manager.socket?.destroy(new Error('closed'));
}

function ended(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, CLOSE_MS);
    socket.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
