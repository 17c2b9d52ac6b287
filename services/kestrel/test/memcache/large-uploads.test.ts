/** Clients with little to say are heard between the pieces of large items, however many of these are on their way. */
import { Socket } from 'node:net';
import { acceptMemcache } from '../../src/memcache/connection.js';
import type { Services } from '../../src/services.js';
import { makeHub } from '../hub.js';
import { makeServices } from '../socket/host.js';

const CHUNK_BYTES = 64 * 1024;
const UPLOADERS = 5;
const ALL = { reads: true, writes: true };

/** A socket whose bytes come when the test says so. */
class PlayedSocket extends Socket {
  paused = false;
  written = '';
  left: Buffer;

  constructor(services: Services, bytes: Buffer) {
    super({ allowHalfOpen: true });
    this.left = bytes;
    acceptMemcache(this, services, ALL, null);
  }

  override pause(): this {
    this.paused = true;
    return this;
  }
  override resume(): this {
    this.paused = false;
    return this;
  }
  override write(bytes: Uint8Array | string): boolean {
    this.written += Buffer.from(bytes).toString('latin1');
    return true;
  }

  /** As much as one read of a socket brings; false: it is not read now, or there is nothing. */
  arrive(): boolean {
    if (this.paused || this.left.length === 0) return false;
    const chunk = Buffer.from(this.left.subarray(0, CHUNK_BYTES));
    this.left = this.left.subarray(CHUNK_BYTES);
    this.emit('data', chunk);
    return true;
  }
}

function start(chunks: number, smallTail: number): { services: Services; large: PlayedSocket[] } {
  const services = makeServices(makeHub({ default: { keepJournal: false } }), () => undefined);
  const data = CHUNK_BYTES * chunks + smallTail;
  const upload = Buffer.from(`set q 0 0 ${data}\r\n${'x'.repeat(data)}\r\n`);
  const large = Array.from({ length: UPLOADERS }, () => new PlayedSocket(services, upload));
  return { services, large };
}

const stored = (socket: PlayedSocket): number => socket.written.split('STORED\r\n').length - 1;
const storedOf = (sockets: readonly PlayedSocket[]): number =>
  sockets.reduce((sum, socket) => sum + stored(socket), 0);

describe('large items that come from several clients at once', () => {
  // The last piece is a whole chunk, less than one, and nothing but a line end.
  it.each([0, 1000, CHUNK_BYTES - 14])(
    'come one piece in a turn, end one in a turn, and small ones in every turn (%d bytes more)',
    (smallTail) => {
      const { services, large } = start(4, smallTail);
      const small = new PlayedSocket(services, Buffer.alloc(0));
      let [turns, pieces] = [0, 0];
      for (; storedOf(large) < UPLOADERS && turns < 1000; turns += 1) {
        const before = storedOf(large);
        const read = large.filter((socket) => socket.arrive()).length;
        // All begin at once: nobody knows yet that their items are large.
        if (turns > 0) expect(read).toBeLessThanOrEqual(1);
        pieces += read;
        small.left = Buffer.from('set q 0 0 5\r\nsmall\r\n');
        expect(small.arrive()).toBe(true);
        services.turn.end();
        expect(stored(small)).toBe(turns + 1);
        expect(storedOf(large) - before).toBeLessThanOrEqual(1);
      }
      expect(large.map(stored)).toEqual(large.map(() => 1));
      expect(turns).toBeLessThanOrEqual(pieces + UPLOADERS);
      expect(services.hub.registry.lookup('q')?.queue.length).toBe(UPLOADERS + turns);
      for (const socket of [...large, small]) socket.destroy();
    },
  );

  it('are stored and answered where the client has closed its side', () => {
    const { services, large } = start(2, 1000);
    for (let turns = 0; storedOf(large) < UPLOADERS && turns < 100; turns += 1) {
      for (const socket of large) if (socket.arrive() && socket.left.length === 0) socket.emit('end');
      services.turn.end();
    }
    expect(large.map(stored)).toEqual(large.map(() => 1));
    for (const socket of large) socket.destroy();
  });

  it('leave the others their turn when one of their clients goes away', () => {
    const { services, large } = start(4, 0);
    const [gone, ...others] = large;
    for (const socket of large) socket.arrive();
    gone?.emit('close');
    for (let turns = 0; storedOf(others) < others.length && turns < 100; turns += 1) {
      services.turn.end();
      for (const socket of others) socket.arrive();
    }
    expect(others.map(stored)).toEqual(others.map(() => 1));
    for (const socket of large) socket.destroy();
  });
});
