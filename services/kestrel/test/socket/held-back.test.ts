import fc from 'fast-check';
import { LineDecoder, RequestParser } from '../../src/memcache/parser-core.js';
import { TextParser } from '../../src/text/parser-core.js';
import { FrameParser } from '../../src/thrift/frames-core.js';
import { cut } from '../memcache/parse.js';
import { frame } from '../thrift/bytes.js';

const LARGE = 'x'.repeat(64 * 1024);
const BYTES_MAX = 1024 * 1024;

/** What the three have in common. */
interface Parser {
  feed(chunk: Buffer): void;
  settle(): void;
  next(mayEndLarge: boolean): unknown;
}

interface Row {
  readonly name: string;
  readonly make: () => Parser;
  readonly request: (data: string) => string;
}

const decoder = new LineDecoder();
const PARSERS: readonly Row[] = [
  {
    name: 'memcache',
    make: () => {
      const parser = new RequestParser(decoder, {
        itemLimit: () => BYTES_MAX,
        room: (_, n) => Buffer.alloc(n),
      });
      const next = (mayEndLarge: boolean): unknown => {
        const request = parser.next(mayEndLarge);
        return request === null || request === 'large' ? request : [request, parser.data?.toString('latin1')];
      };
      return { feed: (chunk) => parser.feed(chunk), settle: () => parser.settle(), next };
    },
    request: (data) => `set q 0 0 ${data.length}\r\n${data}\r\n`,
  },
  { name: 'text', make: () => new TextParser(() => BYTES_MAX), request: (data) => `put q:\n${data}\na\n\n` },
  { name: 'thrift', make: () => new FrameParser(), request: frame },
];

/** All requests, out of chunks that are overwritten once they are settled; `holdBack`: large ones are asked for in vain first. */
function requestsOf(parser: Parser, chunks: readonly Buffer[], holdBack: boolean) {
  const found: string[] = [];
  let heldBack = 0;
  for (const chunk of chunks) {
    const lent = Buffer.from(chunk);
    parser.feed(lent);
    for (;;) {
      let next = parser.next(!holdBack);
      if (next === 'large') {
        heldBack += 1;
        expect(parser.next(false)).toBe('large');
        next = parser.next(true);
      }
      if (next === null) break;
      found.push(JSON.stringify(next));
    }
    parser.settle();
    lent.fill(0);
  }
  return { found, heldBack };
}

it.each(PARSERS)('$name: large requests that are held back are the same, however they come', (row) => {
  const stream = Buffer.from(['a', LARGE, 'b', LARGE, LARGE].map(row.request).join(''), 'latin1');
  const all = requestsOf(row.make(), [stream], false);
  expect(all).toMatchObject({ heldBack: 0 });
  expect(all.found).toHaveLength(5);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1000, max: 2 * LARGE.length }), { minLength: 1 }), (sizes) => {
      const { found, heldBack } = requestsOf(row.make(), cut(stream, sizes), true);
      expect(heldBack).toBe(3);
      expect(found).toEqual(all.found);
    }),
    { numRuns: 30 },
  );
});
