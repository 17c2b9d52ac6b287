import {
  alive,
  by,
  closed,
  end,
  fatal,
  gets,
  none,
  put,
  raw,
  read,
  say,
  send,
  transcript as t,
  type Transcript,
} from '../transcript.js';

const MISSING = [
  ...[
    'get',
    'gets',
    'monitor',
    'monitor Q',
    'confirm',
    'confirm Q',
    'delete',
    'flush',
    'flush_expired',
    'get ',
    'gets  ',
  ],
  ...['get /', 'get ///', 'gets /'],
];

const UNKNOWN = [
  ...[
    'nonsense',
    'incr Q 1',
    'decr Q 1',
    'touch Q 1',
    'dump_config',
    'verbosity 1',
    'peek Q',
    'g',
    'getx Q',
    'set-x',
  ],
  ...['\0', '\xff\xfe', 'GET\r', "'; drop"],
];

const EMPTY_NAME = [
  'get /open',
  'get /t=5',
  'get //open',
  'get  Q',
  'delete  Q',
  'flush  Q',
  'monitor  5',
  'confirm  1',
];

const FORBIDDEN = [
  'peek/open',
  'open/peek',
  'peek/close',
  'peek/close/open',
  'abort/open',
  'abort/close',
  'peek/abort',
  'abort/peek/t=5',
];

const SHORT_SETS = [
  'set',
  'set Q',
  'set Q 0',
  'set Q 0 0',
  'add Q 0 0',
  'cas Q 0 0',
  'set Q 0 0 ',
  'set Q 0 5',
];

/** What is no 32-bit signed decimal number. */
export const NO_NUMBERS = [
  'x',
  '1x',
  'x1',
  '1.5',
  '1e3',
  '0x10',
  '--1',
  '+-1',
  '+',
  '-',
  '2147483648',
  '-2147483649',
  '99999999999',
  '\xb2',
];

const BAD_NUMBERS = NO_NUMBERS.flatMap((text) => [
  `set Q 0 0 ${text}`,
  `get Q/t=${text}`,
  `monitor Q ${text}`,
  `monitor Q 0 ${text}`,
  `confirm Q ${text}`,
]);

const BAD_SIZES = ['-1', '-2147483648', '2147483646', '2147483647'];

/** Names that are none, where the command would make the queue. */
export const BAD_NAMES = [
  '.',
  '..',
  '../evil',
  '..\\..\\evil.x',
  'a.b',
  'a~b',
  '~',
  'a\0b',
  'x'.repeat(221),
  '\xe9'.repeat(111),
];

