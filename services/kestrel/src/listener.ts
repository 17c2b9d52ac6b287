import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { StartError, type Log } from '@murmur/service';
import { native } from './socket/native.js';

/** A port flag with this value: the protocol is not served. */
export const NOT_SERVED = -1;

/** One port that clients connect to, whatever they speak there. */
export class Listener {
  readonly #what: string;
  readonly #server: Server;
  readonly #log: Log;

  /** `what` names it in errors. */
  constructor(what: string, accept: (socket: Socket) => void, log: Log) {
    this.#what = what;
    this.#log = log;
    const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true };
    this.#server = createServer(options, (accepted) => accept(native(accepted)));
  }

  /** The port taken; 0 asks for a free one, and where NOT_SERVED is asked for nothing listens. Rejects with a StartError. */
  listen(port: number, host: string, backlog: number): Promise<number> {
    if (port === NOT_SERVED) return Promise.resolve(NOT_SERVED);
    return new Promise((resolve, reject) => {
      this.#server.once('error', (err) =>
        reject(new StartError(`${this.#what}: cannot listen on ${host}:${port}: ${err.message}`)),
      );
      this.#server.listen({ port, host, backlog }, () => {
        this.#server.removeAllListeners('error');
        this.#server.on('error', (err) =>
          this.#log.warn({ err, listener: this.#what }, 'a connection could not be taken'),
        );
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Takes no more connections; resolves once those it took are closed. */
  close(): Promise<void> {
    if (!this.#server.listening) return Promise.resolve();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
