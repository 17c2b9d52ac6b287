import fc from 'fast-check';
import { splitAt } from '@murmur/testkit';
import { LINE_BYTES_MAX, LineDecoder, RequestParser } from '../../src/memcache/parser-core.js';
import { cut, LIMIT, makeParser, parse } from './parse.js';
import { TRANSCRIPTS } from './transcripts/index.js';

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

  it('does not look at the two bytes after the data', () => {
    expect(parse([Buffer.from('set q 0 0 2\r\nabXXquit\r\n')])).toHaveLength(2);
  });

  it('refuses a line that has no end in sight, and holds no more than a line of it', () => {
    const endless = Buffer.alloc(LINE_BYTES_MAX + 1, 0x61);
    expect(parse([endless])).toEqual(['{"kind":"refuse","fatal":true,"bytes":-1}']);
  });

  it('throws away the bytes of an item that is too large as they come', () => {
    const it = makeParser();
    it.feed(Buffer.from(`set q 0 0 ${2 ** 30}\r\n`));
    expect(it.next()).toBeNull();
    for (let i = 0; i < 100; i += 1) {
      it.feed(Buffer.alloc(64 * 1024));
      expect(it.next()).toBeNull();
      expect(it.buffered).toBe(0);
    }
  });

  it('copies an item into the room that its queue has for it, and keeps nothing else of what it came in', () => {
    const asked: string[] = [];
    const rooms: Buffer[] = [];
    const room = (queue: string, bytes: number): Buffer => {
      asked.push(`${queue} ${bytes}`);
      const made = Buffer.alloc(bytes);
      rooms.push(made);
      return made;
    };
    const it = new RequestParser(new LineDecoder(), { itemLimit: () => LIMIT, room });
    it.feed(Buffer.from('set a 0 0 2\r\nhi\r\nset b 0 0 1000\r\n'));
    expect(it.next()).toMatchObject({ kind: 'set', queue: 'a' });
    expect(it.data).toBe(rooms[0]);
    expect(it.data?.toString()).toBe('hi');
    it.next();
    it.settle();
    expect(it.buffered).toBe(0);
    expect(asked).toEqual(['a 2']);
  });

  it('grows with an item as it comes, not with the size that was announced', () => {
    const it = makeParser(2 ** 26);
    it.feed(Buffer.from(`set q 0 0 ${2 ** 26}\r\nabc`));
    expect(it.next()).toBeNull();
    expect(it.buffered).toBe(3);
  });
});

/** Lines, data and rubbish. */
const pieces = fc.array(
  fc.oneof(
    fc.constantFrom(
      'get q',
      'set q 0 0 3',
      '\r\n',
      '\n',
      '\r',
      'abc',
      ' ',
      '/',
      'set q 0 0 200',
      'stats',
      'add q 0 0 5',
    ),
    fc.string({ unit: 'binary' }),
    fc.uint8Array().map((bytes) => Buffer.from(bytes).toString('latin1')),
  ),
);
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });

/** What clients say in the transcripts, with bytes changed, dropped and put in. */
const said = TRANSCRIPTS.flatMap(({ steps }) =>
  steps.flatMap(([, does, bytes]) => (does === 'sends' && bytes.length < 1000 ? [bytes] : [])),
);
const mutated = fc
  .tuple(
    fc.array(fc.constantFrom(...said), { minLength: 1, maxLength: 5 }),
    fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.nat(255)), { maxLength: 6 }),
  )
  .map(([texts, changes]) => {
    const bytes = [...Buffer.from(texts.join(''), 'latin1')];
    for (const [at, remove, byte] of changes) bytes.splice(at % (bytes.length + 1), remove, byte);
    return Buffer.from(bytes);
  });

describe.each([
  ['any bytes', pieces.map((texts) => Buffer.from(texts.join(''), 'latin1'))],
  ['transcripts that were tampered with', mutated],
])('%s', (_what, streams) => {
  it('mean the same however they are cut, and never more than they are is held', () => {
    fc.assert(
      fc.property(streams, sizes, (bytes, chunkSizes) => {
        const parser = makeParser();
        let fed = 0;
        for (const chunk of cut(bytes, chunkSizes)) {
          parser.feed(chunk);
          fed += chunk.length;
          let requests = 0;
          while (parser.next() !== null) requests += 1;
          expect(requests).toBeLessThanOrEqual(fed);
          expect(parser.buffered).toBeLessThanOrEqual(Math.min(fed, Math.max(LIMIT, LINE_BYTES_MAX) + 40));
        }
        expect(parse(cut(bytes, chunkSizes))).toEqual(parse([bytes]));
      }),
      { numRuns: 500 },
    );
  });
});
