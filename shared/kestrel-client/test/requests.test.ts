import { boundsOf, KESTREL_DEFAULTS, QUEUE_NAME_LENGTH_MAX } from '../src/defaults.js';
import { KestrelError } from '../src/errors.js';
import { backOffMs, checkQueueName, encodeSet, monitorSeconds } from '../src/requests-core.js';
import { queueStatsReader } from '../src/stats-core.js';
import type { Reply } from '../src/reply-parser-core.js';
import type { QueueStats } from '../src/types.js';

describe('a Kestrel client', () => {
  it('writes a set with the payload untouched', () => {
    const wire = encodeSet('statuses', Buffer.from([0, 13, 10, 255]));
    expect(wire).toEqual(
      Buffer.concat([
        Buffer.from('set statuses 0 0 4\r\n'),
        Buffer.from([0, 13, 10, 255]),
        Buffer.from('\r\n'),
      ]),
    );
  });

  it.each(['statuses', 'statuses+fanout', 'push-gateway_1', 'x'.repeat(QUEUE_NAME_LENGTH_MAX)])(
    'takes the queue name %s',
    (name) => {
      expect(() => {
        checkQueueName(name);
      }).not.toThrow();
    },
  );

  it.each(['', 'a b', 'a\r\nflush_all', 'a/open', 'a.b', 'a~b', 'ä', 'x'.repeat(QUEUE_NAME_LENGTH_MAX + 1)])(
    'refuses the queue name %j before anything is sent',
    (name) => {
      expect(() => {
        checkQueueName(name);
      }).toThrow(KestrelError);
    },
  );

  it('rounds a monitor up to whole seconds, one at least', () => {
    expect([0, 1, 1000, 1001, 2500].map(monitorSeconds)).toEqual([1, 1, 1, 2, 3]);
  });

  it('doubles the back-off between its bounds and takes up to half of it away by chance', () => {
    expect([0, 1, 2, 3, 60].map((attempt) => backOffMs(attempt, 50, 300, 0))).toEqual([
      50, 100, 200, 300, 300,
    ]);
    expect(backOffMs(0, 50, 300, 1)).toBe(25);
  });

  it('fills in default bounds and names a bad one', () => {
    expect(boundsOf({ putTimeoutMs: 5 })).toEqual({ ...KESTREL_DEFAULTS, putTimeoutMs: 5 });
    expect(() => boundsOf({ inFlightMax: 0 })).toThrow(
      'inFlightMax: 0 is not allowed, a whole number from 1 is required',
    );
  });

  it('picks one queue out of the stats of all', () => {
    const queueStatsOf = (given: readonly Reply[], queue: string, server: string): QueueStats => {
      const reader = queueStatsReader(queue, server);
      for (const reply of given) reader.push(reply);
      return reader.stats();
    };
    const stat = (name: string, value: string): Reply => ({ kind: 'stat', name, value });
    const replies: Reply[] = [
      stat('uptime', '5'),
      stat('queue_statuses_items', '9'),
      stat('queue_statuses+persist_items', '3'),
      stat('queue_statuses+persist_age', '1500'),
      stat('queue_idle_age', '1700000000000'),
      stat('queue_alias_put_items', '7'),
      stat('queue_statuses+persist_children', 'a,b'),
      { kind: 'text', line: 'a line of another server' },
      { kind: 'end' },
    ];
    expect(queueStatsOf(replies, 'statuses+persist', 'a:1')).toEqual({
      server: 'a:1',
      items: 3,
      ageMs: 1500,
    });
    expect(queueStatsOf(replies, 'idle', 'a:1')).toEqual({ server: 'a:1', items: 0, ageMs: 0 });
    expect(queueStatsOf(replies, 'unknown', 'a:1')).toEqual({ server: 'a:1', items: 0, ageMs: 0 });
  });
});
