import fc from 'fast-check';
import { ApiError, asApiError } from '@murmur/public-api';
import { readRegistration, taken } from '../src/registration-core.js';
import { fields, refusal } from './support/fields.js';

const good = { username: 'alice_1', email: 'alice@example.org', password: 'correct horse', agreement: true };

describe('registration', () => {
  it('takes a good one, and ignores what it does not know', () => {
    expect(readRegistration(fields({ ...good, locale: 'en', reason: 'why not', agreement: 'True' }))).toEqual(
      {
        username: 'alice_1',
        email: 'alice@example.org',
        password: 'correct horse',
      },
    );
  });

  it('lists everything that is wrong, with details per field', () => {
    const error = refusal(() => readRegistration(fields({})));
    expect(error.status).toBe(422);
    expect(error.body()['details']).toMatchObject({
      username: [{ error: 'ERR_BLANK' }],
      email: [{ error: 'ERR_BLANK' }],
      password: [{ error: 'ERR_BLANK' }],
      agreement: [{ error: 'ERR_ACCEPTED' }],
    });
  });

  it('names what is allowed for each field', () => {
    const messages = (values: object) =>
      refusal(() => readRegistration(fields({ ...good, ...values }))).message;
    for (const username of ['a b', 'é', 'x'.repeat(31), 'a-b', '../x'])
      expect(messages({ username })).toContain('allowed are 1 to 30 letters');
    for (const email of ['x', 'a@', '@b', 'a b@c', 'a@b@c', `${'a'.repeat(70)}@b.c`])
      expect(messages({ email })).toContain('allowed is name@host');
    expect(messages({ password: 'short' })).toContain('has 5 characters, allowed are 8 to 128');
    expect(messages({ password: 'x'.repeat(129) })).toContain('has 129 characters, allowed are 8 to 128');
    expect(messages({ agreement: false })).toContain('must be accepted');
  });

  it('does not repeat a password', () => {
    expect(refusal(() => readRegistration(fields({ ...good, password: 'hunter2' }))).message).not.toContain(
      'hunter2',
    );
  });

  it('a name that is taken is told apart', () => {
    expect(asApiError(taken('username')).body()['details']).toEqual({
      username: [{ error: 'ERR_TAKEN', description: 'has already been taken' }],
    });
  });

  it('whatever comes, it is a registration or a refusal', () => {
    const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(
        fc.record({ username: value, email: value, password: value, agreement: value }),
        (values) => {
          try {
            readRegistration(fields(values));
          } catch (error) {
            expect(error).toBeInstanceOf(ApiError);
          }
        },
      ),
    );
  });
});
