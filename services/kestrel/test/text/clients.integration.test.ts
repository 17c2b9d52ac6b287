import { jest } from '@jest/globals';
import { stopAll } from '@murmur/testkit';
import { acceptText } from '../../src/text/connection.js';
import { startHost, type Host } from '../socket/host.js';
import { put, says } from './transcripts.js';

jest.setTimeout(60_000);

let host: Host;

beforeAll(async () => {
  host = await startHost(() => acceptText);
});
afterAll(stopAll);

it('a block has at most 1024 items: the next line is swallowed, those after it are commands', async () => {
  const wire = await host.connect();
  const items = Array.from({ length: 1024 }, (_, index) => `${index}\n`).join('');
  await wire.send(`put many:\n${items}swallowed\nversion\n`);
  await wire.expect('+1024\n:0.1.0\n');
  await wire.send(`put many:\n${items}\nversion\n`);
  await wire.expect('+1024\n:0.1.0\n');
  expect(host.hub.registry.lookup('many')?.queue.length).toBe(2048);
});

it('a client that leaves gives its open reads back in their order', async () => {
  const wire = await host.connect();
  await wire.send('put left:\na\nb\n\nmonitor left 50\n');
  await wire.expect('+2\n:a\n:b\n*\n');
  wire.close();
  await host.until('left', (queue) => queue.length === 2);
  const other = await host.connect();
  await other.send('get left\nget left\n');
  await other.expect(':a\n:b\n');
});

it('a client that leaves while it waits takes no item with it', async () => {
  const [wire, other] = [await host.connect(), await host.connect()];
  await wire.send('get gone 60000\n');
  await host.until('gone', (queue) => queue.waiters.size === 1);
  wire.close();
  await host.until('gone', (queue) => queue.waiters.size === 0);
  await other.send('put gone:\na\n\nget gone\n');
  await other.expect('+1\n:a\n');
});

it('an item wakes those who wait, first come first served', async () => {
  const [first, second, third] = [await host.connect(), await host.connect(), await host.connect()];
  await first.send('get woken 60000\n');
  await host.until('woken', (queue) => queue.waiters.size === 1);
  await second.send('monitor woken 60000\n');
  await host.until('woken', (queue) => queue.waiters.size === 2);
  await third.send('put woken:\na\nb\n\n');
  await first.expect(':a\n');
  await second.expect(':b\n');
  await third.send('delete woken\n');
  await third.expect('+2\n+0\n');
  await second.expect('*\n');
});

it('a client that closes its side is answered what it asked', async () => {
  const wire = await host.connect();
  await wire.send('put half:\na\n\nget half\nquit\n');
  await wire.expect('+1\n:a\n');
  await wire.expectClosed();
});

it('shutdown is answered, and asks for the end of the server', async () => {
  const wire = await host.connect();
  await wire.send('shutdown\n');
  await wire.expect('+0\n');
  expect(host.shutdowns).toBe(1);
});

it('a server that stops answers who waits and closes', async () => {
  const own = await startHost(() => acceptText);
  const wire = await own.connect();
  await wire.send('monitor Q 60000\n');
  await own.until('Q', (queue) => queue.waiters.size === 1);
  for (const connection of own.connections) connection.shutDown(Date.now());
  await wire.expect('*\n');
  await wire.expectClosed();
});

it('blocked requests are answered with the name of the operation, and the connection stays', async () => {
  const own = await startHost(() => acceptText);
  const wire = await own.connect();
  await wire.play([...put('Q', 'a'), ...says('get Q', ':a'), ...says('status readonly', '+0')]);
  await wire.play([
    ...says('put Q:\nb\n', '-Server not available for operation setItem'),
    ...says('put Q', '+0'),
    ...says('flush Q', '-Server not available for operation flush'),
    ...says('delete Q', '-Server not available for operation delete'),
    ...says('confirm Q 1', '+1'),
    ...says('get Q', '*'),
    ...says('status quiescent', '+0'),
    ...says('get Q', '-Server not available for operation getItem'),
    ...says('peek Q', '-Server not available for operation getItem'),
    ...says('monitor Q 5', '-Server not available for operation monitorUntil'),
    ...says('status', ':QUIESCENT'),
    ...says('version', ':0.1.0'),
  ]);
});

it('an idle client is let go, one that waits is not', async () => {
  const own = await startHost(() => acceptText, {}, { clientTimeout: 100 });
  const [idle, waits] = [await own.connect(), await own.connect()];
  await waits.send('get Q 1000\n');
  await idle.send('ver');
  await idle.expectClosed();
  await waits.expect('*\n');
});

it('a client that sends and never listens is bounded, and disturbs nobody', async () => {
  const [deaf, other] = [await host.connect(), await host.connect()];
  await deaf.send(`put loud:\n${'x'.repeat(1_000_000)}\n\n`);
  const asking = deaf.send('peek loud\n'.repeat(200_000)).catch(() => undefined);
  await other.send('version\n');
  await other.expect(':0.1.0\n');
  deaf.close();
  await asking;
});
