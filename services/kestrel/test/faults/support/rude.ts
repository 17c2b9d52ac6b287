import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { onStopAll } from '@murmur/testkit';
import type { Client } from './client.js';

/** A connection without manners: nothing is read unless somebody listens. */
export function connectRude(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.pause();
  onStopAll(() => {
    socket.destroy();
    return Promise.resolve();
  });
  return new Promise((resolve, reject) => {
    socket.once('connect', () => {
      // Whatever the server does to it is all right.
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

export const crowd = (port: number, count: number): Promise<Socket[]> =>
  Promise.all(Array.from({ length: count }, () => connectRude(port)));

/** Writes the same bytes again and again until the other side takes no more, has gone, or has taken `bytesMax`. */
export async function pour(socket: Socket, bytes: Buffer, bytesMax: number): Promise<number> {
  const STALLED_MS = 500;
  let poured = 0;
  while (poured < bytesMax && socket.writable) {
    poured += bytes.length;
    if (socket.write(bytes)) continue;
    const drained = new Promise<true>((resolve) => socket.once('drain', () => resolve(true)));
    const gone = new Promise<false>((resolve) => socket.once('close', () => resolve(false)));
    if (!(await Promise.race([drained, gone, sleep(STALLED_MS, false as const)]))) break;
  }
  return poured;
}

/** The socket is closed by the other side, whatever it says before. Answers what it said. */
export function farewell(socket: Socket): Promise<string> {
  let said = '';
  return new Promise((resolve) => {
    socket.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
    socket.once('close', () => resolve(said));
    socket.resume();
  });
}

/** A client that goes on as ever while others misbehave; each of its requests must be answered as it should. */
export class GoodClient {
  rounds = 0;
  readonly #client: Client;
  readonly #done: Promise<void>;
  #going = true;

  constructor(client: Client, queue: string) {
    this.#client = client;
    this.#done = this.#work(queue);
    // A failure is told by `stop`.
    this.#done.catch(() => undefined);
  }

  async #work(queue: string): Promise<void> {
    while (this.#going) {
      const data = `good ${this.rounds}`;
      const answer = await this.#client.set(queue, data);
      const item = await this.#client.get(queue);
      if (answer !== 'STORED' || item !== data) throw new Error(`${data}: ${answer}, ${String(item)}`);
      this.rounds += 1;
      await sleep(1);
    }
  }

  async stop(): Promise<void> {
    this.#going = false;
    await this.#done;
    this.#client.close();
  }
}
