import { readFileSync } from 'node:fs';
import {
  duplicateKeyOf,
  RETRYABLE_CODES,
  StoreError,
  storeErrorOf,
  StoreUnavailable,
} from '../src/errors.js';
import { parseUrl } from '../src/mysql.js';

const withCode = (code: string, message = 'why') => Object.assign(new Error(message), { code });

describe('errors of the store', () => {
  it.each([...RETRYABLE_CODES])('says that a call may be repeated after %s', (code) => {
    expect(storeErrorOf(withCode(code))).toMatchObject({ name: 'StoreUnavailable', code });
  });

  it('says so too after an error that ended its connection', () => {
    expect(storeErrorOf(Object.assign(withCode('ER_SOMETHING_NEW'), { fatal: true }))).toBeInstanceOf(
      StoreUnavailable,
    );
    expect(storeErrorOf(new Error('Queue limit reached.'))).toMatchObject({ code: 'POOL_FULL' });
    expect(storeErrorOf(new Error('Pool is closed.'))).toMatchObject({ code: 'POOL_CLOSED' });
  });

  it('does not repeat what the values are at fault for', () => {
    expect(storeErrorOf(withCode('ER_DATA_TOO_LONG'))).toBeInstanceOf(StoreError);
    expect(storeErrorOf('odd')).toMatchObject({ name: 'StoreError', code: 'UNKNOWN' });
  });

  it('is not fooled by a value that looks like the name of a key', () => {
    const error = (message: string) => storeErrorOf(withCode('ER_DUP_ENTRY', message));
    expect(duplicateKeyOf(error("Duplicate entry 'x' for key 'by_email'"))).toBe('by_email');
    expect(
      duplicateKeyOf(error("Duplicate entry 'a' for key 'by_email'' for key 'accounts.by_username'")),
    ).toBe('by_username');
    expect(duplicateKeyOf(storeErrorOf(withCode('ER_DATA_TOO_LONG')))).toBeNull();
  });

  it('lists every retryable code in the README, and no other', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const section = /## Errors\n([\s\S]*)/.exec(readme)?.[1] ?? '';
    const retryable = section.split('\n').filter((line) => line.startsWith('| `StoreUnavailable`'));
    const named = retryable.flatMap((line) => [...line.matchAll(/`([A-Z_]{4,})`/g)].map((match) => match[1]));
    expect(new Set(named)).toEqual(RETRYABLE_CODES);
  });

  it.each([['http://h/db'], ['mysql://u:secret@h'], ['mysql://u:secret@h/a b'], ['nonsense']])(
    'refuses the url %s without repeating the password',
    (url) => {
      expect(() => parseUrl(url)).toThrow('url: allowed is mysql://user:password@host:port/database');
    },
  );

  it('takes a url apart, escapes included', () => {
    expect(parseUrl('mysql://me:p%40ss@127.0.0.1/db')).toEqual({
      host: '127.0.0.1',
      port: 3306,
      user: 'me',
      password: 'p@ss',
      database: 'db',
    });
  });
});
