import { call, count, get, i32, items, onQueue, put, reply, settle, string } from '../bytes.js';
import { LONG, says, stored, type Transcript } from '../transcript.js';

/** Items that are put and got, kept or on loan. */
export const ITEMS: readonly Transcript[] = [
  [
    'gets return what was put, in order',
    [
      ...stored('a', 'b', 'c'),
      ...says(get('q', 2), items(['a', 0], ['b', 0])),
      ...says(get('q', 5), items(['c', 0])),
    ],
  ],
  ['a get of an empty queue returns nothing', says(get('q', 5), items())],
  ['a get of no items returns nothing', [...stored('a'), ...says(get('q', 0), items())]],
  [
    'a get without limit returns all',
    [...stored('a', 'b'), ...says(get('q', -1), items(['a', 0], ['b', 0]))],
  ],
  ['a get whose time is over returns nothing', [...stored('a'), ...says(get('q', 1, -5), items())]],
  [
    'a get does without the arguments that have a default',
    [...stored('a'), ...says(call('get', string(1, 'q'), i32(2, 1)), items(['a', 0]))],
  ],
  [
    'a get of a negative auto-abort keeps what it takes',
    [...stored('a'), ...says(get('q', 1, 0, -1), items(['a', 0]))],
  ],
  ['a get that waits in vain returns nothing', says(get('q', 1, 30), items())],
  [
    'a get that waits for more in vain returns what it has',
    [...stored('a'), ...says(get('q', 2, 30), items(['a', 0])), ...says(get('q', 1), items())],
  ],
  [
    'a get with a time returns at once where there is enough',
    [...stored('a', 'b'), ...says(get('q', 2, LONG), items(['a', 0], ['b', 0]))],
  ],
  [
    'an item may be any bytes, and none',
    [...stored('\0\xff\r\n', ''), ...says(get('q', 2), items(['\0\xff\r\n', 0], ['', 0]))],
  ],
  [
    'a put of no items makes no queue',
    [...says(put('q', []), count('put', 0)), ...says(onQueue('delete_queue', 'q'), reply('delete_queue'))],
  ],
  [
    'an item that is over at once is not returned',
    [...says(put('q', ['a'], -1), count('put', 1)), ...says(get('q', 1), items())],
  ],
  [
    'an item that lives is returned',
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
    'a put on a parent is for its children',
    [
      ...says(put('parent', ['a']), count('put', 1)),
      ...says(get('parent+a', 1), items(['a', 0])),
      ...says(get('parent', 1), items()),
    ],
  ],
  [
    'open reads are confirmed by their ids, once',
    [
      ...stored('a', 'b'),
      ...says(get('q', 2, 0, LONG), items(['a', 1], ['b', 2])),
      ...says(settle('confirm', 'q', [1, 2, 3]), count('confirm', 2)),
      ...says(settle('confirm', 'q', [1]), count('confirm', 0)),
      ...says(get('q', 1), items()),
    ],
  ],
  [
    'open reads that are aborted come back in their order',
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
  ['ids that are none abort nothing', says(settle('abort', 'q', [0, -1, 2 ** 60]), count('abort', 0))],
  ['no ids confirm nothing', says(settle('confirm', 'q', []), count('confirm', 0))],
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
];
