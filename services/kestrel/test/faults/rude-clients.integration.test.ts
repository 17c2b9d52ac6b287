import type { Socket } from 'node:net';
import { freePort, stopAll, waitFor } from '@murmur/testkit';
import type { Client } from './support/client.js';
import { connectRude, crowd, farewell, GoodClient, pour } from './support/rude.js';
import { memoryOf, startFaultServer, statOf, type FaultServer } from './support/server.js';

const TEST_MS = 60_000;
/** How much more memory the rude may cost than a server that has just started takes; generous. */
const MEMORY_MORE_MAX = 192 * 1024 * 1024;
const MIB = 1024 * 1024;

let kestrel: FaultServer;
let textPort: number;
let good: GoodClient;
let watcher: Client;
let memoryBefore: number;

beforeAll(async () => {
  textPort = await freePort();
  kestrel = await startFaultServer({}, { flags: { 'text-port': textPort } });
  watcher = await kestrel.connect();
}, TEST_MS);
afterAll(stopAll);

beforeEach(async () => {
  memoryBefore = await memory();
  good = new GoodClient(await kestrel.connect(), 'good');
});
afterEach(async () => {
  const { rounds } = good;
  await waitFor(() => good.rounds > rounds, { what: 'the good client to go on' });
  await good.stop();
  expect((await memory()) - memoryBefore).toBeLessThan(MEMORY_MORE_MAX);
  expect(kestrel.process.pid()).not.toBeNull();
});

const memory = (): Promise<number> => memoryOf(kestrel.process.pid(), 'VmRSS');
const global = async (key: string): Promise<number> =>
  Number(new RegExp(`^STAT ${key} (\\d+)$`, 'm').exec(await watcher.block('stats'))?.[1]);

/** All but the watcher and the good client are gone. */
const alone = (): Promise<unknown> =>
  waitFor(async () => (await global('curr_connections')) <= 2, { what: 'connections to be gone' });

const ports = (): readonly { protocol: string; port: number }[] => [
  { protocol: 'memcache', port: kestrel.port },
  { protocol: 'text', port: textPort },
];

const HALVES = {
  memcache: [
    'g',
    'get q/t',
    'set q 0 0 1000000\r\n',
    'set q 0 0 1000000\r\nhalf an item',
    'get q/t=60000\r\nge',
  ],
  text: ['g', 'get q 60', 'put q:\n', 'put q:\nhalf an item', 'get q 60000\nge'],
};

describe('clients that send half of something and wait', () => {
  it.each(['memcache', 'text'] as const)(
    'hold up nobody: %s',
    async (protocol) => {
      const port = protocol === 'text' ? textPort : kestrel.port;
      const sockets = await crowd(port, 500);
      for (const [index, socket] of sockets.entries()) {
        socket.write(HALVES[protocol][index % HALVES[protocol].length] ?? '');
      }
      const { rounds } = good;
      await waitFor(() => good.rounds > rounds + 50, { what: 'good rounds' });
      for (const socket of sockets) socket.resetAndDestroy();
      await alone();
      expect(await statOf(watcher, 'q', 'waiters')).toBe(0);
    },
    TEST_MS,
  );
});

describe('clients that never read', () => {
  it(
    'are not answered without end: items',
    async () => {
      await watcher.set('large', 'x'.repeat(MIB));
      const sockets = await crowd(kestrel.port, 20);
      for (const socket of sockets) socket.write('get large/peek\r\n'.repeat(1000));
      const { rounds } = good;
      await waitFor(() => good.rounds > rounds + 50, { what: 'good rounds' });
      expect((await memory()) - memoryBefore).toBeLessThan(MEMORY_MORE_MAX);
      for (const socket of sockets) socket.destroy();
      await alone();
      await watcher.line('delete large');
    },
    TEST_MS,
  );

  it(
    'are not heard without end: requests',
    async () => {
      for (const { protocol, port } of ports()) {
        const line = protocol === 'text' ? 'version\n' : 'version\r\n';
        const sockets = await crowd(port, 8);
        const poured = await Promise.all(
          sockets.map((socket) => pour(socket, Buffer.from(line.repeat(8192)), 64 * MIB)),
        );
        expect(Math.max(...poured)).toBeLessThan(64 * MIB);
        expect((await memory()) - memoryBefore).toBeLessThan(MEMORY_MORE_MAX);
        for (const socket of sockets) socket.destroy();
        await alone();
      }
    },
    TEST_MS,
  );

  it(
    'are not heard without end while they wait for an item',
    async () => {
      for (const { protocol, port } of ports()) {
        const socket = await connectRude(port);
        // Its socket is not read meanwhile, so that it has gone is seen when the wait is over.
        socket.write(protocol === 'text' ? 'get nothing 3000\n' : 'get nothing/t=3000\r\n');
        const request = protocol === 'text' ? 'peek nothing\n' : 'get nothing\r\n';
        expect(await pour(socket, Buffer.from(request.repeat(4096)), 64 * MIB)).toBeLessThan(64 * MIB);
        expect((await memory()) - memoryBefore).toBeLessThan(MEMORY_MORE_MAX);
        socket.destroy();
        await alone();
      }
    },
    TEST_MS,
  );
});

