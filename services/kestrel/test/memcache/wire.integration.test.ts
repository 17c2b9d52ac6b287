import { jest } from '@jest/globals';
import { stopAll, type Wire, type WireStep } from '@murmur/testkit';
import { startTestKestrel, type TestKestrel } from '../server.js';

jest.setTimeout(60_000);

const CONFIG = {
  maxOpenTransactions: 3,
  queues: [
    { name: 'full*', maxItems: 1 },
    { name: 'small*', maxItemSize: 4 },
    { name: 'drop*', maxItems: 2, discardOldWhenFull: true, keepJournal: false },
    { name: 'parent*', fanoutOnly: true, children: ['a', 'b'] },
    { name: 'strict*', children: ['x'], maxItems: 1 },
  ],
};

const set = (queue: string, data: string): WireStep => [
  '>',
  `set ${queue} 0 0 ${data.length}\r\n${data}\r\n`,
];
const stored: WireStep = ['<', 'STORED\r\n'];
const put = (queue: string, ...items: string[]): WireStep[] =>
  items.flatMap((data) => [set(queue, data), stored]);
const value = (queue: string, data: string): WireStep => [
  '<',
  `VALUE ${queue} 0 ${data.length}\r\n${data}\r\nEND\r\n`,
];
const end: WireStep = ['<', 'END\r\n'];
const send = (text: string): WireStep => ['>', `${text}\r\n`];
const read = (key: string, data: string): WireStep[] => [
  send(`get ${key}`),
  value(key.split('/')[0] ?? '', data),
];
const none = (key: string): WireStep[] => [send(`get ${key}`), end];

