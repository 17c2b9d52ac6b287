import type { WireStep } from '@murmur/testkit';

/** What the queues of the transcripts need. */
export const CONFIG = {
  maxOpenTransactions: 3,
  queues: [
    { name: 'full*', maxItems: 1 },
    { name: 'small*', maxItemSize: 4 },
    { name: 'parent*', fanoutOnly: true, children: ['a'] },
  ],
};

const send = (text: string): WireStep => ['>', text];
const hear = (text: string): WireStep => ['<', text];
export const says = (sent: string, heard: string): WireStep[] => [send(`${sent}\n`), hear(`${heard}\n`)];
export const put = (queue: string, ...items: string[]): WireStep[] => [
  send(`put ${queue}:\n${items.map((item) => `${item}\n`).join('')}\n`),
  hear(`+${items.length}\n`),
];

/** Q is another queue in each run. */
export const TRANSCRIPTS: readonly (readonly [name: string, steps: readonly WireStep[]])[] = [
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
export const FATAL: readonly (readonly [sent: string, last: string])[] = [
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
