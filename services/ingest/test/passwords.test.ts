import { ApiError } from '@murmur/public-api';
import { passwords, WAITING_MAX } from '../src/passwords.js';

describe('passwords', () => {
  it('a hash names its cost, is salted, and fits only its password', async () => {
    const hashes = passwords(2);
    const [one, other] = await Promise.all([hashes.hash('correct horse'), hashes.hash('correct horse')]);
    expect(one).toMatch(/^scrypt\$16384\$8\$1\$[A-Za-z0-9_-]{22}\$[A-Za-z0-9_-]{43}$/);
    expect(one).not.toBe(other);
    expect(await hashes.verify('correct horse', one)).toBe(true);
    expect(await hashes.verify('wrong horse', one)).toBe(false);
    expect(await hashes.verify('anything', null)).toBe(false);
  });

  it('the same characters typed on another keyboard are the same password', async () => {
    const hashes = passwords(1);
    expect(await hashes.verify('cafe\u0301', await hashes.hash('caf\u00e9'))).toBe(true);
  });

  it('runs a few at a time, lets a bounded number wait in turn, and sends the rest away with 503', async () => {
    const hashes = passwords(1);
    const cheap = 'scrypt$2$1$1$c2FsdA$';
    const work = Array.from({ length: WAITING_MAX + 1 }, () => hashes.verify('x', cheap));
    expect(hashes.waiting()).toBe(WAITING_MAX);
    await expect(hashes.verify('x', cheap)).rejects.toThrow(ApiError);
    await Promise.all(work);
    expect(hashes.waiting()).toBe(0);
    expect(await hashes.verify('x', cheap)).toBe(false);
  });
});
