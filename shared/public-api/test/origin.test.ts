import fc from 'fast-check';
import { addressFrom, originFrom } from '../src/origin-core.js';

describe('origin and client address', () => {
  it('is what the client wrote in Host, with the scheme the edge saw', () => {
    expect(originFrom('127.0.0.1:8080', null)).toBe('http://127.0.0.1:8080');
    expect(originFrom('murmur.example', 'https')).toBe('https://murmur.example');
    expect(originFrom('[::1]:80', 'gopher')).toBe('http://[::1]:80');
  });

  it('a Host that is no host is refused', () => {
    for (const host of [
      undefined,
      '',
      'a b',
      'a/b',
      'a@b',
      'a"b',
      '999.1.1.1',
      'a:99999',
      '[::',
      '-',
      'a\r\nb',
    ])
      expect(originFrom(host, null)).toBeNull();
  });

  it('whatever Host says, the origin parses or there is none', () => {
    fc.assert(
      fc.property(fc.string(), (host) => {
        const origin = originFrom(host, null);
        expect(origin === null || URL.canParse(origin)).toBe(true);
      }),
    );
  });

  it('takes the last forwarded address, and only from this machine', () => {
    expect(addressFrom('127.0.0.1', '6.6.6.6, 10.0.0.9')).toBe('10.0.0.9');
    expect(addressFrom('::ffff:127.0.0.1', '2001:db8::1')).toBe('2001:db8::1');
    expect(addressFrom('10.1.1.1', '6.6.6.6')).toBe('10.1.1.1');
    expect(addressFrom('127.0.0.1', 'a rubbish value')).toBe('127.0.0.1');
    expect(addressFrom('127.0.0.1', null)).toBe('127.0.0.1');
  });
});
