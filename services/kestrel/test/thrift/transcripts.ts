import type { WireStep } from '@murmur/testkit';
import {
  call,
  count,
  fault,
  frame,
  get,
  i32,
  i64,
  info,
  items,
  message,
  oldCall,
  onQueue,
  put,
  reply,
  settle,
  string,
  strings,
  struct,
} from './bytes.js';

/** What the queues of the transcripts need. */
export const CONFIG = {
  maxOpenTransactions: 3,
  queues: [
    { name: 'full', maxItems: 2 },
    { name: 'small', maxItemSize: 4 },
    { name: 'parent', fanoutOnly: true, children: ['a'] },
    { name: 'listed', whiteListClientIdForDequeue: ['reader'], whiteListClientIdForEnqueue: ['writer'] },
  ],
  aliases: [{ name: 'both', destinations: ['one', 'two'] }],
};

const INTERNAL = 6;
const LONG = 60_000;

export const says = (sent: string, heard: string): WireStep[] => [
  ['>', sent],
  ['<', heard],
];
const stored = (...texts: string[]): WireStep[] => says(put('q', texts), count('put', texts.length));

/** Each is played on a server of its own: ids are counted from 1. */
export const TRANSCRIPTS: readonly (readonly [name: string, steps: readonly WireStep[]])[] = [
  [
    'put and get',
    [
      ...stored('a', 'b', 'c'),
      ...says(get('q', 2), items(['a', 0], ['b', 0])),
      ...says(get('q', 5), items(['c', 0])),
    ],
  ],
  ['a get of an empty queue', says(get('q', 5), items())],
  ['a get of no items', [...stored('a'), ...says(get('q', 0), items())]],
  ['a get without limit', [...stored('a', 'b'), ...says(get('q', -1), items(['a', 0], ['b', 0]))]],
  ['a get whose time is over', [...stored('a'), ...says(get('q', 1, -5), items())]],
  [
    'a get without the arguments that have a default',
    [...stored('a'), ...says(call('get', string(1, 'q'), i32(2, 1)), items(['a', 0]))],
  ],
  ['a get of a negative auto-abort', [...stored('a'), ...says(get('q', 1, 0, -1), items(['a', 0]))]],
  ['a get that waits in vain', says(get('q', 1, 30), items())],
  [
    'a get that waits for more in vain',
    [...stored('a'), ...says(get('q', 2, 30), items(['a', 0])), ...says(get('q', 1), items())],
  ],
  [
    'a get with a time that has enough at once',
    [...stored('a', 'b'), ...says(get('q', 2, LONG), items(['a', 0], ['b', 0]))],
  ],
  [
    'any bytes, and none',
    [...stored('\0\xff\r\n', ''), ...says(get('q', 2), items(['\0\xff\r\n', 0], ['', 0]))],
  ],
  [
    'a put of no items makes no queue',
    [...says(put('q', []), count('put', 0)), ...says(onQueue('delete_queue', 'q'), reply('delete_queue'))],
  ],
  [
    'items that are over at once',
    [...says(put('q', ['a'], -1), count('put', 1)), ...says(get('q', 1), items())],
  ],
  [
    'items that live',
    [...says(put('q', ['a'], LONG), count('put', 1)), ...says(get('q', 1), items(['a', 0]))],
  ],
  [
    'a put stops at the first item that is refused',
    [
      ...says(put('full', ['a', 'b', 'c']), count('put', 2)),
      ...says(put('small', ['a', 'large', 'b']), count('put', 1)),
      ...says(get('small', 5), items(['a', 0])),
    ],
  ],
  [
    'a put on a parent',
    [
      ...says(put('parent', ['a']), count('put', 1)),
      ...says(get('parent+a', 1), items(['a', 0])),
      ...says(get('parent', 1), items()),
    ],
  ],
  [
    'open reads, confirmed',
    [
      ...stored('a', 'b'),
      ...says(get('q', 2, 0, LONG), items(['a', 1], ['b', 2])),
      ...says(settle('confirm', 'q', [1, 2, 3]), count('confirm', 2)),
      ...says(settle('confirm', 'q', [1]), count('confirm', 0)),
      ...says(get('q', 1), items()),
    ],
  ],
  [
    'open reads, aborted, come back in their order',
    [
      ...stored('a', 'b', 'c'),
      ...says(get('q', 2, 0, LONG), items(['a', 1], ['b', 2])),
      ...says(settle('abort', 'q', [2, 1]), count('abort', 2)),
      ...says(get('q', 3), items(['a', 0], ['b', 0], ['c', 0])),
    ],
  ],
  [
    'the name of the queue is not looked at to confirm',
    [
      ...stored('a'),
      ...says(get('q', 1, 0, LONG), items(['a', 1])),
      ...says(settle('confirm', 'other', [1]), count('confirm', 1)),
    ],
  ],
  ['ids that are none', says(settle('abort', 'q', [0, -1, 2 ** 60]), count('abort', 0))],
  ['no ids', says(settle('confirm', 'q', []), count('confirm', 0))],
  [
    'reads that are not confirmed in time go back',
    [
      ...stored('a', 'b'),
      ...says(get('q', 2, 0, 50), items(['a', 1], ['b', 2])),
      ...says(get('q', 2, LONG), items(['a', 0], ['b', 0])),
      ...says(settle('confirm', 'q', [1, 2]), count('confirm', 0)),
    ],
  ],
  [
    'at the limit of open reads there are fewer, and then none',
    [
      ...stored('a', 'b', 'c', 'd'),
      ...says(get('q', 9, 0, LONG), items(['a', 1], ['b', 2], ['c', 3])),
      ...says(get('q', 9, 0, LONG), items()),
      ...says(get('q', 9, LONG), items()),
      ...says(settle('confirm', 'q', [2]), count('confirm', 1)),
      ...says(get('q', 9, 0, LONG), items(['d', 4])),
    ],
  ],
  [
    'peek makes the queue',
    [
      ...says(onQueue('peek', 'q'), info({})),
      ...stored('abc'),
      ...says(get('q', 1, 0, LONG), items(['abc', 1])),
      ...says(onQueue('peek', 'q'), info({ open: 1 })),
    ],
  ],
  [
    'an alias',
    [
      ...says(put('both', ['a']), count('put', 1)),
      ...says(get('one', 1), items(['a', 0])),
      ...says(get('two', 1), items(['a', 0])),
      ...says(get('both', 1, 50), items()),
      ...says(onQueue('peek', 'both'), fault('peek', INTERNAL, 'both is an alias.')),
      ...says(onQueue('flush_queue', 'both'), reply('flush_queue')),
      ...says(onQueue('delete_queue', 'both'), reply('delete_queue')),
    ],
  ],
  [
    'flush_queue leaves open reads',
    [
      ...stored('a', 'b'),
      ...says(get('q', 1, 0, LONG), items(['a', 1])),
      ...says(onQueue('flush_queue', 'q'), reply('flush_queue')),
      ...says(settle('abort', 'q', [1]), count('abort', 1)),
      ...says(get('q', 2), items(['a', 0])),
    ],
  ],
  [
    'flush_all_queues',
    [
      ...stored('a'),
      ...says(put('r', ['b']), count('put', 1)),
      ...says(call('flush_all_queues'), reply('flush_all_queues')),
      ...says(get('q', 1), items()),
      ...says(get('r', 1), items()),
    ],
  ],
  [
    'delete_queue takes open reads along',
    [
      ...stored('a'),
      ...says(get('q', 1, 0, LONG), items(['a', 1])),
      ...says(onQueue('delete_queue', 'q'), reply('delete_queue')),
      ...says(settle('abort', 'q', [1]), count('abort', 0)),
      ...says(get('q', 1), items()),
    ],
  ],
  [
    'status',
    [
      ...says(call('current_status'), count('current_status', 3)),
      ...says(call('set_status', i32(1, 2)), reply('set_status')),
      ...says(call('current_status'), count('current_status', 2)),
      ...says(call('set_status', i32(1, 1)), reply('set_status')),
      ...says(call('current_status'), count('current_status', 1)),
      ...says(call('set_status', i32(1, 0)), fault('set_status', INTERNAL, 'Unknown status.')),
      ...says(call('set_status', i32(1, 9)), fault('set_status', INTERNAL, 'Unknown status.')),
      ...says(call('set_status', i32(1, 3)), reply('set_status')),
    ],
  ],
  [
    'read only',
    [
      ...stored('a'),
      ...says(get('q', 1, 0, LONG), items(['a', 1])),
      ...says(call('set_status', i32(1, 2)), reply('set_status')),
      ...says(put('q', ['a']), fault('put', INTERNAL, 'Server not available for operation setItem')),
      ...says(put('q', []), count('put', 0)),
      ...says(
        onQueue('flush_queue', 'q'),
        fault('flush_queue', INTERNAL, 'Server not available for operation flush'),
      ),
      ...says(
        call('flush_all_queues'),
        fault('flush_all_queues', INTERNAL, 'Server not available for operation flushAll'),
      ),
      ...says(
        onQueue('delete_queue', 'q'),
        fault('delete_queue', INTERNAL, 'Server not available for operation delete'),
      ),
      ...says(settle('confirm', 'q', [1]), count('confirm', 1)),
      ...says(onQueue('peek', 'q'), info({})),
    ],
  ],
  [
    'quiescent',
    [
      ...says(call('set_status', i32(1, 1)), reply('set_status')),
      ...says(get('q', 1), fault('get', INTERNAL, 'Server not available for operation monitorUntil')),
      ...says(onQueue('peek', 'q'), fault('peek', INTERNAL, 'Server not available for operation getItem')),
      ...says(call('get_version'), reply('get_version', string(0, '0.1.0'))),
    ],
  ],
  ['get_version', says(call('get_version'), reply('get_version', string(0, '0.1.0')))],
  [
    'several calls in one packet, answered in order',
    [
      ['>', put('q', ['a', 'b']) + get('q', 1) + call('nothing') + get('q', 3, 30) + call('get_version')],
      [
        '<',
        count('put', 2) +
          items(['a', 0]) +
          fault('nothing', 1, "Invalid method name: 'nothing'") +
          items(['b', 0]) +
          reply('get_version', string(0, '0.1.0')),
      ],
    ],
  ],
  [
    'a method that is not there',
    [
      ...says(call('nothing', string(1, 'q')), fault('nothing', 1, "Invalid method name: 'nothing'")),
      ...says(call('get_version'), reply('get_version', string(0, '0.1.0'))),
    ],
  ],
  [
    'arguments that are not there',
    [
      ...says(call('put', strings(2, ['a'])), fault('put', 7, 'put: queue_name is missing.')),
      ...says(call('put', string(1, 'q')), fault('put', 7, 'put: items is missing.')),
      ...says(call('confirm', string(1, 'q')), fault('confirm', 7, 'confirm: ids is missing.')),
      ...says(call('set_status'), fault('set_status', 7, 'set_status: status is missing.')),
      ...says(call('peek'), fault('peek', 7, 'peek: queue_name is missing.')),
    ],
  ],
  [
    'an argument of another type is as if it were not there',
    says(call('get', i32(1, 5), i32(2, 1)), fault('get', 7, 'get: queue_name is missing.')),
  ],
  [
    'arguments that nobody knows',
    [
      ...stored('a'),
      ...says(
        call(
          'get',
          i64(9, 1),
          struct(8, string(1, 'x') + struct(2, i32(1, 1))),
          strings(7, ['x']),
          string(1, 'q'),
          i32(2, 1),
        ),
        items(['a', 0]),
      ),
    ],
  ],
  [
    'arguments in another order',
    [
      ...says(call('put', i32(3, 0), strings(2, ['a']), string(1, 'q')), count('put', 1)),
      ...says(get('q', 1), items(['a', 0])),
    ],
  ],
  ['a call without a version', says(oldCall('get_version'), reply('get_version', string(0, '0.1.0')))],
  [
    'names that no queue can have',
    ['a.b', '../evil', 'a/b', 'a~b', '', 'a\0b', 'x'.repeat(221)].flatMap((name) => [
      ...says(put(name, ['a']), fault('put', INTERNAL, 'Queue name not allowed.')),
      ...says(get(name, 1), fault('get', INTERNAL, 'Queue name not allowed.')),
      ...says(onQueue('peek', name), fault('peek', INTERNAL, 'Queue name not allowed.')),
    ]),
  ],
  [
    'a queue for listed clients, to one that says nothing',
    [
      ...says(put('listed', ['a']), fault('put', INTERNAL, 'Server not available for operation setItem')),
      ...says(get('listed', 1), fault('get', INTERNAL, 'Server not available for operation monitorUntil')),
    ],
  ],
  [
    "a client of finagle's: a header before each message from then on, and who it says it is counts",
    [
      ...says(call(UPGRADE(), ''), reply(UPGRADE())),
      ...says(headed('writer', putBody('listed', ['a'])), noHeader(count('put', 1))),
      ...says(
        headed('reader', putBody('listed', ['a'])),
        noHeader(fault('put', INTERNAL, 'Server not available for operation setItem')),
      ),
      ...says(headed('reader', bodyOf(get('listed', 1))), noHeader(items(['a', 0]))),
      ...says(
        headed(null, bodyOf(get('listed', 1))),
        noHeader(fault('get', INTERNAL, 'Server not available for operation monitorUntil')),
      ),
      ...says(
        headed(null, bodyOf(call('nothing'))),
        noHeader(fault('nothing', 1, "Invalid method name: 'nothing'")),
      ),
    ],
  ],
];

