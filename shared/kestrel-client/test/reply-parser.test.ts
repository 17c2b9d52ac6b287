import fc from 'fast-check';
import { READ_ITEM_BYTES_MAX, REPLY_LINE_BYTES_MAX } from '../src/defaults.js';
import { createReplyParser, ReplyFormatError, type Reply } from '../src/reply-parser-core.js';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/** Data as text, so that replies compare by value. */
const shown = (replies: readonly Reply[]): unknown[] =>
  replies.map((reply) => (reply.kind === 'item' ? { ...reply, data: reply.data.toString('latin1') } : reply));

const TRANSCRIPT =
  'STORED\r\nNOT_STORED\r\nVALUE statuses+fanout 0 5\r\na\r\nb\r\r\nEND\r\nVALUE q 0 0\r\n\r\nEND\r\nEND\r\n' +
  'DELETED\r\nVERSION 1.2.3\r\nSTAT queue_q_items 5\r\nSTAT queue_q_children a,b\r\nSTAT empty \r\nEND\r\n' +
  'CLIENT_ERROR\r\nERROR\r\nSERVER_ERROR out of disk\r\nREADONLY\r\nFlushed all queues.\r\n3\r\n';

const EXPECTED = [
  { kind: 'stored' },
  { kind: 'not_stored' },
  { kind: 'item', queue: 'statuses+fanout', data: 'a\r\nb\r' },
  { kind: 'item', queue: 'q', data: '' },
  { kind: 'end' },
  { kind: 'deleted' },
  { kind: 'version', version: '1.2.3' },
  { kind: 'stat', name: 'queue_q_items', value: '5' },
  { kind: 'stat', name: 'queue_q_children', value: 'a,b' },
  { kind: 'stat', name: 'empty', value: '' },
  { kind: 'end' },
  { kind: 'error', line: 'CLIENT_ERROR' },
  { kind: 'error', line: 'ERROR' },
  { kind: 'error', line: 'SERVER_ERROR out of disk' },
  { kind: 'text', line: 'READONLY' },
  { kind: 'text', line: 'Flushed all queues.' },
  { kind: 'text', line: '3' },
];

describe('the reply parser', () => {
  it('reads every kind of reply in one piece', () => {
    expect(shown(createReplyParser().push(latin1(TRANSCRIPT)))).toEqual(EXPECTED);
  });

  it('reads the same when split at any byte', () => {
    for (let at = 0; at <= TRANSCRIPT.length; at++) {
      const parser = createReplyParser();
      const replies = [
        ...parser.push(latin1(TRANSCRIPT.slice(0, at))),
        ...parser.push(latin1(TRANSCRIPT.slice(at))),
      ];
      expect(shown(replies)).toEqual(EXPECTED);
    }
  });

  it('reads the same one byte at a time', () => {
    const parser = createReplyParser();
    const replies = [...latin1(TRANSCRIPT)].flatMap((byte) => parser.push(Buffer.of(byte)));
    expect(shown(replies)).toEqual(EXPECTED);
  });

  it('takes a bare LF for a line end', () => {
    const replies = createReplyParser().push(latin1('STORED\nVALUE q 0 3\nabc\nEND\nEND\n'));
    expect(shown(replies)).toEqual([
      { kind: 'stored' },
      { kind: 'item', queue: 'q', data: 'abc' },
      { kind: 'end' },
    ]);
  });

  it('hands out a reply as soon as its last byte is there', () => {
    const parser = createReplyParser();
    expect(parser.push(latin1('VALUE q 0 3\r\nabc\r\nEND\r'))).toEqual([]);
    expect(shown(parser.push(latin1('\n')))).toEqual([{ kind: 'item', queue: 'q', data: 'abc' }]);
  });

  it('carries any bytes of any item through any fragmentation', () => {
    const item = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));
    const cuts = fc.array(fc.integer({ min: 1, max: 64 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 8 }), cuts, (items, sizes) => {
        const wire = Buffer.concat(
          items.flatMap((data) => [latin1(`VALUE q 0 ${data.length}\r\n`), data, latin1('\r\nEND\r\n')]),
        );
        const parser = createReplyParser();
        const got: Reply[] = [];
        for (let at = 0, i = 0; at < wire.length; i++) {
          const size = sizes[i % sizes.length] as number;
          got.push(...parser.push(wire.subarray(at, at + size)));
          at += size;
        }
        expect(got.map((reply) => (reply.kind === 'item' ? reply.data : null))).toEqual(items);
      }),
    );
  });

  it('answers rubbish with replies or a ReplyFormatError, nothing else', () => {
    const word = fc.constantFrom(
      'VALUE',
      'STORED',
      'END',
      'q',
      '0',
      '3',
      '-1',
      ' ',
      '\r\n',
      '\n',
      'STAT',
      'abc',
    );
    const rubbish = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.array(word, { maxLength: 30 }).map((words) => latin1(words.join(' '))),
    );
    fc.assert(
      fc.property(rubbish, (bytes) => {
        try {
          expect(Array.isArray(createReplyParser().push(bytes))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(ReplyFormatError);
        }
      }),
    );
  });

  it.each([
    ['a VALUE without a size', 'VALUE q 0\r\n'],
    ['a size that is no number', 'VALUE q 0 x\r\n'],
    ['a negative size', 'VALUE q 0 -1\r\n'],
    ['an item over the limit', `VALUE q 0 ${READ_ITEM_BYTES_MAX + 1}\r\n`],
    ['data that is longer than its size', 'VALUE q 0 2\r\nabc\r\nEND\r\n'],
    ['an item without its END', 'VALUE q 0 2\r\nab\r\nSTORED\r\n'],
    ['a line without an end', 'x'.repeat(REPLY_LINE_BYTES_MAX + 1)],
  ])('refuses %s', (_what, wire) => {
    expect(() => createReplyParser().push(latin1(wire))).toThrow(ReplyFormatError);
  });
});