/** Q is another queue in each run. */
const TRANSCRIPTS: readonly (readonly [name: string, steps: readonly WireStep[]])[] = [
  ['a set and a get', [...put('Q', 'hello'), ...read('Q', 'hello'), ...none('Q')]],
  ['items in order', [...put('Q', 'a', 'b', 'c'), ...read('Q', 'a'), ...read('Q', 'b'), ...read('Q', 'c')]],
  [
    'pipelined requests, answered in order',
    [
      ['>', 'set Q 0 0 1\r\na\r\nget Q\r\nset Q 0 0 1\r\nb\r\nversion\r\nget Q\r\n'],
      stored,
      value('Q', 'a'),
      stored,
      ['<', 'VERSION 0.1.0\r\n'],
      value('Q', 'b'),
    ],
  ],
  ['any bytes as data', [...put('Q', '\r\nEND\r\n\0\xff'), ...read('Q', '\r\nEND\r\n\0\xff')]],
  ['an empty item', [...put('Q', ''), ...read('Q', '')]],
  ['bare line feeds', [['>', 'set Q 0 0 1\na\r\nget Q\n'], stored, value('Q', 'a')]],
  ['a terminator that is something else', [['>', 'set Q 0 0 1\r\na??get Q\r\n'], stored, value('Q', 'a')]],
  ['gets, and a key without its options', [...put('Q', 'a'), send('gets Q/t=0'), value('Q', 'a')]],
  [
    'peek',
    [
      ...put('Q', 'a'),
      ...read('Q/peek', 'a'),
      ...read('Q/peek/t=1', 'a'),
      ...read('Q', 'a'),
      ...none('Q/peek'),
    ],
  ],
  ['open and close', [...put('Q', 'a', 'b'), ...read('Q/open', 'a'), ...none('Q/close'), ...read('Q', 'b')]],
  ['open and abort', [...put('Q', 'a', 'b'), ...read('Q/open', 'a'), ...none('Q/abort'), ...read('Q', 'a')]],
  [
    'close/open',
    [
      ...put('Q', 'a', 'b'),
      ...read('Q/open', 'a'),
      ...read('Q/close/open', 'b'),
      ...none('Q/open/close'),
      ...none('Q'),
    ],
  ],
  ['close and abort with nothing open', [...none('Q/close'), ...none('Q/close/t=50'), ...none('Q/abort')]],
  ['peek while a read is open', [...put('Q', 'a', 'b'), ...read('Q/open', 'a'), ...read('Q/peek', 'b')]],
  [
    'abort and close take the oldest open read',
    [
      ...put('Q', 'a', 'b', 'c'),
      ...read('Q/open', 'a'),
      ...read('Q/open', 'b'),
      ...none('Q/close'),
      ...none('Q/abort'),
      ...none('Q/abort'),
      ...read('Q', 'b'),
      ...read('Q', 'c'),
    ],
  ],
  [
    'a plain read with a read open ends the connection',
    [...put('Q', 'a', 'b'), ...read('Q/open', 'a'), send('get Q'), ['<', 'ERROR\r\n']],
  ],
  [
    'one open read too many ends the connection',
    [
      ...put('Q', 'a', 'b', 'c', 'd'),
      ...read('Q/open', 'a'),
      ...read('Q/open', 'b'),
      ...read('Q/open', 'c'),
      send('get Q/open'),
      ['<', 'ERROR\r\n'],
    ],
  ],
  [
    'an open read of one queue does not hinder another',
    [...put('Q', 'a'), ...put('Q2', 'b'), ...read('Q/open', 'a'), ...read('Q2', 'b')],
  ],
  [
    'a get that waits in vain',
    [...none('Q/t=30'), ...none('Q/t=0'), ...none('Q/t=-5'), ...none('Q/open/t=1')],
  ],
  [
    'requests behind a wait are held back',
    [['>', 'get Q/t=30\r\nversion\r\n'], end, ['<', 'VERSION 0.1.0\r\n']],
  ],
  [
    'monitor gets what is there, up to max',
    [
      ...put('Q', 'a', 'b', 'c'),
      send('monitor Q 1 2'),
      value('Q', 'a'),
      value('Q', 'b'),
      end,
      send('confirm Q 2'),
      end,
      ...read('Q', 'c'),
    ],
  ],
  [
    'monitor stops at the limit of open reads',
    [
      ...put('Q', 'a', 'b', 'c', 'd'),
      send('monitor Q 10'),
      value('Q', 'a'),
      value('Q', 'b'),
      value('Q', 'c'),
      end,
      send('monitor Q 10 5'),
      end,
      send('confirm Q 3'),
      end,
      ...read('Q', 'd'),
    ],
  ],
  [
    'monitor with no time ends at once',
    [...put('Q', 'a'), send('monitor Q 0 5'), end, send('monitor Q 5 0'), end, ...read('Q', 'a')],
  ],
  ['monitor waits until its time is up', [send('monitor Q 1 5'), end]],
  [
    'a request behind a monitor waits for its end',
    [['>', 'monitor Q 1 5\r\nversion\r\n'], end, ['<', 'VERSION 0.1.0\r\n']],
  ],
  [
    'confirm of more than are open confirms none',
    [
      ...put('Q', 'a', 'b'),
      ...read('Q/open', 'a'),
      send('confirm Q 2'),
      ['<', 'ERROR\r\n'],
      send('confirm Q 0'),
      ['<', 'ERROR\r\n'],
      send('confirm Q -1'),
      ['<', 'ERROR\r\n'],
      ...none('Q/abort'),
      ...read('Q', 'a'),
    ],
  ],
  [
    'the rest of a batch can be aborted',
    [
      ...put('Q', 'a', 'b'),
      send('monitor Q 1 2'),
      value('Q', 'a'),
      value('Q', 'b'),
      end,
      send('confirm Q 1'),
      end,
      ...none('Q/abort'),
      ...read('Q', 'b'),
    ],
  ],
  [
    'delete',
    [
      ...put('Q', 'a'),
      send('delete Q'),
      ['<', 'DELETED\r\n'],
      ...none('Q'),
      send('delete Q-none 0'),
      ['<', 'DELETED\r\n'],
    ],
  ],
  [
    'abort after delete does not revive the item',
    [
      ...put('Q', 'a'),
      ...read('Q/open', 'a'),
      send('delete Q'),
      ['<', 'DELETED\r\n'],
      ...none('Q/abort'),
      ...none('Q'),
      ...put('Q', 'b'),
      ...read('Q', 'b'),
    ],
  ],
  [
    'flush leaves open reads',
    [
      ...put('Q', 'a', 'b'),
      ...read('Q/open', 'a'),
      send('flush Q'),
      end,
      ...none('Q/abort'),
      ...read('Q', 'a'),
      ...none('Q'),
    ],
  ],
  ['flush of no queue', [send('flush Q'), end]],
  [
    'flush_expired',
    [
      send('flush_expired Q'),
      ['<', '0\r\n'],
      ['>', 'set Q 0 -5 1\r\na\r\nset Q 0 -5 1\r\nb\r\n'],
      stored,
      stored,
      send('flush_expired Q'),
      ['<', '1\r\n'],
      send('flush_all_expired'),
      ['<', '0\r\n'],
    ],
  ],
  ['an item that expired', [['>', 'set Q 0 -1 1\r\na\r\n'], stored, ...none('Q')]],
  [
    'an item that expires at a Unix time',
    [['>', 'set Q 0 1000000 1\r\na\r\nset Q 0 2000000000 1\r\nb\r\n'], stored, stored, ...read('Q', 'b')],
  ],
  ['a full queue', [...put('fullQ', 'a'), set('fullQ', 'b'), ['<', 'NOT_STORED\r\n'], ...read('fullQ', 'a')]],
  [
    'a full queue that drops its oldest',
    [...put('dropQ', 'a', 'b', 'c'), ...read('dropQ', 'b'), ...read('dropQ', 'c')],
  ],
  [
    'an item that is too large',
    [set('smallQ', 'abcde'), ['<', 'NOT_STORED\r\n'], ...put('smallQ', 'abcd'), ...read('smallQ', 'abcd')],
  ],
  [
    'children that are declared',
    [...put('parentQ', 'x'), ...none('parentQ'), ...read('parentQ+a', 'x'), ...read('parentQ+b', 'x')],
  ],
  [
    'a child that comes by being read',
    [
      ...put('Q', 'before'),
      ...none('Q+c'),
      ...put('Q', 'after'),
      ...read('Q+c', 'after'),
      ...none('Q+c'),
      ...read('Q', 'before'),
      ...read('Q', 'after'),
    ],
  ],
  ['a set on a child', [...none('Q+c'), ...put('Q+c', 'x'), ...none('Q'), ...read('Q+c', 'x')]],
  [
    'a child that is deleted leaves, a declared one stays',
    [
      ...none('Q+c'),
      send('delete Q+c'),
      ['<', 'DELETED\r\n'],
      ...put('Q', 'x'),
      ...none('Q+c'),
      ...put('parentQ', 'y'),
      send('delete parentQ+a'),
      ['<', 'DELETED\r\n'],
      ...put('parentQ', 'z'),
      ...read('parentQ+a', 'z'),
    ],
  ],
  [
    'a declared child that is full refuses the set',
    [
      ...put('strictQ', 'a'),
      ...read('strictQ', 'a'),
      set('strictQ', 'b'),
      ['<', 'NOT_STORED\r\n'],
      ...none('strictQ'),
      ...read('strictQ+x', 'a'),
      ...put('strictQ', 'c'),
    ],
  ],
  [
    'set with flags that are no number',
    [
      ['>', 'set Q x 0 1\r\na\r\nversion\r\n'],
      ['<', 'CLIENT_ERROR\r\nVERSION 0.1.0\r\n'],
    ],
  ],
  [
    'missing arguments',
    ['get', 'get /', 'get ///', 'delete', 'flush', 'flush_expired', 'monitor Q', 'confirm Q'].flatMap(
      (line): WireStep[] => [send(line), ['<', 'CLIENT_ERROR\r\n']],
    ),
  ],
  [
    'status',
    [
      send('status'),
      ['<', 'UP\r\n'],
      send('status WriteAvoid'),
      end,
      send('status'),
      ['<', 'WRITEAVOID\r\n'],
      send('status up'),
      end,
    ],
  ],
  ['dump_stats of an unknown queue', [send('dump_stats Q'), ['<', "queue 'Q' {\r\n  \r\n}\r\nEND\r\n"]]],
  [
    'dump_stats',
    [
      ...put('Q', 'abc'),
      send('dump_stats Q'),
      ['<', "queue 'Q' {\r\n  items=1\r\n  bytes=3\r\n  total_items=1\r\n  logsize=24\r\n"],
    ],
  ],
  ['reload', [send('reload'), ['<', 'Reloaded config.\r\n'], send('version'), ['<', 'VERSION 0.1.0\r\n']]],
];

