/** What neither side may do: hold more than its bounds say. */
import { jest } from '@jest/globals';
import type { Socket } from 'node:net';
import { waitFor } from '@murmur/testkit';
import { boundsOf, GATHER_BYTES_MAX, READ_AHEAD_BYTES_MAX, READY_WAITERS_MAX } from '../src/defaults.js';
import { KestrelOverloaded } from '../src/index.js';
import { PutLink, type Put } from '../src/put-link.js';
import { polite, QUIET, rudeHouse, type Answer } from './rude.js';

const MIB = 1024 * 1024;
/** What both kernels' socket buffers may hold of one connection, with some to spare. */
const KERNEL_BYTES = 24 * MIB;

jest.setTimeout(60_000);

describe('backpressure', () => {
  const house = rudeHouse();

  afterEach(() => house.close());

  it('lets a bulk producer put as fast as servers take it, with no more in flight than its bound', async () => {
    const stored: string[] = [];
    const client = house.connect([await house.serve(polite(stored)), await house.serve(polite(stored))], {
      inFlightMax: 50,
      replyTimeoutMs: 10_000,
      putTimeoutMs: 30_000,
    });
    let inFlight = 0;
    let most = 0;
    const puts: Promise<void>[] = [];
    for (let i = 0; i < 5000; i++) {
      await client.ready(8);
      most = Math.max(most, (inFlight += 1));
      puts.push(client.put('q', Buffer.from(`item-${i}`)).finally(() => (inFlight -= 1)));
    }
    await expect(Promise.all(puts)).resolves.toHaveLength(5000);
    expect(most).toBeLessThanOrEqual(50);
    expect(most).toBeGreaterThan(10);
    expect(new Set(stored).size).toBe(5000);
  });

  it('lets many callers in one after the other, and none is told that there is too much', async () => {
    const stored: string[] = [];
    const client = house.connect([await house.serve(polite(stored))], {
      inFlightMax: 3,
      inFlightBytesMax: 200,
      replyTimeoutMs: 10_000,
      putTimeoutMs: 30_000,
    });
    const order: number[] = [];
    const one = async (i: number): Promise<void> => {
      await client.ready(40);
      order.push(i);
      await client.put('q', Buffer.alloc(40, 'x'));
    };
    await Promise.all(Array.from({ length: 300 }, (_, i) => one(i)));
    expect(stored).toHaveLength(300);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it('lets a put that is larger than all bounds wait no longer than for an empty client', async () => {
    const client = house.connect([await house.serve(polite([]))], { inFlightBytesMax: 100 });
    const first = client.put('q', Buffer.alloc(50, 'x'));
    await client.ready(1000);
    await first;
    await expect(client.put('q', Buffer.alloc(1000))).rejects.toBeInstanceOf(KestrelOverloaded);
  });

  it('lets only so many wait, and tells them when the client is closed', async () => {
    const client = house.connect([await house.serve(() => undefined)], {
      inFlightMax: 1,
      putTimeoutMs: 500,
    });
    const put = client.put('q', Buffer.from('x')).catch((error: unknown) => error);
    const waiting = Array.from({ length: READY_WAITERS_MAX }, () =>
      client.ready().then(
        () => 'ready',
        (error: unknown) => (error as { code: string }).code,
      ),
    );
    await expect(client.ready()).rejects.toBeInstanceOf(KestrelOverloaded);
    await Promise.all([client.close(), client.close()]);
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(['closed']));
    expect(await put).toMatchObject({ code: 'unavailable' });
    await expect(client.ready()).rejects.toMatchObject({ code: 'closed' });
  });

  it('gives a server that does not read no more than one write, and more once it has read', async () => {
    let socket: Socket | null = null;
    const deaf = await house.serve((_line, to) => {
      socket = to;
      to.write('VERSION 1\r\n');
      to.pause();
    });
    let room = 0;
    const nothing = (): void => undefined;
    const link: PutLink<Put> = new PutLink<Put>(deaf, boundsOf({ replyTimeoutMs: 60_000 }), QUIET, {
      onRoom: () => {
        room += 1;
      },
      onStored: nothing,
      onRefused: nothing,
      onLost: nothing,
      onLate: () => false,
    });
    await waitFor(() => room === 1, { what: 'the connection' });
    let bytes = 0;
    // Turn by turn until its socket holds enough for good.
    for (let idle = 0; idle < 50;) {
      if (link.fitness(performance.now()) === 'good') {
        idle = 0;
        const request = Buffer.alloc(GATHER_BYTES_MAX / 4);
        bytes += request.length;
        link.send({ request, sentAtMs: 0 }, performance.now());
      } else idle += 1;
      await new Promise(setImmediate);
    }
    expect(bytes).toBeLessThan(KERNEL_BYTES + GATHER_BYTES_MAX);
    const before = room;
    (socket as Socket | null)?.resume();
    await waitFor(() => room > before, { what: 'room' });
    link.close();
  });

  it('parks what no socket has room for, in order, and stores all of it when there is', async () => {
    const stored: string[] = [];
    const welcome = polite(stored);
    let deafFor = 300;
    const client = house.connect(
      [
        await house.serve((line, socket) => {
          welcome(line, socket);
          if (deafFor === 0) return;
          socket.pause();
          setTimeout(() => socket.resume(), deafFor);
          deafFor = 0;
        }),
      ],
      { replyTimeoutMs: 10_000, putTimeoutMs: 30_000 },
    );
    const text = (i: number): string => `${i}-`.padEnd(4000, 'x');
    await Promise.all(Array.from({ length: 5000 }, (_, i) => client.put('q', Buffer.from(text(i)))));
    expect(stored.map((line) => line.split('-')[0])).toEqual(Array.from({ length: 5000 }, (_, i) => `${i}`));
  });

  const monitors =
    (send: (max: number, socket: Socket) => void): Answer =>
    (line, socket) => {
      const [verb, , , max] = line.split(' ');
      if (verb === 'version') socket.write('VERSION 1\r\n');
      if (verb === 'confirm') socket.write('END\r\n');
      if (verb === 'monitor') send(Number(max), socket);
    };
  const item = (bytes: number): Buffer =>
    Buffer.concat([
      Buffer.from(`VALUE q 0 ${bytes}\r\n`),
      Buffer.alloc(bytes, 'x'),
      Buffer.from('\r\nEND\r\n'),
    ]);

  it('takes no more items than it asked for from a server that sends more', async () => {
    const rude = await house.serve(
      monitors((_max, socket) => {
        socket.write(Buffer.concat(Array.from({ length: 1000 }, () => item(10))));
      }),
    );
    const client = house.connect([rude]);
    const sizes: number[] = [];
    client.consume({
      queue: 'q',
      batchMax: 10,
      monitorMs: 1000,
      retryDelayMs: 5,
      handle: (batch) => {
        sizes.push(batch.length);
        return Promise.resolve();
      },
    });
    await waitFor(() => rude.connections() >= 4, { what: 'the client to hang up on it' });
    expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(10);
  });

  it('does not read on while a busy handler has enough before it', async () => {
    let sent = 0;
    const generous = await house.serve(
      monitors((max, socket) => {
        const until = sent + max;
        const next = (): void => {
          if (sent === until) socket.write('END\r\n');
          else if (sent < 100) socket.write(item(MIB), next);
          sent += 1;
        };
        next();
      }),
    );
    const client = house.connect([generous], { replyTimeoutMs: 10_000 });
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    let handled = 0;
    client.consume({
      queue: 'q',
      batchMax: 200,
      monitorMs: 1000,
      retryDelayMs: 5,
      handle: async (batch) => {
        await held;
        handled += batch.length;
      },
    });
    await waitFor(() => sent * MIB > READ_AHEAD_BYTES_MAX, { what: 'the first items' });
    // Long enough for all of it to come, if it were read; a slow machine only makes it less.
    await new Promise((resolve) => setTimeout(resolve, 4000));
    expect(sent * MIB).toBeLessThan(READ_AHEAD_BYTES_MAX + KERNEL_BYTES + 8 * MIB);
    release();
    await waitFor(() => handled === 100, { what: 'all items' });
    expect(generous.connections()).toBe(2);
  });
});
