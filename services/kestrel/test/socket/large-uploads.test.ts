/** Clients with little to say are heard between the pieces of large requests, however many of these are on their way. */
import { waitFor } from '@murmur/testkit';
import { acceptMemcache } from '../../src/memcache/connection.js';
import type { AcceptClient, Services } from '../../src/services.js';
import { acceptText } from '../../src/text/connection.js';
import { createThriftAcceptor } from '../../src/thrift/connection.js';
import { makeHub } from '../hub.js';
import { count, get, put } from '../thrift/bytes.js';
import { doWithoutUuid } from '../thrift/library.js';
import { makeServices } from './host.js';
import { CHUNK_BYTES, PlayedSocket } from './played-socket.js';

doWithoutUuid();

const UPLOADERS = 5;
const ALL = { reads: true, writes: true };

interface Protocol {
  readonly name: string;
  readonly accept: (services: Services) => AcceptClient;
  /** A request that puts an item into q. */
  readonly put: (data: string) => string;
  readonly stored: string;
  /** A read of the queue w that waits. */
  readonly wait: string;
  /** A request that puts an item into w. */
  readonly wake: string;
}

const PROTOCOLS: readonly Protocol[] = [
  {
    name: 'memcache',
    accept: () => acceptMemcache,
    put: (data) => `set q 0 0 ${data.length}\r\n${data}\r\n`,
    stored: 'STORED\r\n',
    wait: 'get w/t=60000\r\n',
    wake: 'set w 0 0 1\r\nx\r\n',
  },
  {
    name: 'text',
    accept: () => acceptText,
    put: (data) => `put q:\n${data}\n\n`,
    stored: '+1\n',
    wait: 'get w 60000\n',
    wake: 'put w:\nx\n\n',
  },
  {
    name: 'thrift',
    accept: createThriftAcceptor,
    put: (data) => put('q', [data]),
    stored: count('put', 1),
    wait: get('w', 1, 60_000),
    wake: put('w', ['x']),
  },
];

/** A request of so many bytes, all in all. */
function requestOf(bytes: number, { put: encode }: Protocol): string {
  let data = bytes;
  while (encode('x'.repeat(data)).length > bytes) data -= 1;
  return encode('x'.repeat(data));
}

/** Clients of one server: a small one, and those with a large request in so many chunks, and one of `last` bytes. */
async function start(protocol: Protocol, chunks: number, last: number) {
  const services = makeServices(makeHub({ default: { keepJournal: false } }), () => undefined);
  const accept = protocol.accept(services);
  const small = new PlayedSocket();
  accept(small, services, ALL, null);
  // Thrift's library is loaded for the first client; all others are listened to at once.
  await waitFor(() => small.listenerCount('data') > 0, { what: 'the first client to be listened to' });
  const upload = requestOf(CHUNK_BYTES * chunks + last, protocol);
  const large = Array.from({ length: UPLOADERS }, () => new PlayedSocket(upload));
  for (const socket of large) accept(socket, services, ALL, null);
  const stored = (socket: PlayedSocket): number => socket.written.split(protocol.stored).length - 1;
  const storedOf = (sockets: readonly PlayedSocket[]): number =>
    sockets.reduce((sum, socket) => sum + stored(socket), 0);
  const destroy = (): void => {
    for (const socket of [...large, small]) socket.destroy();
  };
  return { services, small, large, stored, storedOf, destroy };
}

describe.each(PROTOCOLS)('large requests that come from several clients of $name at once', (protocol) => {
  // The last piece is a whole chunk, less than one, nothing but a line end, and half of one.
  it.each([CHUNK_BYTES, 1000, 2, 1])(
    'come one piece in a turn, end one in a turn, and small ones in every turn (last piece: %d bytes)',
    async (last) => {
      const { services, small, large, stored, storedOf, destroy } = await start(protocol, 4, last);
      let [turns, pieces] = [0, 0];
      for (; storedOf(large) < UPLOADERS && turns < 1000; turns += 1) {
        const before = storedOf(large);
        const read = large.filter((socket) => socket.arrive()).length;
        // All begin at once: nobody knows yet that their items are large.
        if (turns > 0) expect(read).toBeLessThanOrEqual(1);
        pieces += read;
        small.left = Buffer.from(protocol.put('small'), 'latin1');
        expect(small.arrive()).toBe(true);
        services.turn.end();
        expect(stored(small)).toBe(turns + 1);
        expect(storedOf(large) - before).toBeLessThanOrEqual(1);
      }
      expect(large.map(stored)).toEqual(large.map(() => 1));
      expect(turns).toBeLessThanOrEqual(pieces + UPLOADERS);
      expect(services.hub.registry.lookup('q')?.queue.length).toBe(UPLOADERS + turns);
      destroy();
    },
  );

  it('end one in a turn where they are whole since long, behind a read that waits', async () => {
    const { services, small, large, stored, destroy } = await start(protocol, 1, 100);
    const [first] = large;
    if (first === undefined) throw new Error('no clients');
    const ahead = 3;
    first.left = Buffer.from(protocol.wait + first.left.toString('latin1').repeat(ahead), 'latin1');
    while (first.arrive()) services.turn.end();
    expect(first.left).toHaveLength(0);
    expect(stored(first)).toBe(0);
    small.left = Buffer.from(protocol.wake, 'latin1');
    small.arrive();
    let turns = 0;
    for (; stored(first) < ahead && turns < 100; turns += 1) {
      const before = stored(first);
      services.turn.end();
      expect(stored(first) - before).toBeLessThanOrEqual(1);
    }
    expect(stored(first)).toBe(ahead);
    expect(services.hub.registry.lookup('q')?.queue.length).toBe(ahead);
    destroy();
  });

  it('are stored and answered where the client has closed its side', async () => {
    const { services, large, stored, storedOf, destroy } = await start(protocol, 2, 1000);
    for (let turns = 0; storedOf(large) < UPLOADERS && turns < 100; turns += 1) {
      for (const socket of large) if (socket.arrive() && socket.left.length === 0) socket.emit('end');
      services.turn.end();
    }
    expect(large.map(stored)).toEqual(large.map(() => 1));
    destroy();
  });

  it('leave the others their turn when one of their clients goes away', async () => {
    const { services, large, stored, storedOf, destroy } = await start(protocol, 4, 0);
    const [gone, ...others] = large;
    for (const socket of large) socket.arrive();
    gone?.emit('close');
    // No turn is lost on the one that is gone.
    for (let turns = 0; turns < others.length; turns += 1) {
      services.turn.end();
      expect(others.filter((socket) => socket.arrive())).toHaveLength(1);
    }
    for (let turns = 0; storedOf(others) < others.length && turns < 100; turns += 1) {
      services.turn.end();
      for (const socket of others) socket.arrive();
    }
    expect(others.map(stored)).toEqual(others.map(() => 1));
    destroy();
  });
});