/** What ends a connection, and its last words. */
const FATAL: readonly (readonly [sent: string, last: string])[] = [
  ...[
    '',
    ' ',
    'nonsense',
    'incr Q 1',
    'touch Q 1',
    'dump_config',
    'get  Q',
    'get /open',
    'get Q/peek/open',
    'get Q/peek/abort',
    'get Q/abort/close',
    'status down',
    'status x',
  ].map((line) => [`${line}\r\n`, 'CLIENT_ERROR\r\n'] as const),
  ...[
    'get Q/t=x',
    'monitor Q x',
    'monitor Q 1 x',
    'confirm Q x',
    'set Q 0 0',
    'set Q 0 0 x',
    'set Q 0 0 -1',
    'set Q 0 0 2147483647',
  ].map((line) => [`${line}\r\n`, 'CLIENT_ERROR\r\n'] as const),
  ...['get a.b', 'get ..', 'get a~b', 'monitor a/b 1', 'get a\0b', `get ${'x'.repeat(221)}`].map(
    (line) => [`${line}\r\n`, 'CLIENT_ERROR\r\n'] as const,
  ),
  ['set ../evil 0 0 1\r\nx\r\n', 'CLIENT_ERROR\r\n'],
  ['set Q 0 x 1\r\na\r\n', 'CLIENT_ERROR\r\n'],
  ['set  0 0 1\r\na\r\n', 'CLIENT_ERROR\r\n'],
  ['add Q 0 0 1\r\na\r\n', 'CLIENT_ERROR\r\n'],
  ['cas Q 0 0 1 1\r\na\r\n', 'CLIENT_ERROR\r\n'],
  ['get Q\nb\n', 'END\r\nCLIENT_ERROR\r\n'],
  ['quit\r\n', ''],
  ['version\r\nquit\r\nversion\r\n', 'VERSION 0.1.0\r\n'],
  ['nonsense\r\nversion\r\n', 'CLIENT_ERROR\r\n'],
];

let kestrel: TestKestrel;
let runs = 0;

beforeAll(async () => {
  kestrel = await startTestKestrel(CONFIG);
});
afterAll(stopAll);

function named(steps: readonly WireStep[]): WireStep[] {
  runs += 1;
  const name = `q${runs}`;
  return steps.map(([way, bytes]) => [way, typeof bytes === 'string' ? bytes.replaceAll('Q', name) : bytes]);
}

describe.each([
  ['in one piece', false],
  ['byte by byte', true],
])('on the wire, %s', (_how, split) => {
  it.each(TRANSCRIPTS)('%s', async (_name, steps) => {
    const wire = await kestrel.connect();
    await wire.play(named(steps), { split });
    wire.close();
  });

  it.each(FATAL)('%j is answered %j and the connection closed', async (sent, last) => {
    const wire = await kestrel.connect();
    const [out] = named([['>', sent]]);
    await sendAll(wire, String(out?.[1]), split);
    await wire.expect(last);
    await wire.expectClosed();
  });
});

/** The server may close before it has been sent everything. */
async function sendAll(wire: Wire, bytes: string, split: boolean): Promise<void> {
  const sent = split ? wire.sendByteByByte(bytes) : wire.send(bytes);
  await sent.catch(() => undefined);
}
