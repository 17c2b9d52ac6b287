import type { Socket } from 'node:net';
import type { AcceptClient, ClientConnection, Services } from '../services.js';
import { Channel } from '../socket/channel.js';
import { ThriftReads } from './reads-core.js';
import type { ThriftSpeaker } from './speaker.js';

/**
 * What takes connections of the thrift protocol for one server: open reads belong to the server, not to a connection.
 * Thrift's library is loaded when the first client comes, so a server that has none does without its memory; `load` is for
 * tests. A client that comes while it cannot be loaded is cut off, and the next one tries again.
 */
export function createThriftAcceptor({ hub, log }: Services, load = loadSpeaker): AcceptClient {
  const reads = new ThriftReads(hub.deadlines);
  let loaded: typeof ThriftSpeaker | null = null;
  return (socket, services, access, clientTimeout) => {
    const open = (Speaker: typeof ThriftSpeaker): Channel =>
      new Channel(
        socket,
        services.turn,
        clientTimeout,
        (channel) => new Speaker(channel, services, reads, access),
      );
    if (loaded !== null) return open(loaded);
    const opened = load().then((Speaker) => {
      loaded = Speaker;
      return socket.destroyed ? null : open(Speaker);
    });
    return new EarlyConnection(socket, opened, (err) =>
      log.error({ err }, "thrift's library cannot be loaded; its client is cut off"),
    );
  };
}

async function loadSpeaker(): Promise<typeof ThriftSpeaker> {
  return (await import('./speaker.js')).ThriftSpeaker;
}

/** A connection that came before thrift's library. Its socket is not read until then. */
class EarlyConnection implements ClientConnection {
  readonly #socket: Socket;
  #channel: Channel | null = null;

  constructor(socket: Socket, opened: Promise<Channel | null>, failed: (err: unknown) => void) {
    this.#socket = socket;
    // A broken connection is an ordinary end; `close` follows.
    socket.on('error', () => undefined);
    opened.then(
      (channel) => (this.#channel = channel),
      (err: unknown) => {
        failed(err);
        socket.destroy();
      },
    );
  }

  get bytesRead(): number {
    return this.#channel?.bytesRead ?? 0;
  }
  get bytesWritten(): number {
    return this.#channel?.bytesWritten ?? 0;
  }

  shutDown(now: number): void {
    if (this.#channel === null) this.#socket.destroy();
    else this.#channel.shutDown(now);
  }

  destroy(): void {
    this.#socket.destroy();
  }
}