describe('clients that announce too much', () => {
  it.each([
    ['1 GiB', 'set q 0 0 1073741824\r\n'],
    ['the largest number', 'set q 0 0 2147483645\r\n'],
    ['more than a number may be', 'set q 0 0 2147483647\r\n'],
    ['a number of 100 digits', `set q 0 0 ${'9'.repeat(100)}\r\n`],
    ['a negative one', 'set q 0 0 -1\r\n'],
  ])(
    'cost no memory: %s',
    async (_, line) => {
      const socket = await connectRude(kestrel.port);
      socket.write(line);
      await pour(socket, Buffer.alloc(MIB, 'x'), 128 * MIB);
      expect((await memory()) - memoryBefore).toBeLessThan(MEMORY_MORE_MAX);
      socket.destroy();
      await alone();
    },
    TEST_MS,
  );

  it(
    'are cut off when their line has no end',
    async () => {
      for (const { port } of ports()) {
        const socket = await connectRude(port);
        const said = farewell(socket);
        await pour(socket, Buffer.alloc(64 * 1024, 'x'), 64 * MIB);
        await said;
        await alone();
      }
    },
    TEST_MS,
  );

  it(
    'are kept within bounds when a block of items has no end',
    async () => {
      const socket = await connectRude(textPort);
      socket.resume();
      socket.write('put block:\n');
      await pour(socket, Buffer.from(`${'x'.repeat(7000)}\n`.repeat(16)), 64 * MIB);
      expect((await memory()) - memoryBefore).toBeLessThan(MEMORY_MORE_MAX);
      socket.destroy();
      await alone();
      await watcher.line('delete block');
    },
    TEST_MS,
  );
});

/** Where a connection may break: what it has sent, and whether it waits until something has come. */
const PHASES: readonly (readonly [string, boolean])[] = [
  ['', false],
  ['set r 0 0 100', false],
  ['set r 0 0 100\r\n', false],
  ['set r 0 0 100\r\nxxxx', false],
  ['set r 0 0 4\r\nxxxx\r', false],
  ['get r/open\r\n', true],
  ['get r/open\r\n', false],
  ['get r/open/t=60000\r\nget r/open/t=60000\r\nget r/open/t=60000\r\n', true],
  ['monitor r 60 10\r\n', true],
  ['monitor r 60 10\r\n', false],
  ['monitor r 60 10\r\nconfirm r 1', true],
  ['get other/t=60000\r\n', false],
  ['get r/peek\r\n', true],
  ['get r/close/open/t=60000\r\nget r/abort\r\n', false],
  ['stats\r\n'.repeat(100), false],
];

const heard = (socket: Socket): Promise<unknown> =>
  new Promise((resolve) => {
    socket.once('data', resolve);
    socket.once('close', resolve);
    socket.resume();
  });

describe('connections that come and go', () => {
  it(
    'leave nothing behind when they break at any point of what they do',
    async () => {
      const items = Array.from({ length: 30 }, (_, n) => `item ${n}`);
      for (const item of items) expect(await watcher.set('r', item)).toBe('STORED');
      for (let round = 0; round < 10; round += 1) {
        await Promise.all(
          PHASES.map(async ([bytes, wait], index) => {
            const socket = await connectRude(kestrel.port);
            if (bytes !== '') await new Promise((resolve) => socket.write(bytes, resolve));
            if (wait) await heard(socket);
            if ((index + round) % 3 === 0) socket.destroy();
            else socket.resetAndDestroy();
          }),
        );
      }
      await alone();
      const left = async (key: string): Promise<number> => await statOf(watcher, 'r', key);
      expect([await left('open_transactions'), await left('waiters'), await left('items')]).toEqual([
        0, 0, 30,
      ]);
      expect(await statOf(watcher, 'other', 'waiters')).toBe(0);
      const found: (string | null)[] = [];
      while (found.length < items.length) found.push(await watcher.get('r'));
      expect([...found].sort()).toEqual([...items].sort());
    },
    TEST_MS,
  );

  it(
    'may do so thousands of times',
    async () => {
      for (let round = 0; round < 30; round += 1) {
        for (const { port } of ports()) {
          const sockets = await crowd(port, 60);
          for (const [index, socket] of sockets.entries()) {
            if (index % 2 === 0) socket.write('get many/t=1000\r\n');
            if (index % 3 === 0) socket.resetAndDestroy();
            else socket.destroy();
          }
        }
      }
      await alone();
      expect(await statOf(watcher, 'many', 'waiters')).toBe(0);
    },
    TEST_MS,
  );
});
