import { readFileSync } from 'node:fs';
import { API_ERRORS, ApiError, asApiError, invalidFields } from '../src/index.js';

describe('errors', () => {
  it('the README lists exactly the codes of the table, with their status', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const listed = [...readme.matchAll(/^\| `([a-z_]+)` +\| (\d{3}) /gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    expect(listed).toEqual(Object.entries(API_ERRORS).map(([code, entry]) => [code, entry.status]));
  });

  it('several fields make one sentence and keep their details', () => {
    const error = invalidFields({
      username: [{ error: 'ERR_BLANK', description: "can't be blank" }],
      email: [{ error: 'ERR_TAKEN', description: 'is taken' }],
    });
    expect(error.message).toBe("Validation failed: username can't be blank, email is taken");
    expect(Object.keys(error.body()['details'] as object)).toEqual(['username', 'email']);
  });

  it('OAuth errors carry a description', () => {
    expect(new ApiError('invalid_grant', { description: 'used' }).body()).toEqual({
      error: 'invalid_grant',
      error_description: 'used',
    });
  });

  it('what is unknown is a 500 without its text, an absent dependency a 503', () => {
    for (const thrown of [new Error('secret'), 'secret', null, undefined, { status: 400 }])
      expect(asApiError(thrown).body()).toEqual({ error: 'Something went wrong here' });
    for (const name of ['StoreUnavailable', 'KestrelUnavailable', 'KestrelOverloaded', 'RestUnavailable']) {
      const error = asApiError(Object.assign(new Error('x'), { name }));
      expect([error.status, error.retryAfterSeconds]).toEqual([503, 2]);
    }
  });
});
