import type { AcceptClient, Services } from '../services.js';
import { Channel } from '../socket/channel.js';
import { ThriftReads } from './reads-core.js';
import { ThriftSpeaker } from './speaker.js';

/** What takes connections of the thrift protocol for one server: open reads belong to the server, not to a connection. */
export function createThriftAcceptor({ hub }: Services): AcceptClient {
  const reads = new ThriftReads(hub.deadlines);
  return (socket, services, access, clientTimeout) =>
    new Channel(
      socket,
      services.turn,
      clientTimeout,
      (channel) => new ThriftSpeaker(channel, services, reads, access),
    );
}
