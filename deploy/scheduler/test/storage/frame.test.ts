import fc from 'fast-check';
import { crc32c } from '../../src/storage/crc32c-core.js';
import {
  decodeFileHead,
  decodeFrame,
  encodeFileHead,
  encodeFrame,
  encodeGroup,
  FILE_HEAD_BYTES,
  FRAME_HEAD_BYTES,
} from '../../src/storage/frame-core.js';
import { ENTRY_BYTES_MAX } from '../../src/storage/port.js';

const SALT = 0xdeadbeef;
const text = (value: string): Buffer => Buffer.from(value);

function frameOf(payload: Uint8Array, position = 7, back = 0): Buffer {
  const out = Buffer.alloc(FRAME_HEAD_BYTES + payload.length);
  encodeFrame({ position, back, payload }, SALT, out, 0);
  return out;
}

/** The bytes with one bit turned, for each bit. */
function* flips(bytes: Buffer): Generator<Buffer> {
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    yield flipped;
  }
}

describe('the checksum', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 0],
    ['32 zeros (RFC 3720, B.4)', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones (RFC 3720, B.4)', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['0 to 31 (RFC 3720, B.4)', Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
    ['the digits', text('123456789'), 0xe3069283],
  ])('of %s is that of CRC-32C', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });

  it('of two parts is that of the whole, wherever they are cut', () => {
    const whole = text('an entry of no great length');
    for (let at = 0; at <= whole.length; at += 1) {
      expect(crc32c(whole.subarray(at), crc32c(whole.subarray(0, at)))).toBe(crc32c(whole));
    }
  });
});

describe('the head of a file', () => {
  const head = { kind: 'snapshot', position: 2 ** 45 + 3, salt: SALT } as const;

  it('is read as it was written', () => {
    expect(encodeFileHead(head)).toHaveLength(FILE_HEAD_BYTES);
    expect(decodeFileHead(encodeFileHead(head))).toEqual(head);
    expect(decodeFileHead(encodeFileHead({ ...head, kind: 'segment' }))).toEqual({
      ...head,
      kind: 'segment',
    });
  });

  it('says what is wrong with it: too short, of something else, of another version, damaged', () => {
    const bytes = encodeFileHead(head);
    expect(decodeFileHead(bytes.subarray(0, 35))).toBe('has 35 bytes, its head alone has 36');
    expect(decodeFileHead(Buffer.alloc(FILE_HEAD_BYTES))).toBe('is no file of a scheduler log');
    bytes.writeUInt16LE(2, 16);
    expect(decodeFileHead(bytes)).toBe('has format version 2, this program reads 1');
    for (const flipped of flips(encodeFileHead(head))) expect(typeof decodeFileHead(flipped)).toBe('string');
  });

  it('of a kind from the future is named', () => {
    const bytes = encodeFileHead(head);
    bytes.writeUInt8(9, 18);
    bytes.writeUInt32LE(crc32c(bytes.subarray(0, 32)), 32);
    expect(decodeFileHead(bytes)).toBe('is of kind 9, this program knows 1 to 2');
  });
});

describe('a frame', () => {
  it('is read as it was written, whatever it carries', () => {
    const positions = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
    fc.assert(
      fc.property(fc.uint8Array(), positions, fc.nat(), (payload, position, back) => {
        const bytes = frameOf(payload, position, back);
        const payloadCrc = crc32c(payload, SALT);
        const frame = { position, back, payload: Buffer.from(payload), payloadCrc };
        expect(decodeFrame(bytes, SALT)).toEqual({ kind: 'frame', frame, bytes: bytes.length });
      }),
    );
  });

  it('that is cut at any byte is unfinished, and says how long it would be once its head is there', () => {
    const bytes = frameOf(text('some payload'));
    for (let at = 0; at < bytes.length; at += 1) {
      const expected = at < FRAME_HEAD_BYTES ? FRAME_HEAD_BYTES : bytes.length;
      expect(decodeFrame(bytes.subarray(0, at), SALT)).toEqual({ kind: 'more', bytes: expected });
    }
  });

  it('with any bit flipped is none, also when the bit is in its length', () => {
    const bytes = frameOf(text('some payload'));
    const parts = [...flips(bytes)].map((flipped) => decodeFrame(flipped, SALT));
    expect(parts.every(({ kind }) => kind === 'bad')).toBe(true);
    expect(parts[0]).toEqual({ kind: 'bad', part: 'head', bytes: FRAME_HEAD_BYTES });
    expect(parts.at(-1)).toEqual({ kind: 'bad', part: 'payload', bytes: bytes.length });
  });

  it('of another file, with another salt, is none', () => {
    expect(decodeFrame(frameOf(text('x')), SALT + 1)).toMatchObject({ kind: 'bad', part: 'head' });
  });

  it('longer than an entry may be is none, though its checksum is right', () => {
    const head = frameOf(Buffer.alloc(0));
    head.writeUInt32LE(ENTRY_BYTES_MAX + 1, 0);
    head.writeUInt32LE(crc32c(head.subarray(0, FRAME_HEAD_BYTES - 4), SALT), FRAME_HEAD_BYTES - 4);
    expect(decodeFrame(head, SALT)).toMatchObject({ kind: 'bad', part: 'head' });
  });
});

describe('a group', () => {
  it('is its entries one after the other, each saying how far back the write began', () => {
    const bytes = encodeGroup([text('a'), text(''), text('ccc')], 41, SALT);
    const found: string[] = [];
    let rest = bytes;
    while (rest.length > 0) {
      const decoded = decodeFrame(rest, SALT);
      if (decoded.kind !== 'frame') throw new Error(decoded.kind);
      const { position, back, payload } = decoded.frame;
      found.push(`${position} ${back} ${Buffer.from(payload).toString()}`);
      rest = rest.subarray(decoded.bytes);
    }
    expect(found).toEqual(['41 0 a', '42 1 ', '43 2 ccc']);
  });
});
