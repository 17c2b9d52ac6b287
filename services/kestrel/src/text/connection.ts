import type { Socket } from 'node:net';
import type { AcceptClient, ClientConnection } from '../services.js';

/** Takes a connection of the text protocol. */
export const acceptText: AcceptClient = (socket) => closeAtOnce(socket);

function closeAtOnce(socket: Socket): ClientConnection {
  socket.destroy();
  return { bytesRead: 0, bytesWritten: 0, shutDown: () => undefined, destroy: () => socket.destroy() };
}
