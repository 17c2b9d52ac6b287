import type { Socket } from 'node:net';
import type { AcceptClient, ClientConnection, Services } from '../services.js';
import { Channel } from '../socket/channel.js';
import { ThriftReads } from './reads-core.js';
import type { ThriftSpeaker } from './speaker.js';

/**
 * What takes connections of the thrift protocol for one server: open reads belong to the server, not to a connection.
 * Thrift's library is loaded when the first client comes, so a server that has none does without its memory.
 */
export function createThriftAcceptor({ hub }: Services): AcceptClient {
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
    const opened = import('./speaker.js').then((module) => {
      loaded = module.ThriftSpeaker;
      return socket.destroyed ? null : open(loaded);
    });
    return new EarlyConnection(socket, opened);
  };
}

/** A connection that came before thrift's library. Its socket is not read until then. */
class EarlyConnection implements ClientConnection {
  readonly #socket: Socket;
  #channel: Channel | null = null;

  constructor(socket: Socket, opened: Promise<Channel | null>) {
    this.#socket = socket;
    // A broken connection is an ordinary end; `close` follows.
    socket.on('error', () => undefined);
    opened.then(
      (channel) => (this.#channel = channel),
      () => socket.destroy(),
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
