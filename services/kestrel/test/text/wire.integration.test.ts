import { jest } from '@jest/globals';
import { stopAll, waitFor, type WireStep } from '@murmur/testkit';
import { acceptText } from '../../src/text/connection.js';
import { startHost, type Host } from '../socket/host.js';

jest.setTimeout(60_000);

const CONFIG = {
  maxOpenTransactions: 3,
  queues: [
    { name: 'full*', maxItems: 1 },
    { name: 'small*', maxItemSize: 4 },
    { name: 'parent*', fanoutOnly: true, children: ['a'] },
  ],
};

const send = (text: string): WireStep => ['>', text];
const hear = (text: string): WireStep => ['<', text];
const says = (sent: string, heard: string): WireStep[] => [send(`${sent}\n`), hear(`${heard}\n`)];
const put = (queue: string, ...items: string[]): WireStep[] => [
  send(`put ${queue}:\n${items.map((item) => `${item}\n`).join('')}\n`),
  hear(`+${items.length}\n`),
];

/** Q is another queue in each run. */
const TRANSCRIPTS: readonly (readonly [name: string, steps: readonly WireStep[]])[] = [
  ['a put and a get', [...put('Q', 'hello'), ...says('get Q', ':hello'), ...says('get Q', '*')]],
  [
    'lines that end in CRLF',
    [send('put Q:\r\nhello\r\n\r\n'), hear('+1\n'), send('get Q\r\n'), hear(':hello\n')],
  ],
  ['a CR inside a line', [send('put Q:\na\rb\r\r\n\n'), hear('+1\n'), ...says('get Q', ':a\rb\r')]],
  ['any case of the first word', [send('PuT Q:\nx\n\n'), hear('+1\n'), ...says('GET Q', ':x')]],
  [
    'many items in one block',
    [...put('Q', 'a', 'b', 'c'), ...says('get Q', ':a'), ...says('get Q', ':b'), ...says('get Q', ':c')],
  ],
  ['an empty block', [send('put Q:\n\n'), hear('+0\n'), ...says('get Q', '*')]],
  ['a put without a block', says('put Q', '+0')],
  ['a block for who wants none', [...put('Q', 'a'), send('get Q:\nx\ny\n\n'), hear(':a\n')]],
  ['items of any bytes but LF', [...put('Q', '\0\xff\xc3\xa9:* -'), ...says('get Q', ':\0\xff\xc3\xa9:* -')]],
  ['a line of an item that ends in a colon', [...put('Q', 'put Q:'), ...says('get Q', ':put Q:')]],
  ['an item with a line feed in it', [...put('Q', 'a'), ...says('get Q', ':a')]],
  [
    'extra words',
    [...put('Q', 'a'), ...says('peek Q 0 x y', ':a'), ...says('get Q 0 x', ':a'), ...says('flush Q x', '+0')],
  ],
  [
    'pipelined requests, answered in order',
    [
      send('put Q:\na\nb\n\nget Q\nversion\nnonsense\nget Q\nget Q\n'),
      hear('+2\n:a\n:0.1.0\n-Unknown command: nonsense\n:b\n*\n'),
    ],
  ],
  ['a get that waits in vain', [...says('get Q 30', '*'), ...says('get Q 0', '*'), ...says('get Q -5', '*')]],
  ['requests behind a wait', [send('get Q 30\nversion\n'), hear('*\n:0.1.0\n')]],
  ['a get with a time where an item is there', [...put('Q', 'a'), ...says('get Q 60000', ':a')]],
  ['an expiration', [send('put Q 60000:\na\n\n'), hear('+1\n'), ...says('get Q', ':a')]],
  ['an expiration of 0 is over at once', [send('put Q 0:\na\n\n'), hear('+1\n'), ...says('get Q', '*')]],
  ['a negative expiration too', [send('put Q -1:\na\n\n'), hear('+1\n'), ...says('get Q', '*')]],
  [
    'peek leaves the item',
    [...put('Q', 'a'), ...says('peek Q', ':a'), ...says('peek Q 10', ':a'), ...says('get Q', ':a')],
  ],
  [
    'peek confirms what is open',
    [
      ...put('Q', 'a'),
      ...says('get Q', ':a'),
      ...says('peek Q', '*'),
      ...says('confirm Q 1', '-Not that many transactions open.'),
    ],
  ],
  ['peek waits', says('peek Q 20', '*')],
  [
    'get confirms what was open, and opens one',
    [
      ...put('Q', 'a', 'b'),
      ...says('get Q', ':a'),
      ...says('get Q', ':b'),
      ...says('confirm Q 2', '-Not that many transactions open.'),
      ...says('confirm Q 1', '+1'),
    ],
  ],
  [
    'a get in vain has confirmed too',
    [
      ...put('Q', 'a'),
      ...says('get Q', ':a'),
      ...says('get Q', '*'),
      ...says('confirm Q 1', '-Not that many transactions open.'),
    ],
  ],
  [
    'monitor until the limit of open reads',
    [
      ...put('Q', 'a', 'b', 'c', 'd'),
      send('monitor Q 60000\n'),
      hear(':a\n:b\n:c\n*\n'),
      ...says('confirm Q 3', '+3'),
      ...says('get Q', ':d'),
    ],
  ],
  [
    'monitor confirms what was open',
    [
      ...put('Q', 'a', 'b', 'c', 'd'),
      ...says('get Q', ':a'),
      send('monitor Q 60000\n'),
      hear(':b\n:c\n:d\n*\n'),
    ],
  ],
  [
    'monitor until its time is up',
    [...put('Q', 'a'), send('monitor Q 50\nversion\n'), hear(':a\n*\n:0.1.0\n')],
  ],
  [
    'monitor with no time',
    [...put('Q', 'a'), ...says('monitor Q 0', '*'), ...says('monitor Q -1', '*'), ...says('get Q', ':a')],
  ],
  ['confirm of none', says('confirm Q 0', '-Not that many transactions open.')],
  ['confirm of a negative number', says('confirm Q -1', '-Not that many transactions open.')],
  [
    'confirm of one queue alone',
    [
      ...put('Q', 'a'),
      ...says('get Q', ':a'),
      ...says('confirm Qx 1', '-Not that many transactions open.'),
      ...says('confirm Q 1', '+1'),
    ],
  ],
  ['flush', [...put('Q', 'a', 'b'), ...says('flush Q', '+0'), ...says('get Q', '*')]],
  [
    'delete',
    [
      ...put('Q', 'a'),
      ...says('get Q', ':a'),
      ...says('delete Q', '+0'),
      ...says('confirm Q 1', '-Not that many transactions open.'),
    ],
  ],
  ['flush and delete of what is not there', [...says('flush Q', '+0'), ...says('delete Q', '+0')]],
  ['version', says('version', ':0.1.0')],
  [
    'status',
    [
      ...says('status', ':UP'),
      ...says('status WriteAvoid', '+0'),
      ...says('status', ':WRITEAVOID'),
      ...says('STATUS up', '+0'),
      ...says('status x', '-Unknown status.'),
      ...says('status down', '-Status forbidden.'),
    ],
  ],
  [
    'a full queue stores what it can',
    [send('put fullQ:\na\nb\n\n'), hear('+1\n'), ...says('get fullQ', ':a')],
  ],
  [
    'items too large are not counted',
    [
      send('put smallQ:\na\nlarge\n1234\n\n'),
      hear('+2\n'),
      ...says('get smallQ', ':a'),
      ...says('get smallQ', ':1234'),
    ],
  ],
  [
    'children of a queue',
    [...put('parentQ', 'a'), ...says('get parentQ+a', ':a'), ...says('get parentQ', '*')],
  ],
  ...[
    ['', '-Unknown command: '],
    [':\n', '-Unknown command: '],
    ['bogus Q 1', '-Unknown command: bogus'],
    ['STATS', '-Unknown command: stats'],
    ['flush_all', '-Unknown command: flush_all'],
    ['reload', '-Unknown command: reload'],
    ['gr\xfc\xdf Q', '-Unknown command: gr??'],
    ['\tget Q', '-Unknown command: \tget'],
    ['put', '-Queue name required.'],
    ['put:\na\n', '-Queue name required.'],
    ['get', '-Queue name required.'],
    ['get ', '-Queue name required.'],
    ['peek', '-Queue name required.'],
    ['flush', '-Queue name required.'],
    ['delete', '-Queue name required.'],
    ['monitor', '-Queue name & timeout required.'],
    ['monitor Q', '-Queue name & timeout required.'],
    ['confirm', '-Queue name & count required.'],
    ['confirm Q', '-Queue name & count required.'],
    ['get Q x', '-Error parsing timeout.'],
    ['get Q 2147483648', '-Error parsing timeout.'],
    ['peek Q 1.5', '-Error parsing timeout.'],
    ['put Q x:\na\n', '-Error parsing expiration time.'],
    ['put Q :\na\n', '+1'],
  ].map(([sent = '', heard = '']): readonly [string, WireStep[]] => [
    `${JSON.stringify(sent)} is answered ${JSON.stringify(heard)} and the connection stays`,
    [...says(sent, heard), ...says('version', ':0.1.0')],
  ]),
];

