import { connect, createServer, type Server, type Socket } from 'node:net';
import { CliError } from './exit-core.js';

/** What names below `localhost` stand for, also where the resolver does not know them. */
const LOOPBACK = '127.0.0.1';

export interface Tunnel {
  close(): void;
}

/** Passes connections to a local port on, as `ssh -L` does. Throws CliError COMMAND_FAILURE when the port is taken. */
export async function openTunnel(local: number, host: string, remote: number): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((near) => {
    const far = connect(remote, /(^|\.)localhost$/.test(host) ? LOOPBACK : host);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new CliError('COMMAND_FAILURE', `-L: cannot listen on port ${local}: ${error.message}`)),
    );
    server.listen(local, LOOPBACK, resolve);
  });
  return {
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
