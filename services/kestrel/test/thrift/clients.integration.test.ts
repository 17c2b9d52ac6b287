import { jest } from '@jest/globals';
import { connectWire, stopAll, waitFor } from '@murmur/testkit';
import { createThriftAcceptor } from '../../src/thrift/connection.js';
import { startHost, type Host } from '../socket/host.js';
import { startTestKestrel } from '../server.js';
import { call, count, fault, get, i32, items, onQueue, put, reply, settle } from './bytes.js';
import { doWithoutUuid } from './library.js';
import { says } from './transcript.js';

jest.setTimeout(60_000);
doWithoutUuid();

const LONG = 60_000;
let host: Host;

beforeEach(async () => {
  host = await startHost(createThriftAcceptor, { maxOpenTransactions: 3 });
});
afterEach(stopAll);

it('any client may confirm any read, and the limit of the one who opened it has room again', async () => {
  const [opener, other] = [await host.connect(), await host.connect()];
  await opener.play([
    ...says(put('q', ['a', 'b', 'c', 'd']), count('put', 4)),
    ...says(get('q', 9, 0, LONG), items(['a', 1], ['b', 2], ['c', 3])),
    ...says(get('q', 9, 0, LONG), items()),
  ]);
  await other.play(says(settle('confirm', 'q', [1, 2]), count('confirm', 2)));
  await opener.play(says(get('q', 9, 0, LONG), items(['d', 4])));
});

it('a client that leaves gives nothing back; its reads can still be settled', async () => {
  const [opener, other] = [await host.connect(), await host.connect()];
  await opener.play([
    ...says(put('q', ['a', 'b']), count('put', 2)),
    ...says(get('q', 2, 0, LONG), items(['a', 1], ['b', 2])),
  ]);
  opener.close();
  await waitFor(() => host.connections.size === 1, { what: 'the end of a connection' });
  await other.play([
    ...says(get('q', 1), items()),
    ...says(settle('confirm', 'q', [1]), count('confirm', 1)),
    ...says(settle('abort', 'q', [2]), count('abort', 1)),
    ...says(get('q', 1), items(['b', 0])),
  ]);
});

it('reads of a client that left go back at their time', async () => {
  const [opener, other] = [await host.connect(), await host.connect()];
  await opener.play([
    ...says(put('q', ['a', 'b']), count('put', 2)),
    ...says(get('q', 2, 0, 50), items(['a', 1], ['b', 2])),
  ]);
  opener.close();
  await other.play(says(get('q', 2, LONG), items(['a', 0], ['b', 0])));
});

it.each([
  ['to keep', 0],
  ['on loan', LONG],
])('a client that leaves in the middle of a get %s loses nothing', async (_how, autoAbort) => {
  const [taker, other] = [await host.connect(), await host.connect()];
  await taker.play(says(put('q', ['a', 'b']), count('put', 2)));
  await taker.send(get('q', 3, LONG, autoAbort));
  await host.until('q', (queue) => queue.openReads === 2);
  taker.close();
  await other.play(says(get('q', 2, LONG), items(['a', 0], ['b', 0])));
});

it('a get waits for as many as it wants', async () => {
  const [taker, putter] = [await host.connect(), await host.connect()];
  await taker.send(get('q', 2, LONG));
  await host.until('q', (queue) => queue.waiters.size === 1);
  await putter.play(says(put('q', ['a']), count('put', 1)));
  await putter.play(says(put('q', ['b', 'c']), count('put', 2)));
  await taker.expect(items(['a', 0], ['b', 0]));
  await putter.play(says(get('q', 1), items(['c', 0])));
});

it('a get is answered with what it has when its queue is deleted', async () => {
  const [taker, other] = [await host.connect(), await host.connect()];
  await taker.play(says(put('q', ['a']), count('put', 1)));
  await taker.send(get('q', 2, LONG));
  await host.until('q', (queue) => queue.waiters.size === 1);
  await other.play(says(onQueue('delete_queue', 'q'), reply('delete_queue')));
  await taker.expect(items(['a', 0]));
});

it('a get is answered with what it has when the server stops', async () => {
  const wire = await host.connect();
  await wire.play(says(put('q', ['a']), count('put', 1)));
  await wire.send(get('q', 2, LONG));
  await host.until('q', (queue) => queue.waiters.size === 1);
  for (const connection of host.connections) connection.shutDown(Date.now());
  await wire.expect(items(['a', 0]));
  await wire.expectClosed();
});

it('a get returns no more than 8 MiB, or one item that is larger', async () => {
  const wire = await host.connect();
  const large = 'x'.repeat(3 * 1024 * 1024);
  const huge = 'x'.repeat(9 * 1024 * 1024);
  await wire.play([
    ...says(put('q', [large, large, huge, 'a']), count('put', 4)),
    ...says(get('q', 9, LONG), items([large, 0], [large, 0])),
    ...says(get('q', 9), items([huge, 0])),
    ...says(get('q', 9), items(['a', 0])),
  ]);
});

it('a put stores no more than 10,000 items, and a get returns no more', async () => {
  const wire = await host.connect();
  await wire.play(
    says(
      put(
        'q',
        Array.from({ length: 10_001 }, () => ''),
      ),
      count('put', 10_000),
    ),
  );
  await wire.play(says(put('q', ['a']), count('put', 1)));
  const empty = Array.from({ length: 10_000 }, (): readonly [string, number] => ['', 0]);
  await wire.play([...says(get('q', 20_000), items(...empty)), ...says(get('q', 20_000), items(['a', 0]))]);
});

it('a client that may not write is refused a put, one that may not read a get', async () => {
  const text = (operation: string): string => `Server not available for operation ${operation}`;
  const reader = await startHost(createThriftAcceptor, {}, { access: { reads: true, writes: false } });
  await (
    await reader.connect()
  ).play([...says(put('q', ['a']), fault('put', 6, text('setItem'))), ...says(get('q', 1), items())]);
  const writer = await startHost(createThriftAcceptor, {}, { access: { reads: false, writes: true } });
  await (
    await writer.connect()
  ).play([
    ...says(put('q', ['a']), count('put', 1)),
    ...says(get('q', 1), fault('get', 6, text('monitorUntil'))),
  ]);
});

describe('with a journal', () => {
  it('reads that were open are there again after a restart, and a get that waits is answered at a stricter status', async () => {
    const first = await startTestKestrel({ default: { syncJournal: 0 } });
    const wire = await connectWire(first.thriftPort);
    await wire.play([
      ...says(put('q', ['a', 'b', 'c']), count('put', 3)),
      ...says(get('q', 1), items(['a', 0])),
      ...says(get('q', 1, 0, LONG), items(['b', 1])),
    ]);
    const waits = await connectWire(first.thriftPort);
    // Both are run before the first is answered.
    await waits.play(says(onQueue('flush_queue', 'none') + get('q', 5, LONG), reply('flush_queue')));
    await wire.play(says(get('q', 1), items()));
    await wire.play(says(call('set_status', i32(1, 1)), reply('set_status')));
    await waits.expect(items(['c', 0]));
    await wire.play(says(call('set_status', i32(1, 3)), reply('set_status')));
    await first.stop();
    const second = await startTestKestrel({}, { queuePath: first.folder });
    const again = await connectWire(second.thriftPort);
    await again.play(says(get('q', 5), items(['b', 0])));
  });
});
