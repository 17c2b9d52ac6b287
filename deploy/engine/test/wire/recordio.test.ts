import fc from 'fast-check';
import { RecordIoError, createRecordDecoder, encodeRecord } from '../../src/index.js';

const payloads = fc.array(fc.uint8Array({ minLength: 1, maxLength: 300 }), { maxLength: 10 });

function texts(records: readonly Uint8Array[]): string[] {
  return records.map((record) => Buffer.from(record).toString('latin1'));
}

describe('RecordIO', () => {
  it('writes the length in bytes, a newline, and the bytes', () => {
    expect(encodeRecord('né').toString('utf8')).toBe('3\nné');
  });

  it('refuses an empty record', () => {
    expect(() => encodeRecord('')).toThrow(RecordIoError);
  });

  it('gives the same records however the stream is split', () => {
    fc.assert(
      fc.property(payloads, fc.array(fc.nat(500)), (wanted, cuts) => {
        const stream = Buffer.concat(wanted.map((payload) => encodeRecord(payload)));
        const decoder = createRecordDecoder();
        const got: Buffer[] = [];
        let at = 0;
        for (const cut of [...cuts, stream.length]) {
          got.push(...decoder.push(stream.subarray(at, at + cut)));
          at += cut;
        }
        got.push(...decoder.push(stream.subarray(at)));
        expect(texts(got)).toEqual(texts(wanted));
        expect(decoder.idle()).toBe(true);
      }),
    );
  });

  it('gives the same two records cut at every byte', () => {
    const stream = Buffer.concat([encodeRecord('{"type":"HEARTBEAT"}'), encodeRecord('x'.repeat(12))]);
    for (let cut = 0; cut <= stream.length; cut += 1) {
      const decoder = createRecordDecoder();
      const got = [...decoder.push(stream.subarray(0, cut)), ...decoder.push(stream.subarray(cut))];
      expect(texts(got)).toEqual(['{"type":"HEARTBEAT"}', 'x'.repeat(12)]);
    }
  });

  it('gives the same records one byte at a time', () => {
    const decoder = createRecordDecoder();
    const got = [...encodeRecord('abc'), ...encodeRecord('de')].flatMap((byte) =>
      decoder.push(Uint8Array.of(byte)),
    );
    expect(texts(got)).toEqual(['abc', 'de']);
  });

  it('knows a stream that was cut within a record', () => {
    const decoder = createRecordDecoder();
    decoder.push(Buffer.from('5\nab'));
    expect(decoder.idle()).toBe(false);
  });

  it.each([
    ['a length of 0', '0\n', /length 0/],
    ['no length', '\n', /length 0/],
    ['a letter in the length', '1x\n', /byte 120/],
    ['a sign', '-1\n', /byte 45/],
    ['a length without end', '99999999999', /too many digits/],
    ['a record beyond the bound', '101\n', /101 bytes, at most 100/],
  ])('refuses %s, and everything after it', (_, bytes, message) => {
    const decoder = createRecordDecoder({ maxBytes: 100 });
    expect(() => decoder.push(Buffer.from(bytes))).toThrow(message);
    expect(() => decoder.push(Buffer.from('1\na'))).toThrow(RecordIoError);
  });
});
