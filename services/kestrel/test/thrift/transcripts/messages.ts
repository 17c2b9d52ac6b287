import {
  call,
  count,
  fault,
  frame,
  get,
  i32,
  i64,
  items,
  message,
  oldCall,
  onQueue,
  put,
  reply,
  string,
  strings,
  struct,
} from '../bytes.js';
import { bodyOf, INTERNAL, says, stored, type Transcript } from '../transcript.js';

const UPGRADE = '__can__finagle__trace__v3__';

/** Messages and arguments of every form, and names. */
export const MESSAGES: readonly Transcript[] = [
  ['get_version tells the version', says(call('get_version'), reply('get_version', string(0, '0.1.0')))],
  [
    'several calls in one packet are answered in order',
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
    'a method that is not there is named, and the connection stays',
    [
      ...says(call('nothing', string(1, 'q')), fault('nothing', 1, "Invalid method name: 'nothing'")),
      ...says(call('get_version'), reply('get_version', string(0, '0.1.0'))),
    ],
  ],
  [
    'arguments that are not there are named',
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
    'arguments that nobody knows are passed over',
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
    'arguments may come in another order',
    [
      ...says(call('put', i32(3, 0), strings(2, ['a']), string(1, 'q')), count('put', 1)),
      ...says(get('q', 1), items(['a', 0])),
    ],
  ],
  [
    'a call without a version is understood',
    says(oldCall('get_version'), reply('get_version', string(0, '0.1.0'))),
  ],
  [
    'names that no queue can have are refused',
    ['a.b', '../evil', 'a/b', 'a~b', '', 'a\0b', 'x'.repeat(221)].flatMap((name) => [
      ...says(put(name, ['a']), fault('put', INTERNAL, 'Queue name not allowed.')),
      ...says(get(name, 1), fault('get', INTERNAL, 'Queue name not allowed.')),
      ...says(onQueue('peek', name), fault('peek', INTERNAL, 'Queue name not allowed.')),
    ]),
  ],
  [
    'a queue for listed clients refuses one that says nothing',
    [
      ...says(put('listed', ['a']), fault('put', INTERNAL, 'Server not available for operation setItem')),
      ...says(get('listed', 1), fault('get', INTERNAL, 'Server not available for operation monitorUntil')),
    ],
  ],
  [
    "a client of finagle's puts a header before each message from then on, and who it says it is counts",
    [
      ...says(call(UPGRADE, ''), reply(UPGRADE)),
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
