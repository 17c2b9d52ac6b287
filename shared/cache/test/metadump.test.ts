import fc from 'fast-check';
import { DUMP_LINE_BYTES_MAX, MetadumpError, MetadumpParser } from '../src/metadump-core.js';

const bytes = Buffer.from(
  'key=home%3A1 exp=-1 la=1 cas=2 fetch=no cls=1 size=64\r\nkey=posts%3Apublic exp=1 la=1 cas=3 fetch=yes cls=1 size=90\r\nEND\r\n',
);

function parse(chunks: readonly Buffer[]): { readonly keys: string[]; readonly ended: boolean } {
  const parser = new MetadumpParser();
  return { keys: chunks.flatMap((chunk) => parser.push(chunk)), ended: parser.ended };
}

describe('the list of keys of a memcached', () => {
  it('is read the same wherever it is split', () => {
    for (let at = 0; at <= bytes.length; at++)
      expect(parse([bytes.subarray(0, at), bytes.subarray(at)])).toEqual({
        keys: ['home:1', 'posts:public'],
        ended: true,
      });
  });

  it.each([
    'BUSY currently processing crawler request\r\n',
    'ERROR\r\n',
    'x'.repeat(DUMP_LINE_BYTES_MAX + 1),
  ])('is not %j', (answer) => {
    expect(() => parse([Buffer.from(answer)])).toThrow(MetadumpError);
  });

  it('answers rubbish with keys or a MetadumpError, and with nothing else', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (chunks) => {
        try {
          parse([Buffer.from('key=%E0%A4%A exp=1\r\n'), ...chunks.map((chunk) => Buffer.from(chunk))]);
        } catch (error) {
          expect(error).toBeInstanceOf(MetadumpError);
        }
      }),
    );
  });
});