/** The table of 2.2. */
export const ERRORS: readonly Transcript[] = [
  ...MISSING.map((line) =>
    t('2.2', `${JSON.stringify(line)} lacks an argument`, say(line, 'CLIENT_ERROR'), alive),
  ),
  ...NO_NUMBERS.map((text) =>
    t(
      '2.2',
      `set with the flags ${JSON.stringify(text)}: the data is consumed and nothing stored`,
      raw(`set Q ${text} 0 1\r\na\r\n`),
      gets('CLIENT_ERROR\r\n'),
      none('Q'),
    ),
  ),
  ...UNKNOWN.map((line) => t('2.2', `${JSON.stringify(line)} is no command`, fatal(line))),
  ...EMPTY_NAME.map((line) => t('2.2', `${JSON.stringify(line)} has an empty name`, fatal(line))),
  t('2.2', 'a set has an empty name', raw('set  0 0 1\r\na\r\n'), gets('CLIENT_ERROR\r\n'), closed),
  ...FORBIDDEN.map((options) =>
    t(
      '2.4',
      `${options} exclude each other`,
      put('Q', 'a'),
      fatal(`get Q/${options}`),
      by('b', read('Q', 'a')),
    ),
  ),
  t(
    '2.2',
    'a plain get is refused while a read is open on that queue',
    put('Q', 'a', 'b'),
    read('Q/open', 'a'),
    fatal('get Q', 'ERROR'),
    by('b', read('Q', 'a', 'b')),
  ),
  t(
    '2.2',
    'one open read too many is refused',
    put('Q', 'a', 'b', 'c', 'd'),
    read('Q/open', 'a', 'b', 'c'),
    fatal('get Q/open', 'ERROR'),
    by('b', read('Q', 'a', 'b', 'c', 'd')),
  ),
  ...SHORT_SETS.map((line) => t('2.2', `${JSON.stringify(line)} has too few words`, fatal(line))),
  ...BAD_NUMBERS.map((line) => t('2.2', `${JSON.stringify(line)} has a bad number`, fatal(line))),
  ...BAD_SIZES.map((size) => t('2.2', `a size of ${size} is refused`, fatal(`set Q 0 0 ${size}`))),
  t('2.2', 'a get with an empty time is refused', fatal('get Q/t=')),
  t(
    '2.2',
    'a bad expiration: nothing is stored',
    raw('set Q 0 x 1\r\na\r\n'),
    gets('CLIENT_ERROR\r\n'),
    closed,
    by('b', none('Q')),
  ),
  ...['0', '-0', '+7', '-7', '0000000000000012', '2147483647', '-2147483648'].map((text) =>
    t('2.2', `${text} is a number`, raw(`set Q ${text} 0 1\r\na\r\n`), gets('STORED\r\n'), read('Q', 'a')),
  ),
  t(
    '2.2',
    'a size may have a plus sign and zeros',
    raw('set Q 0 0 +0001\r\na\r\n'),
    gets('STORED\r\n'),
    read('Q', 'a'),
  ),
  ...BAD_NAMES.flatMap((name) => {
    const shown = JSON.stringify(name.length > 20 ? `${name.slice(0, 3)}... of ${name.length}` : name);
    const key = name.split('/')[0] ?? '';
    return [
      t(
        '2.2',
        `get, gets and monitor do not make the queue ${shown}`,
        fatal(`get ${key}`),
        by('b', fatal(`gets ${key}/open/t=5`)),
        by('c', fatal(`get ${key}/peek`)),
        by('d', fatal(`monitor ${name} 1`)),
      ),
      t(
        '2.2',
        `set does not make the queue ${shown}`,
        raw(`set ${name} 0 0 1\r\na\r\n`),
        gets('CLIENT_ERROR\r\n'),
        closed,
      ),
      t(
        '1',
        `no queue ${shown} is found`,
        say(`flush ${name}`, 'END'),
        say(`flush_expired ${name}`, '0'),
        say(`delete ${name}`, 'DELETED'),
        say(`confirm ${name} 1`, 'ERROR'),
        alive,
      ),
    ];
  }),
  ...['get a.b/close', 'get a.b/abort'].map((line) =>
    t('1', `${line} creates nothing`, say(line, 'END'), alive),
  ),
  ...['a/b', '/', 'a/'].map((name) =>
    t(
      '1',
      `set and monitor do not make the queue ${name}`,
      raw(`set ${name} 0 0 1\r\na\r\n`),
      gets('CLIENT_ERROR\r\n'),
      closed,
      by('b', fatal(`monitor ${name} 1`)),
    ),
  ),
  t('1', 'a name may have 220 characters', put('x'.repeat(220), 'a'), read('x'.repeat(220), 'a')),
  t(
    '2.2',
    'a line feed in a key ends the command',
    raw('get Q\nb\n'),
    gets('END\r\nCLIENT_ERROR\r\n'),
    closed,
  ),
  t(
    '2.2',
    'a line feed in the key of a set ends the command',
    raw('set Q\nb 0 0 1\na\r\n'),
    gets('CLIENT_ERROR\r\n'),
    closed,
  ),
  t('2.2', 'a line without an end is refused', raw('x'.repeat(8193)), gets('CLIENT_ERROR\r\n'), closed),
  t(
    '2.2',
    'a closed connection returns its open reads',
    put('Q', 'a'),
    read('Q/open', 'a'),
    fatal('nonsense'),
    by('b', read('Q', 'a')),
  ),
  t(
    '2.2',
    'errors in a row are answered one by one',
    send('get', 'get /', 'delete'),
    gets('CLIENT_ERROR\r\n'.repeat(3)),
    raw('get Q\r\n'),
    end,
  ),
];
