/** Servers that answer as no healthy one does on demand: a few lines of TCP. */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { staticServerSet } from '@murmur/discovery';
import { createKestrelClient, type KestrelClient, type KestrelClientOptions } from '../src/index.js';

export type Answer = (line: string, socket: Socket) => void;

export interface RudeServer {
  readonly host: string;
  readonly port: number;
  /** Connections it has got up to now. */
  readonly connections: () => number;
}

export interface RudeHouse {
  /** Calls `answer` for every line that comes; payload lines are lines too. */
  serve(answer: Answer, onConnect?: (socket: Socket) => void): Promise<RudeServer>;
  /** A client of these servers with short bounds. */
  connect(
    servers: readonly { host: string; port: number }[],
    bounds?: Partial<KestrelClientOptions>,
  ): KestrelClient;
  close(): Promise<void>;
}

const nothing = (): void => undefined;
export const QUIET = { info: nothing, warn: nothing };

export function rudeHouse(): RudeHouse {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  const clients: KestrelClient[] = [];
  return {
    serve: async (answer, onConnect = nothing) => {
      let connections = 0;
      const server = createServer((socket) => {
        connections += 1;
        sockets.add(socket);
        let rest = '';
        socket.on('error', nothing);
        socket.on('close', () => sockets.delete(socket));
        socket.on('data', (chunk) => {
          const lines = (rest + chunk.toString('latin1')).split('\r\n');
          rest = lines.pop() ?? '';
          for (const line of lines) answer(line, socket);
        });
        onConnect(socket);
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return {
        host: '127.0.0.1',
        port: (server.address() as AddressInfo).port,
        connections: () => connections,
      };
    },
    connect: (endpoints, bounds = {}) => {
      const set = staticServerSet(endpoints.map(({ host, port }) => ({ host, port })));
      const short = { putTimeoutMs: 2_000, replyTimeoutMs: 100, reconnectMinMs: 5, reconnectMaxMs: 20 };
      const client = createKestrelClient({ readSet: set, writeSet: set, log: QUIET, ...short, ...bounds });
      clients.push(client);
      return client;
    },
    close: async () => {
      await Promise.all(clients.splice(0).map((client) => client.close()));
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

/** Stores everything. */
export function polite(stored: string[]): Answer {
  return (line, socket) => {
    if (line === 'version') socket.write('VERSION 1\r\n');
    else if (line === 'status') socket.write('UP\r\n');
    else if (!line.startsWith('set ')) {
      stored.push(line);
      socket.write('STORED\r\n');
    }
  };
}

/** Says who it is, and to everything else the same. */
export function rude(reply: string): Answer {
  return (line, socket) => {
    socket.write(line === 'version' ? 'VERSION 1\r\n' : reply);
  };
}