function UPGRADE(): string {
  return '__can__finagle__trace__v3__';
}

/** The body of a frame: what comes after its length. */
function bodyOf(framed: string): string {
  return framed.slice(4);
}

function putBody(queue: string, texts: readonly string[]): string {
  return bodyOf(put(queue, texts));
}

/** A request with finagle's header: trace and span, the parent's, and who calls. */
function headed(clientId: string | null, body: string): string {
  const client = clientId === null ? '' : struct(6, string(1, clientId));
  return frame(`${i64(1, 5)}${i64(2, 6)}${i64(3, 5)}${client}${i64(7, 0)}\0${body}`);
}

/** An answer with a header that says nothing. */
function noHeader(framed: string): string {
  return frame(`\0${bodyOf(framed)}`);
}

/** What ends a connection without an answer. */
export const MALFORMED: readonly (readonly [what: string, bytes: string])[] = [
  ['a frame without a length', frame('')],
  ['a negative length', '\xff\xff\xff\xff'],
  ['a memcache request', 'get q\r\nget q\r\n'],
  ['a frame of rubbish', frame('rubbish rubbish rubbish')],
  ['a message of another version', frame(`\x80\x02\0\x01${'\0'.repeat(20)}`)],
  ['a reply', frame(message(2, 'get', 7, ''))],
  ['a message that wants no answer', frame(message(4, 'get_version', 7, ''))],
  ['a string longer than the frame', frame('\x80\x01\0\x01\0\0\xff\0get')],
  [
    'a list longer than the frame',
    frame(message(1, 'put', 7, string(1, 'q') + '\x0f\0\x02\x0b\0\0\xff\xff')),
  ],
  [
    'a list of negative length',
    frame(message(1, 'put', 7, string(1, 'q') + '\x0f\0\x02\x0b\xff\xff\xff\xff')),
  ],
  [
    'a list of too many values',
    frame(message(1, 'put', 7, `\x0f\0\x02\x02\x0f\xff\xff\xff${'\0'.repeat(2000)}`)),
  ],
  ['a struct without end', frame(bodyOf(call('put', string(1, 'q'), strings(2, ['a']))).slice(0, -1))],
  ['a value of no type', frame(message(1, 'get', 7, '\x09\0\x01\0\0'))],
  ['values nested too deep', frame(message(1, 'get', 7, '\x0c\0\x05'.repeat(100) + '\0'.repeat(100)))],
];
