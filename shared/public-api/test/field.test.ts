import fc from 'fast-check';
import { jsonFields, urlencodedFields } from '../src/body-core.js';
import { fieldReader, LIST_ITEMS_MAX } from '../src/field-core.js';
import { ApiError } from '../src/index.js';

const json = (value: unknown) => fieldReader(jsonFields(JSON.stringify(value)));
const form = (text: string) => fieldReader(urlencodedFields(text));

function errorOf(run: () => unknown): ApiError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(ApiError);
    return error as ApiError;
  }
  throw new Error('nothing was thrown');
}

describe('fields', () => {
  it('reads every truth value that clients were seen to send', () => {
    for (const yes of ['true', 'True', '1', 'on', 't', true, 1])
      expect(json({ k: yes }).boolean('k')).toBe(true);
    for (const no of ['false', 'False', '0', 'off', '', false, 0])
      expect(json({ k: no }).boolean('k')).toBe(false);
    expect(json({}).boolean('k')).toBeNull();
    expect(errorOf(() => json({ k: 'maybe' }).boolean('k')).message).toBe(
      'Validation failed: k is "maybe", allowed is true or false',
    );
  });

  it('reads lists as brackets, as repeats, as a JSON array and as one value', () => {
    expect(form('id[]=1&id[]=2').ids('id')).toEqual([1n, 2n]);
    expect(form('id=1&id=2').ids('id')).toEqual([1n, 2n]);
    expect(form('id=1').ids('id')).toEqual([1n]);
    expect(json({ id: ['1', 2] }).ids('id')).toEqual([1n, 2n]);
    expect(json({}).ids('id')).toEqual([]);
    expect(errorOf(() => json({ id: Array(LIST_ITEMS_MAX + 1).fill('1') }).ids('id')).status).toBe(422);
  });

  it('names field, value and what is allowed, with details as Mastodon sends them', () => {
    const error = errorOf(() => form('visibility=direct').oneOf('visibility', ['public', 'private']));
    expect(error.status).toBe(422);
    expect(error.body()).toEqual({
      error: 'Validation failed: visibility is "direct", allowed is one of public, private',
      details: {
        visibility: [
          { error: 'ERR_INCLUSION', description: 'is "direct", allowed is one of public, private' },
        ],
      },
    });
  });

  it('refuses an array or an object where a string is expected, null characters and half surrogate pairs', () => {
    for (const value of [['a'], { a: 1 }, true, 2 ** 53, 1e300, 'a\0b', '\ud800', 'x\udc00'])
      expect(errorOf(() => json({ k: value }).string('k')).status).toBe(422);
    expect(json({ k: 'a\u{1f600}b' }).string('k')).toBe('a\u{1f600}b');
    expect(json({ k: 12 }).string('k')).toBe('12');
  });

  it('counts Unicode characters, not code units, against a limit', () => {
    expect(json({ k: '😀'.repeat(5) }).string('k', { charactersMax: 5 })).toBe('😀'.repeat(5));
    expect(errorOf(() => json({ k: '😀'.repeat(6) }).string('k', { charactersMax: 5 })).message).toContain(
      'has 6 characters, allowed are 5',
    );
  });

  it('takes prototype keys for names like any other', () => {
    const fields = json(JSON.parse('{"__proto__":{"admin":true},"constructor":"c"}') as object);
    expect(fields.has('admin')).toBe(false);
    expect(fields.string('constructor')).toBe('c');
    expect(json({}).has('toString')).toBe(false);
    expect(form('__proto__[x]=1&__proto__=2').string('__proto__')).toBe('2');
  });

  it('the body wins over the query', () => {
    const fields = fieldReader(jsonFields('{"a":"body"}'), urlencodedFields('a=query&b=query'));
    expect([fields.string('a'), fields.string('b')]).toEqual(['body', 'query']);
  });

  it('never throws anything but a 400 or 422, whatever comes', () => {
    const reads = ['string', 'required', 'boolean', 'id', 'list', 'ids'] as const;
    const check = (run: () => unknown) => {
      try {
        run();
      } catch (error) {
        expect(error).toBeInstanceOf(ApiError);
        expect([400, 422]).toContain((error as ApiError).status);
      }
    };
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom('a', 'b', '__proto__'),
          fc.json().map((t) => JSON.parse(t) as unknown),
        ),
        (body) => {
          for (const read of reads) check(() => json(body)[read]('a'));
          check(() => json(body).integer('a', 0, 10));
          check(() => json(body).oneOf('a', ['x']));
        },
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        for (const read of reads) check(() => form(`a=${text}`)[read]('a'));
        check(() => jsonFields(text));
        check(() => urlencodedFields(text));
      }),
    );
  });
});
