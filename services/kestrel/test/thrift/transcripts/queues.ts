import { call, count, fault, get, i32, info, items, onQueue, put, reply, settle, string } from '../bytes.js';
import { INTERNAL, LONG, says, stored, type Transcript } from '../transcript.js';

/** What is asked of a queue or of the server, and what their state does to requests. */
export const QUEUES: readonly Transcript[] = [
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
    'an alias passes puts on to its queues, and is none itself',
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
    'flush_all_queues empties all queues',
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
    'the status is told, and set to one there is',
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
    'a server that is read only puts, flushes and deletes nothing',
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
    'a server that is quiescent reads nothing, but tells its version',
    [
      ...says(call('set_status', i32(1, 1)), reply('set_status')),
      ...says(get('q', 1), fault('get', INTERNAL, 'Server not available for operation monitorUntil')),
      ...says(onQueue('peek', 'q'), fault('peek', INTERNAL, 'Server not available for operation getItem')),
      ...says(call('get_version'), reply('get_version', string(0, '0.1.0'))),
    ],
  ],
];
