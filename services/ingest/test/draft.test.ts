import fc from 'fast-check';
import { STATUS_CHARACTERS_MAX } from '@murmur/model';
import { ApiError } from '@murmur/public-api';
import { readDraft } from '../src/draft-core.js';
import { characters, isBlank, statusCharacters, URL_CHARACTERS } from '../src/text-core.js';
import { fields, refusal } from './support/fields.js';

describe('the length of a status', () => {
  it('counts Unicode characters, not code units', () => {
    expect(statusCharacters('héllo')).toBe(5);
    expect(statusCharacters('😀😀')).toBe(2);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(characters(text)).toBe(Array.from(text).length);
      }),
    );
  });

  it('counts every link as 23 characters, without the punctuation behind it', () => {
    expect(statusCharacters(`https://example.org/${'x'.repeat(400)}`)).toBe(URL_CHARACTERS);
    expect(statusCharacters('see http://a.example, http://b.example!')).toBe(
      'see , !'.length + 2 * URL_CHARACTERS,
    );
    expect(statusCharacters('ftp://a.example')).toBe(15);
  });

  it('what shows nothing is blank', () => {
    for (const text of ['', ' ', '\n\t', '\u00a0\u3000', '\u200b\u2060\ufeff'])
      expect(isBlank(text)).toBe(true);
    for (const text of ['.', ' a ', '😀']) expect(isBlank(text)).toBe(false);
  });
});

describe('a status as asked for', () => {
  it('needs only a text', () => {
    expect(readDraft(fields({ status: 'hello' }))).toEqual({
      text: 'hello',
      visibility: 'public',
      inReplyToId: null,
      sensitive: false,
      spoilerText: '',
      language: null,
    });
  });

  it('takes every field in the forms clients send', () => {
    const draft = readDraft(
      fields({
        status: ' kept as typed ',
        visibility: 'unlisted',
        in_reply_to_id: '123',
        sensitive: '1',
        spoiler_text: 'careful',
        language: 'pt-BR',
        media_ids: [],
        poll: null,
      }),
    );
    expect(draft).toEqual({
      text: ' kept as typed ',
      visibility: 'unlisted',
      inReplyToId: 123n,
      sensitive: true,
      spoilerText: 'careful',
      language: 'pt-BR',
    });
    expect(
      readDraft(fields({ status: 'x', in_reply_to_id: '', language: '', spoiler_text: 'cw' })),
    ).toMatchObject({
      inReplyToId: null,
      language: null,
      sensitive: true,
    });
  });

  it('up to the limit is allowed, one more is 422 and names the limit', () => {
    expect(readDraft(fields({ status: '😀'.repeat(STATUS_CHARACTERS_MAX) })).text).toHaveLength(1000);
    const error = refusal(() => readDraft(fields({ status: 'a'.repeat(STATUS_CHARACTERS_MAX + 1) })));
    expect(error.status).toBe(422);
    expect(error.body()).toEqual({
      error: 'Validation failed: status has 501 characters, allowed are 500',
      details: { status: [{ error: 'ERR_TOO_LONG', description: 'has 501 characters, allowed are 500' }] },
    });
  });

  it('blank is 422 and names the limit', () => {
    for (const values of [{}, { status: null }, { status: '' }, { status: ' \n' }])
      expect(refusal(() => readDraft(fields(values))).message).toBe(
        "Validation failed: status can't be blank, allowed are 1 to 500 characters",
      );
  });

  it('direct, media, polls, schedules and bad languages are 422 and say so', () => {
    const bad: Record<string, unknown>[] = [
      { visibility: 'direct' },
      { media_ids: ['1'] },
      { poll: { options: ['a', 'b'] } },
      { 'poll[options]': ['a', 'b'] },
      { scheduled_at: '2030-01-01' },
      { language: 'no language' },
      { spoiler_text: 'x'.repeat(201) },
      { sensitive: 'maybe' },
      { status: ['a'] },
    ];
    for (const values of bad) {
      const error = refusal(() => readDraft(fields({ status: 'x', ...values })));
      expect([error.status, error.message.includes(Object.keys(values)[0] ?? '')]).toEqual([422, true]);
    }
    expect(refusal(() => readDraft(fields({ status: 'x', visibility: 'direct' }))).message).toContain(
      'allowed is one of public, unlisted, private',
    );
  });

  it('a parent that cannot be an id cannot be found', () => {
    expect(refusal(() => readDraft(fields({ status: 'x', in_reply_to_id: 'abc' }))).status).toBe(404);
  });

  it('whatever comes, it is a draft or a refusal', () => {
    const names = [
      'status',
      'visibility',
      'in_reply_to_id',
      'sensitive',
      'spoiler_text',
      'language',
      'media_ids',
      'poll',
    ];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), fc.jsonValue()), (values) => {
        try {
          expect(characters(readDraft(fields(values)).text)).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(ApiError);
        }
      }),
    );
  });
});
