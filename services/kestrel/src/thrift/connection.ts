import type { AcceptClient, Services } from '../services.js';

/** What takes connections of the thrift protocol for one server: open reads belong to the server, not to a connection. */
export function createThriftAcceptor(services: Services): AcceptClient {
  void services;
  return (socket) => {
    socket.destroy();
    return { bytesRead: 0, bytesWritten: 0, shutDown: () => undefined, destroy: () => socket.destroy() };
  };
}
