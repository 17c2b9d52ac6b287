import fc from 'fast-check';
import { hashKey, pickServer, serverSeed } from '../src/rendezvous-core.js';

const endpoints = fc.uniqueArray(
  fc.integer({ min: 1, max: 65_535 }).map((port) => `10.0.0.1:${port}`),
  { minLength: 2, maxLength: 12 },
);
const keys = Array.from({ length: 500 }, (_, i) => `home:${7_563_412_341_234_000n + BigInt(i * 977)}`);

const winner = (key: string, servers: readonly string[]): string | undefined =>
  servers[pickServer(hashKey(key), servers.map(serverSeed))];

describe('rendezvous hashing', () => {
  it('moves only the keys of a server that leaves', () => {
    fc.assert(
      fc.property(endpoints, fc.nat(), (servers, n) => {
        const gone = servers[n % servers.length] as string;
        const rest = servers.filter((server) => server !== gone);
        for (const key of keys) {
          const before = winner(key, servers);
          if (before !== gone) expect(winner(key, rest)).toBe(before);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('does not depend on the order of the servers', () => {
    fc.assert(
      fc.property(endpoints, (servers) => {
        const reversed = [...servers].reverse();
        for (const key of keys) expect(winner(key, reversed)).toBe(winner(key, servers));
      }),
      { numRuns: 30 },
    );
  });

  it('gives each of two servers with neighbouring ports about half', () => {
    const servers = ['127.0.0.1:11211', '127.0.0.1:11212'];
    const many = Array.from(
      { length: 20_000 },
      (_, i) => `home:${(1_790_000_000_000n << 16n) + BigInt(i * 64)}`,
    );
    const first = many.filter((key) => winner(key, servers) === servers[0]).length;
    expect(first).toBeGreaterThan(9_500);
    expect(first).toBeLessThan(10_500);
  });

  it('picks nobody when there is no server', () => {
    expect(pickServer(hashKey('home:1'), [])).toBe(-1);
  });

  it.each(['', 'a b', 'line\r\nbreak', 'ümlaut', 'x'.repeat(251)])('refuses the key %j', (key) => {
    expect(() => hashKey(key)).toThrow(RangeError);
  });
});
