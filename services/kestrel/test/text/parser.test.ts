import fc from 'fast-check';
import { splitAt } from '@murmur/testkit';
import { decodeBlock } from '../../src/text/decode-core.js';
import { BLOCK_ITEMS_MAX, COMMAND_BYTES_MAX, TextParser, type Block } from '../../src/text/parser-core.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/** What comes out of these chunks, as plain text. */
function parse(chunks: readonly Uint8Array[], limit = 1000): unknown[] {
  const parser = new TextParser(() => limit);
  const found: unknown[] = [];
  for (const chunk of chunks) {
    parser.feed(Buffer.from(chunk));
    for (let block = parser.next(); block !== null; block = parser.next()) found.push(show(block));
  }
  return found;
}

function show(block: Block | 'too long'): unknown {
  if (block === 'too long') return block;
  return [block.words, ...block.items.map((item) => item?.toString('latin1') ?? null)];
}

const STREAM =
  'get q 5\r\nput  q 7:\nfirst\r\n:second:\n\xff\0\n\r\nput q:\n\nversion\n\n  \nmonitor q 1 2 :\nx\n\nquit\n';
const REQUESTS = [
  [['get', 'q', '5']],
  [['put', '', 'q', '7'], 'first', ':second:', '\xff\0'],
  [['put', 'q']],
  [['version']],
  [['']],
  [[]],
  [['monitor', 'q', '1', '2'], 'x'],
  [['quit']],
];

describe('TextParser', () => {
  it('finds the same requests however the bytes are cut', () => {
    for (const halves of splitAt(bytes(STREAM))) expect(parse(halves)).toEqual(REQUESTS);
    expect(parse([...bytes(STREAM)].map((byte) => Uint8Array.of(byte)))).toEqual(REQUESTS);
  });

  it('throws away items over the limit, and goes on after them', () => {
    const stream = bytes(`put q:\nfour\nlarge\n${'x'.repeat(5000)}\nabcd\r\nabcde\r\n\nversion\n`);
    const wanted = [[['put', 'q'], 'four', null, null, 'abcd', null], [['version']]];
    for (const halves of splitAt(stream)) expect(parse(halves, 4)).toEqual(wanted);
  });

  it('holds nothing of an item that is thrown away', () => {
    const parser = new TextParser(() => 10);
    parser.feed(bytes('put q:\n'));
    expect(parser.next()).toBeNull();
    for (let count = 0; count < 1000; count += 1) {
      parser.feed(Buffer.alloc(10_000, 'x'));
      expect(parser.next()).toBeNull();
      expect(parser.buffered).toBe(0);
    }
    parser.feed(bytes('\n\n'));
    expect(parser.next()).toMatchObject({ words: ['put', 'q'], items: [null] });
  });

  it('ends a block at 1024 items, and swallows the line that comes next', () => {
    const items = 'x\n'.repeat(BLOCK_ITEMS_MAX);
    const stream = bytes(`put q:\n${items}swallowed\nnext\nput q:\n${items}\nlast\n`);
    const found = parse([stream]) as unknown[][];
    expect(found.map((request) => [request[0], request.length - 1])).toEqual([
      [['put', 'q'], BLOCK_ITEMS_MAX],
      [['next'], 0],
      [['put', 'q'], BLOCK_ITEMS_MAX],
      [['last'], 0],
    ]);
  });

  it('gives up on a command line without end, and takes one that is just short enough', () => {
    const line = 'x'.repeat(COMMAND_BYTES_MAX);
    expect(parse([bytes(`${line}\r\n`)])).toEqual([[[line]]]);
    expect(parse([bytes(`${line}x\nversion\n`)])).toEqual(['too long']);
    expect(parse([bytes(line), bytes('xx'), bytes('version\n')])).toEqual(['too long']);
  });

  it('takes any bytes, the same in every cut, and holds no more than it was given', () => {
    const alphabet = fc.constantFrom(...bytes('\r\n\n: pqutge07x\0\xff'));
    fc.assert(
      fc.property(
        fc.array(fc.array(alphabet, { maxLength: 40 }), { maxLength: 12 }),
        fc.integer({ min: 0, max: 5 }),
        (pieces, limit) => {
          const chunks = pieces.map((piece) => Uint8Array.from(piece));
          const whole = Buffer.concat(chunks);
          expect(parse(chunks, limit)).toEqual(parse([whole], limit));
          const parser = new TextParser(() => limit);
          parser.feed(whole);
          for (let block = parser.next(); block !== null; block = parser.next()) {
            if (block !== 'too long') decodeBlock(block);
          }
          expect(parser.buffered).toBeLessThanOrEqual(whole.length);
        },
      ),
    );
  });
});
