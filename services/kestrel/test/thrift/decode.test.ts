import fc from 'fast-check';
import { splitAt } from '@murmur/testkit';
import { FRAME_BYTES_MAX, FrameParser } from '../../src/thrift/frames-core.js';
import { call, frame, get, i32, i64, longs, put, string, strings, struct } from './bytes.js';
import { doWithoutUuid } from './library.js';

doWithoutUuid();
const { decodeHead, decodeMessage } = await import('../../src/thrift/calls.js');

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const body = (framed: string): Buffer => bytes(framed.slice(4));

/** The frames in these chunks, as text. */
function cut(chunks: readonly Uint8Array[]): unknown[] {
  const parser = new FrameParser();
  const found: unknown[] = [];
  for (const chunk of chunks) {
    parser.feed(Buffer.from(chunk));
    for (let next = parser.next(); next !== null; next = parser.next())
      found.push(next === 'broken' ? next : next.tooLarge ? 'too large' : next.bytes.toString('latin1'));
  }
  return found;
}

describe('FrameParser', () => {
  it('finds the same frames however the bytes are cut', () => {
    const stream = bytes(frame('one') + frame('x'.repeat(300)) + frame('3'));
    const wanted = ['one', 'x'.repeat(300), '3'];
    for (const halves of splitAt(stream)) expect(cut(halves)).toEqual(wanted);
    expect(cut([...stream].map((byte) => Uint8Array.of(byte)))).toEqual(wanted);
  });

  it('holds only what has come of a large frame', () => {
    const parser = new FrameParser();
    const length = Buffer.alloc(4);
    length.writeInt32BE(FRAME_BYTES_MAX);
    parser.feed(length);
    expect(parser.next()).toBeNull();
    expect(parser.buffered).toBe(0);
    parser.feed(Buffer.alloc(1000));
    expect(parser.next()).toBeNull();
    expect(parser.buffered).toBe(1000);
  });

  it('looks at nothing after a length that is none, or too large', () => {
    expect(cut([bytes(`${frame('a')}\0\0\0\0${frame('b')}`), bytes(frame('c'))])).toEqual(['a', 'broken']);
    expect(cut([bytes(`\x80\0\0\0${frame('b')}`)])).toEqual(['broken']);
    expect(cut([bytes(`\x7f\0\0\0${frame('b')}`), bytes(frame('c'))])).toEqual(['too large']);
  });

  it('takes any bytes, the same in every cut, and holds no more than it was given', () => {
    const chunk = fc.uint8Array({ maxLength: 30 }).map((some) => some.map((byte) => byte % 9));
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 10 }), (chunks) => {
        const whole = Buffer.concat(chunks);
        expect(cut(chunks)).toEqual(cut([whole]));
        const parser = new FrameParser();
        parser.feed(whole);
        while (parser.next() !== null);
        expect(parser.buffered).toBeLessThanOrEqual(whole.length);
      }),
    );
  });
});

const CALLS = [
  put('q', ['a', 'bc'], 5),
  get('q', 1, 2, 3),
  call('confirm', string(1, 'q'), longs(2, [1, 2])),
  call('set_status', i32(1, 3)),
  call('peek', string(1, 'q'), struct(9, i64(1, 5) + strings(2, ['x']))),
].map(body);

describe('decodeMessage', () => {
  it('knows what a method is called with', () => {
    const message = decodeMessage(CALLS[0] ?? Buffer.alloc(0), false);
    expect(message).toMatchObject({
      name: 'put',
      seqid: 7,
      call: { method: 'put', queue: 'q', items: [bytes('a'), bytes('bc')], expirationMs: 5 },
    });
  });

  it('takes no frame that was cut short, wherever', () => {
    for (const whole of CALLS) {
      for (let end = 0; end < whole.length; end += 1) {
        expect(decodeMessage(whole.subarray(0, end), false)).toBeNull();
      }
    }
  });

  it('survives any bytes, and any change to bytes that are right', () => {
    const changed = fc
      .tuple(fc.constantFrom(...CALLS), fc.nat(), fc.nat(255), fc.nat(), fc.nat(255))
      .map(([whole, at, byte, other, value]) => {
        const copy = Buffer.from(whole);
        copy[at % copy.length] = byte;
        copy[other % copy.length] = value;
        return copy;
      });
    const rubbish = fc.uint8Array({ maxLength: 200 }).map((some) => Buffer.from(some));
    fc.assert(
      fc.property(fc.oneof(changed, rubbish), fc.boolean(), (some, upgraded) => {
        decodeMessage(some, upgraded);
        decodeHead(some, upgraded);
      }),
      { numRuns: 2000 },
    );
  });
});
