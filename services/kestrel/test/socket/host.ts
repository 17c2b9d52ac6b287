import type { Socket } from 'node:net';
import { silentLog, type Log } from '@murmur/service';
import { connectWire, onStopAll, waitFor, type Wire } from '@murmur/testkit';
import { Listener } from '../../src/listener.js';
import { Turn } from '../../src/journal/turn.js';
import { TICK_MS } from '../../src/queue/deadlines-core.js';
import type { QueueCore } from '../../src/queue/queue-core.js';
import type { Hub } from '../../src/queue/session-core.js';
import { NO_FIGURES } from '../../src/queue/stats-core.js';
import type { AcceptClient, Access, ClientConnection, Services } from '../../src/services.js';
import { makeHub } from '../hub.js';

const BACKLOG = 511;

/** A protocol on a port, with queues that are in memory only. */
export interface Host {
  readonly port: number;
  readonly hub: Hub;
  readonly connections: ReadonlySet<ClientConnection>;
  /** How often a client has asked for the end of the server. */
  shutdowns: number;
  connect(): Promise<Wire>;
  /** Waits until a queue is as wanted. */
  until(queue: string, wanted: (queue: QueueCore) => boolean): Promise<void>;
}

export interface HostOptions {
  readonly access?: Access;
  readonly clientTimeout?: number;
  readonly log?: Log;
}

/** Serves one protocol on a free port; stopped by `stopAll`. */
export async function startHost(
  protocol: (services: Services) => AcceptClient,
  config: unknown = {},
  { access = { reads: true, writes: true }, clientTimeout, log }: HostOptions = {},
): Promise<Host> {
  const hub = makeHub(config);
  const connections = new Set<ClientConnection>();
  const services = makeServices(hub, () => (host.shutdowns += 1), log);
  const accept = protocol(services);
  const serve = (socket: Socket): void => {
    const connection = accept(socket, services, access, clientTimeout ?? null);
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  };
  const listener = new Listener('host', serve, silentLog());
  const port = await listener.listen(0, '127.0.0.1', BACKLOG);
  const wheel = setInterval(() => hub.deadlines.advance(Date.now()), TICK_MS);
  onStopAll(async () => {
    clearInterval(wheel);
    for (const connection of connections) connection.destroy();
    await listener.close();
  });
  const host: Host = {
    port,
    hub,
    connections,
    shutdowns: 0,
    connect: () => connectWire(port),
    until: async (name, wanted) => {
      const isWanted = (): boolean => {
        const queue = hub.registry.lookup(name)?.queue;
        return queue !== undefined && wanted(queue);
      };
      await waitFor(isWanted, { what: `queue ${name}` });
    },
  };
  return host;
}

/** What a protocol needs of a server, without one. */
export function makeServices(hub: Hub, shutdown: () => void, log: Log = silentLog()): Services {
  return {
    hub,
    turn: new Turn(),
    version: '0.1.0',
    log,
    facts: () => {
      throw new Error('no facts here');
    },
    journalFacts: () => NO_FIGURES,
    reload: () => Promise.resolve(true),
    shutdown,
  };
}
