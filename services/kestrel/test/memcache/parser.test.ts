import fc from 'fast-check';
import { splitAt } from '@murmur/testkit';
import { LINE_BYTES_MAX, LineDecoder, RequestParser } from '../../src/memcache/parser-core.js';

const LIMIT = 100;
const decoder = new LineDecoder();
const parser = (): RequestParser => new RequestParser(decoder, () => LIMIT);

/** Requests as text: `set q 0 hello`. */
function parse(chunks: readonly Uint8Array[]): string[] {
  const it = parser();
  const seen: string[] = [];
  for (const chunk of chunks) {
    it.feed(Buffer.from(chunk));
    for (let request = it.next(); request !== null; request = it.next()) {
      const data = request.kind === 'set' ? ` ${it.data?.toString('latin1') ?? '(too large)'}` : '';
      seen.push(JSON.stringify(request) + data);
    }
  }
  expect(it.buffered).toBeLessThanOrEqual(Buffer.concat(chunks).length);
  return seen;
}

const STREAM = Buffer.from(
  'get a\r\nset b 0 0 5\r\nhello\r\nGET c/open\nset d 1 2 0\r\n\r\nset e 0 0 4\r\n\r\nx\n\r\nadd f 0 0 3\r\nget\r\nset g x 0 2\r\nok\r\n' +
    `set h 0 0 ${LIMIT + 1}\r\n${'y'.repeat(LIMIT + 1)}\r\nmonitor a 1 2\r\n\r\nquit\r\nget rest`,
  'latin1',
);

describe('the request parser', () => {
  it('cuts a stream into requests and their data', () => {
    expect(parse([STREAM])).toEqual([
      '{"kind":"get","queue":"a","timeoutMs":0,"open":false,"close":false,"abort":false,"peek":false}',
      '{"kind":"set","queue":"b","expiry":0,"bytes":5} hello',
      '{"kind":"get","queue":"c","timeoutMs":0,"open":true,"close":false,"abort":false,"peek":false}',
      '{"kind":"set","queue":"d","expiry":2,"bytes":0} ',
      '{"kind":"set","queue":"e","expiry":0,"bytes":4} \r\nx\n',
      '{"kind":"refuse","fatal":true,"bytes":3}',
      '{"kind":"refuse","fatal":false,"bytes":2}',
      `{"kind":"set","queue":"h","expiry":0,"bytes":${LIMIT + 1}} (too large)`,
      '{"kind":"monitor","queue":"a","timeoutMs":1000,"max":2}',
      '{"kind":"refuse","fatal":true,"bytes":-1}',
      '{"kind":"quit"}',
    ]);
  });

  it('says the same wherever the stream is cut', () => {
    const whole = parse([STREAM]);
    for (const halves of splitAt(STREAM)) expect(parse(halves)).toEqual(whole);
    expect(parse([...STREAM].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it('says the same however any bytes are cut', () => {
    const pieces = fc.array(
      fc.oneof(
        fc.constantFrom('get q', 'set q 0 0 3', '\r\n', '\n', 'abc', ' ', 'set q 0 0 200', 'stats'),
        fc.string(),
      ),
    );
    fc.assert(
      fc.property(pieces, fc.array(fc.nat(12), { minLength: 1 }), (texts, sizes) => {
        const bytes = Buffer.from(texts.join(''), 'latin1');
        const chunks: Buffer[] = [];
        for (let at = 0, i = 0; at < bytes.length; i += 1) {
          const size = 1 + (sizes[i % sizes.length] ?? 0);
          chunks.push(bytes.subarray(at, at + size));
          at += size;
        }
        expect(parse(chunks)).toEqual(parse([bytes]));
      }),
    );
  });

  it('does not look at the two bytes after the data', () => {
    expect(parse([Buffer.from('set q 0 0 2\r\nabXXquit\r\n')])).toHaveLength(2);
  });

  it('refuses a line that has no end in sight, and holds no more than a line of it', () => {
    const endless = Buffer.alloc(LINE_BYTES_MAX + 1, 0x61);
    expect(parse([endless])).toEqual(['{"kind":"refuse","fatal":true,"bytes":-1}']);
  });

  it('throws away the bytes of an item that is too large as they come', () => {
    const it = parser();
    it.feed(Buffer.from(`set q 0 0 ${2 ** 30}\r\n`));
    expect(it.next()).toBeNull();
    for (let i = 0; i < 100; i += 1) {
      it.feed(Buffer.alloc(64 * 1024));
      expect(it.next()).toBeNull();
      expect(it.buffered).toBe(0);
    }
  });
});
