import fc from 'fast-check';
import {
  flagOf,
  MetaProtocolError,
  MetaReplyParser,
  REPLY_LINE_BYTES_MAX,
  type Reply,
} from '../src/meta-parser-core.js';

const NONE = Buffer.alloc(0);
const cases: readonly { readonly bytes: string; readonly reply: Reply }[] = [
  { bytes: 'HD\r\n', reply: { code: 'HD', rest: '', value: NONE } },
  { bytes: 'HD c12 f7\r\n', reply: { code: 'HD', rest: 'c12 f7', value: NONE } },
  { bytes: 'VA 5 c3 f1\r\nab\r\nc\r\n', reply: { code: 'VA', rest: 'c3 f1', value: Buffer.from('ab\r\nc') } },
  { bytes: 'VA 0\r\n\r\n', reply: { code: 'VA', rest: '', value: NONE } },
  { bytes: 'VA 3 kfoo\r\nEN\r\r\n', reply: { code: 'VA', rest: 'kfoo', value: Buffer.from('EN\r') } },
  { bytes: 'NS khome:1\r\n', reply: { code: 'NS', rest: 'khome:1', value: NONE } },
  { bytes: 'EN\r\n', reply: { code: 'EN', rest: '', value: NONE } },
  { bytes: 'EX\r\n', reply: { code: 'EX', rest: '', value: NONE } },
  { bytes: 'NF\r\n', reply: { code: 'NF', rest: '', value: NONE } },
  { bytes: 'MN\r\n', reply: { code: 'MN', rest: '', value: NONE } },
  {
    bytes: 'SERVER_ERROR object too large for cache\r\n',
    reply: { code: 'SERVER_ERROR', rest: 'object too large for cache', value: NONE },
  },
];
const stream = Buffer.from(cases.map((c) => c.bytes).join(''), 'latin1');
const expected = cases.map((c) => c.reply);

function parse(chunks: readonly Buffer[]): Reply[] {
  const parser = new MetaReplyParser();
  const out: Reply[] = [];
  for (const chunk of chunks)
    parser.push(chunk, (reply) => out.push({ ...reply, value: Buffer.from(reply.value) }));
  return out;
}

describe('the parser of meta replies', () => {
  it('reads every kind of reply', () => {
    expect(parse([stream])).toEqual(expected);
  });

  it('reads the same when the stream is split at any byte', () => {
    for (let at = 0; at <= stream.length; at++)
      expect(parse([stream.subarray(0, at), stream.subarray(at)])).toEqual(expected);
  });

  it('reads the same one byte at a time', () => {
    expect(parse([...stream].map((byte) => Buffer.from([byte])))).toEqual(expected);
  });

  it('reads any values, cut anywhere', () => {
    const value = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 8 }),
        fc.array(fc.nat(5_000), { maxLength: 10 }),
        (values, cuts) => {
          const bytes = Buffer.concat(
            values.flatMap((v) => [
              Buffer.from(`VA ${v.length} c1\r\n`),
              Buffer.from(v),
              Buffer.from('\r\nMN\r\n'),
            ]),
          );
          const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
          const replies = parse(at.slice(1).map((end, i) => bytes.subarray(at[i], end)));
          expect(replies.map((r) => r.code)).toEqual(values.flatMap(() => ['VA', 'MN']));
          expect(replies.filter((r) => r.code === 'VA').map((r) => [...r.value])).toEqual(
            values.map((v) => [...v]),
          );
        },
      ),
    );
  });

  it('answers rubbish with replies or a MetaProtocolError, and with nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 6 }), (chunks) => {
        try {
          parse(chunks.map((chunk) => Buffer.from(chunk)));
        } catch (error) {
          expect(error).toBeInstanceOf(MetaProtocolError);
        }
      }),
    );
  });

  it.each([
    'ERROR\r\n',
    'CLIENT_ERROR bad\r\n',
    'VA x\r\n',
    'VA\r\n',
    'HD\n',
    '\r\n',
    'VA 999999999\r\n',
    'VA 1\r\nabc',
  ])('refuses %j', (bytes) => {
    expect(() => parse([Buffer.from(bytes)])).toThrow(MetaProtocolError);
  });

  it('does not collect an endless line', () => {
    const parser = new MetaReplyParser();
    const push = (): void => parser.push(Buffer.alloc(512, 'x'), () => undefined);
    expect(() => {
      for (let sent = 0; sent <= 2 * REPLY_LINE_BYTES_MAX; sent += 512) push();
    }).toThrow('reply line too long');
  });

  it('finds a flag and its token', () => {
    expect(flagOf('c12 kfoo f0', 'k')).toBe('foo');
    expect(flagOf('c12', 'k')).toBeNull();
  });
});
