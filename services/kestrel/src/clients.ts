import type { Socket } from 'node:net';
import type { Log } from '@murmur/service';
import type { AcceptClient, Access, ClientConnection, Services } from './services.js';

export const PROTOCOLS = ['memcache', 'text', 'thrift'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

/** What the config says about connections; asked at each that comes, so that a reload holds for the next. */
export interface ClientLimits {
  readonly maxConnections: number;
  readonly clientTimeout: number | null;
  readonly connectionLimitRefuseReads: number | null;
  readonly connectionLimitRefuseWrites: number | null;
  readonly enableSessionTrace: boolean;
}

/** All connections of a server, whatever they speak. */
export class Clients {
  /** Connections taken since the start. */
  total = 0;
  readonly #limits: () => ClientLimits;
  readonly #log: Log;
  readonly #open = new Set<ClientConnection>();
  readonly #counts: Record<Protocol, number> = { memcache: 0, text: 0, thrift: 0 };
  /** Of connections that are gone. */
  #bytesRead = 0;
  #bytesWritten = 0;

  constructor(limits: () => ClientLimits, log: Log) {
    this.#limits = limits;
    this.#log = log;
  }

  get size(): number {
    return this.#open.size;
  }
  /** Connections open, by protocol. */
  get counts(): Readonly<Record<Protocol, number>> {
    return this.#counts;
  }

  /** Bytes of all connections since the start. */
  traffic(): { read: number; written: number } {
    let read = this.#bytesRead;
    let written = this.#bytesWritten;
    for (const client of this.#open) {
      read += client.bytesRead;
      written += client.bytesWritten;
    }
    return { read, written };
  }

  /** Takes a connection with the rights it has for its whole life, or closes it: one more than `maxConnections`. */
  take(protocol: Protocol, accept: AcceptClient, socket: Socket, services: Services): void {
    const limits = this.#limits();
    if (this.#open.size >= limits.maxConnections) {
      socket.destroy();
      return;
    }
    this.total += 1;
    const client = accept(socket, services, this.#accessOfNext(limits), limits.clientTimeout);
    this.#open.add(client);
    this.#counts[protocol] += 1;
    // Asking for the address costs a system call, so only who wants to know does.
    const session = limits.enableSessionTrace
      ? this.#log.child({ protocol, client: `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? '?'}` })
      : null;
    session?.info({ connections: this.#open.size }, 'a client has come');
    socket.once('close', () => {
      this.#open.delete(client);
      this.#counts[protocol] -= 1;
      const { bytesRead, bytesWritten } = client;
      this.#bytesRead += bytesRead;
      this.#bytesWritten += bytesWritten;
      session?.info({ bytesRead, bytesWritten }, 'a client has gone');
    });
  }

  /** Answers what waits, and lets each go once its replies are out. */
  shutDown(now: number): void {
    for (const client of this.#open) client.shutDown(now);
  }

  destroy(): void {
    for (const client of this.#open) client.destroy();
  }

  #accessOfNext({ connectionLimitRefuseReads, connectionLimitRefuseWrites }: ClientLimits): Access {
    const open = this.#open.size + 1;
    return {
      reads: connectionLimitRefuseReads === null || open <= connectionLimitRefuseReads,
      writes: connectionLimitRefuseWrites === null || open <= connectionLimitRefuseWrites,
    };
  }
}
