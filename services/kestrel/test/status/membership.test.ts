import { memberOf, reachableHost } from '../../src/membership.js';

const address = (text: string, internal: boolean, family: 'IPv4' | 'IPv6' = 'IPv4') => ({
  address: text,
  internal,
  family,
  netmask: '',
  mac: '',
  cidr: null,
  scopeid: 0,
});

describe('what is announced', () => {
  const all = { memcache: 1, text: 2, thrift: 3, admin: 4 };
  const at = (port: number) => ({ host: 'h', port });

  it('has a name for each protocol and for the admin port', () => {
    expect(memberOf('h', all, '7')).toEqual({
      serviceEndpoint: at(1),
      additionalEndpoints: { memcache: at(1), thrift: at(3), text: at(2), admin: at(4) },
      status: 'ALIVE',
      shard: 7,
    });
  });

  it.each([
    [{ ...all, memcache: -1 }, 3, ['thrift', 'text', 'admin']],
    [{ ...all, memcache: -1, thrift: -1 }, 2, ['text', 'admin']],
    [{ ...all, thrift: -1, text: -1 }, 1, ['memcache', 'admin']],
  ])('of %j has the main endpoint %i and names only what is served', (ports, main, names) => {
    const { serviceEndpoint, additionalEndpoints } = memberOf('h', ports, 'a');
    expect([serviceEndpoint.port, Object.keys(additionalEndpoints)]).toEqual([main, names]);
  });

  it('has no shard where the instance is no number', () => {
    expect(memberOf('h', all, 'blue').shard).toBeNull();
  });
});

describe('the address announced', () => {
  const interfaces = {
    lo: [address('127.0.0.1', true), address('::1', true, 'IPv6')],
    v6: [address('fe80::1', false, 'IPv6'), address('2001:db8::1', false, 'IPv6')],
    eth0: [address('10.0.0.5', false)],
  };

  it('is the one listened on, whatever it is', () => {
    expect(reachableHost('127.0.0.1', interfaces)).toBe('127.0.0.1');
    expect(reachableHost('10.0.0.9', interfaces)).toBe('10.0.0.9');
  });

  it.each(['0.0.0.0', '::'])('is the first outward one for all addresses, %s', (host) => {
    expect(reachableHost(host, interfaces)).toBe('10.0.0.5');
    expect(reachableHost(host, { lo: interfaces.lo, v6: interfaces.v6 })).toBe('2001:db8::1');
    expect(reachableHost(host, { lo: interfaces.lo })).toBe('127.0.0.1');
  });
});
