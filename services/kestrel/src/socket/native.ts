import { writeSync } from 'node:fs';
import { Socket, type OnReadOpts, type SocketConstructorOpts } from 'node:net';
import { TURN_BYTES } from './bounds.js';

/** What every connection is read into, one after the other: what came is seen to before the next is read. */
const SHARED = Buffer.allocUnsafeSlow(TURN_BYTES);
/** The beginning of SHARED that was handed over last. */
let lent = SHARED;

/**
 * What Node.js keeps at a socket (its `lib/net.js`), and no documentation names: this file is the only one that knows of it. Where a Node.js does not
 * have it, the socket that was accepted is used as it is, and costs more.
 */
interface Insides {
  _handle?: Handle | null;
  _server?: unknown;
}
interface Handle {
  readonly fd: number;
}
const insides = (socket: Socket) => socket as Insides;

/**
 * A connection that is read into `SHARED`, and written without objects of its own. A socket as a server makes it gets 64 KiB for each read, which are cut
 * down to what came, and makes and forgets an object for each write: an eighth of all that the server does for messages of a kilobyte.
 */
class NativeSocket extends Socket {
  onBytes: (chunk: Buffer) => void = () => undefined;
  readonly #fd: number;

  constructor(handle: Handle) {
    const onread: OnReadOpts = {
      buffer: SHARED,
      callback: (length) => {
        // A client's requests are mostly of one length.
        if (lent.length !== length) lent = SHARED.subarray(0, length);
        this.onBytes(lent);
        return true;
      },
    };
    // Nothing is read before somebody listens.
    super({ allowHalfOpen: true, pauseOnCreate: true, onread, handle } as SocketConstructorOpts);
    this.#fd = handle.fd;
  }

  /** What waits goes first. Without its handle it has closed its file, whose number may be another's by now. */
  writeNow(bytes: Buffer): number {
    if (this.writableLength > 0 || this.writableEnded || insides(this)._handle === null) return 0;
    try {
      return writeSync(this.#fd, bytes);
    } catch {
      return 0;
    }
  }
}

/** The same connection, closer to the system. `accepted`, of a server with `pauseOnConnect`, is not to be used any more. */
export function native(accepted: Socket): Socket {
  const from = insides(accepted);
  const { _handle: handle, _server: server } = from;
  if (typeof handle?.fd !== 'number' || typeof server !== 'object') return accepted;
  const socket = new NativeSocket(handle);
  // The server counts its connections by their end.
  insides(socket)._server = server;
  from._server = from._handle = null;
  return socket;
}

/** Hands over what comes, at most `TURN_BYTES` at once, which hold other bytes once `onBytes` has returned. `pause` and `resume` hold from then on. */
export function readInto(socket: Socket, onBytes: (chunk: Buffer) => void): void {
  if (socket instanceof NativeSocket) socket.onBytes = onBytes;
  else socket.on('data', onBytes);
  socket.resume();
}

/**
 * How many of the bytes the system took at once. The rest is for `socket.write`, which also tells what is wrong with the
 * connection.
 */
export function writeNow(socket: Socket, bytes: Buffer): number {
  return socket instanceof NativeSocket ? socket.writeNow(bytes) : 0;
}
