import { createServer, connect } from 'node:net';

/**
 * Ports are taken from below Linux's ephemeral range (32768 up): a port there may be handed to somebody's outgoing
 * connection while its server is down, and then the server could not come back to it.
 */
const LOWEST = 15_000;
const HIGHEST = 31_999;
const TRIES = 100;

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST + 1));
    if (await canListen(port)) return port;
  }
  throw new Error(
    `no free port among ${String(TRIES)} tried between ${String(LOWEST)} and ${String(HIGHEST)}`,
  );
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

const CONNECT_MS = 1_000;

/**
 * Connects, sends `question` (if any) and resolves with the first bytes of the answer as text; with '' at once when
 * nothing is asked. Rejects when refused or silent for a second.
 */
export function ask(port: number, question = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const finish = (settle: () => void): void => {
      socket.destroy();
      settle();
    };
    socket.setTimeout(CONNECT_MS, () => {
      finish(() => {
        reject(new Error(`no answer from port ${String(port)}`));
      });
    });
    socket.once('error', (error) => {
      finish(() => {
        reject(error);
      });
    });
    socket.once('connect', () => {
      if (question === '')
        finish(() => {
          resolve('');
        });
      else socket.write(question);
    });
    socket.once('data', (bytes) => {
      finish(() => {
        resolve(bytes.toString('latin1'));
      });
    });
    socket.once('end', () => {
      finish(() => {
        reject(new Error(`port ${String(port)} closed without an answer`));
      });
    });
  });
}