/** What ends a connection, and its last words. */
const FATAL: readonly (readonly [sent: string, last: string])[] = [
  ['quit\n', ''],
  ['QUIT\r\n', ''],
  ['version\nquit\nversion\n', ':0.1.0\n'],
  ['monitor Q x\n', '-Error parsing timeout.\n'],
  ['confirm Q x\nversion\n', '-Error parsing count.\n'],
  [' \n', '-Unknown command: \n'],
  ['get a.b\n', '-Queue name not allowed.\n'],
  ['get  5\n', '-Queue name not allowed.\n'],
  ['peek ..\n', '-Queue name not allowed.\n'],
  ['monitor a/b 5\n', '-Queue name not allowed.\n'],
  ['put ../evil:\na\n\n', '-Queue name not allowed.\n'],
  ['put a~b:\na\n\n', '-Queue name not allowed.\n'],
  ['get a\0b\n', '-Queue name not allowed.\n'],
  [`get ${'x'.repeat(221)}\n`, '-Queue name not allowed.\n'],
  [`get ${'x'.repeat(8192)}\n`, '-Line too long.\n'],
  ['x'.repeat(9000), '-Line too long.\n'],
];

let host: Host;
let runs = 0;

beforeAll(async () => {
  host = await startHost(() => acceptText, CONFIG);
});
afterAll(stopAll);

function named(steps: readonly WireStep[]): WireStep[] {
  runs += 1;
  return steps.map(([way, bytes]) => [
    way,
    typeof bytes === 'string' ? bytes.replace(/Q(?!U|u)/g, `q${runs}`) : bytes,
  ]);
}

describe.each([
  ['in one piece', false],
  ['byte by byte', true],
])('text on the wire, %s', (_how, split) => {
  it.each(TRANSCRIPTS)('%s', async (_name, steps) => {
    const wire = await host.connect();
    await wire.play(named(steps), { split });
    wire.close();
  });

  it.each(FATAL)('%j is answered %j and the connection closed', async (sent, last) => {
    const wire = await host.connect();
    const [out] = named([['>', sent]]);
    const bytes = String(out?.[1]);
    // The server may close before it has been sent everything.
    const sending = split ? wire.sendByteByByte(bytes) : wire.send(bytes);
    await sending.catch(() => undefined);
    await wire.expect(last);
    await wire.expectClosed();
  });
});

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
  await waitFor(() => host.hub.registry.lookup('left')?.queue.length === 2);
  const other = await host.connect();
  await other.send('get left\nget left\n');
  await other.expect(':a\n:b\n');
});

it('a client that leaves while it waits takes no item with it', async () => {
  const [wire, other] = [await host.connect(), await host.connect()];
  await wire.send('get gone 60000\n');
  await waitFor(() => host.hub.registry.lookup('gone')?.queue.waiters.size === 1);
  wire.close();
  await waitFor(() => host.hub.registry.lookup('gone')?.queue.waiters.size === 0);
  await other.send('put gone:\na\n\nget gone\n');
  await other.expect('+1\n:a\n');
});

it('an item wakes those who wait, first come first served', async () => {
  const [first, second, third] = [await host.connect(), await host.connect(), await host.connect()];
  await first.send('get woken 60000\n');
  await waitFor(() => host.hub.registry.lookup('woken')?.queue.waiters.size === 1);
  await second.send('monitor woken 60000\n');
  await waitFor(() => host.hub.registry.lookup('woken')?.queue.waiters.size === 2);
  await third.send('put woken:\na\nb\n\n');
  await first.expect(':a\n');
  await second.expect(':b\n');
  await third.send('delete woken\n');
  await third.expect('+1\n+0\n');
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
  await waitFor(() => own.hub.registry.lookup('Q')?.queue.waiters.size === 1);
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
