import { findCluster, mergeClusters, readClusters } from '../src/clusters-core.js';
import { CliError } from '../src/exit-core.js';
import { leaderUrl } from '../src/leader.js';
import { netrcLogin } from '../src/netrc-core.js';

const FILE = 'conf/clusters.json';
const read = (json: unknown) => readClusters(FILE, JSON.stringify(json));

function refusal(json: unknown): string {
  try {
    read(json);
  } catch (error) {
    if (error instanceof CliError && error.exit === 'INVALID_CONFIGURATION') return error.message;
    throw error;
  }
  return 'accepted';
}

describe('clusters.json', () => {
  it('is a list, or an object by name', () => {
    const uri = 'http://127.0.0.1:8081';
    const list = read([{ name: 'local', scheduler_uri: uri, slave_root: '/x', whatever: 1 }]);
    expect(list).toEqual(read({ local: { scheduler_uri: uri } }));
    expect(list[0]).toMatchObject({ name: 'local', uris: [uri], zk: null, auth: 'UNAUTHENTICATED' });
  });

  it('takes several schedulers, as a list or with commas', () => {
    expect(read([{ name: 'a', scheduler_uri: 'http://a:1/, http://b:2' }])[0]?.uris).toEqual([
      'http://a:1',
      'http://b:2',
    ]);
    expect(read([{ name: 'a', scheduler_uri: ['http://a:1', 'https://b'] }])[0]?.uris).toHaveLength(2);
  });

  it('gives servers of ZooKeeper without a port the one of zk_port', () => {
    const [cluster] = read([
      { name: 'a', zk: 'x, y:99', zk_port: '21810', scheduler_zk_path: '/aurora/scheduler' },
    ]);
    expect(cluster).toMatchObject({ zk: 'x:21810,y:99', schedulerZkPath: '/aurora/scheduler' });
  });

  it.each([
    [[{}], '[0].name is missing'],
    [[3], '[0] is 3, allowed is an object'],
    [3, 'allowed is a list of clusters, or an object of them by name'],
    [[{ name: 'a' }], '[0] (a) needs scheduler_uri, or zk and scheduler_zk_path'],
    [[{ name: 'a', zk: 'x' }], '[0].scheduler_zk_path is missing; zk needs it'],
    [
      [{ name: 'a', zk: 'x', scheduler_zk_path: 'y' }],
      '[0].scheduler_zk_path is "y", allowed is a path such as /a/b',
    ],
    [[{ name: 'a', zk: 5 }], '[0].zk is 5, allowed is a text'],
    [{ b: { scheduler_uri: 'x' } }, 'b.scheduler_uri is "x", allowed is http://host:port, also several'],
    [[{ name: 'a', scheduler_uri: 'http://a', zk_port: 0 }], '[0].zk_port is 0, allowed is 1 to 65535'],
    [
      [{ name: 'a', scheduler_uri: 'http://a', auth_mechanism: 'KERBEROS' }],
      '[0].auth_mechanism is "KERBEROS", allowed are UNAUTHENTICATED, BASIC, TOKEN',
    ],
  ])('that is wrong is named with file and field: %j', (json, message) => {
    expect(refusal(json).replace(/: ?/, ': ')).toBe(`${FILE}: ${message}`);
  });

  it('that is not JSON is named', () => {
    expect(() => readClusters(FILE, '[')).toThrow(/^conf\/clusters\.json: not JSON: /);
  });

  it('that comes later wins by name, and an unknown name has a neighbour', () => {
    const first = read([
      { name: 'local', scheduler_uri: 'http://a' },
      { name: 'far', scheduler_uri: 'http://f' },
    ]);
    const second = read([{ name: 'local', scheduler_uri: 'http://b' }]);
    const all = mergeClusters([first, second]);
    expect(findCluster(all, 'local', []).uris).toEqual(['http://b']);
    expect(() => findCluster(all, 'locla', [FILE])).toThrow(
      'there is no cluster "locla"; did you mean "local"? (known are local, far)',
    );
    expect(() => findCluster(new Map(), 'x', ['/a', '/b'])).toThrow(
      'no cluster is known; looked into /a, /b',
    );
  });
});

describe('the leader', () => {
  const member = (additionalEndpoints: object) => ({
    name: 'member_0000000001',
    serviceEndpoint: { host: 'h', port: 1 },
    additionalEndpoints: additionalEndpoints as Record<string, { host: string; port: number }>,
    status: 'ALIVE' as const,
    shard: null,
  });

  it('is the one member, by https, else by http, else by its own endpoint', () => {
    expect(leaderUrl([member({})])).toBe('http://h:1');
    expect(leaderUrl([member({ http: { host: 'h', port: 2 } })])).toBe('http://h:2');
    const both = { http: { host: 'h', port: 2 }, https: { host: '::1', port: 3 } };
    expect(leaderUrl([member(both)])).toBe('https://[::1]:3');
  });

  it('is nobody where there is none, or more than one', () => {
    expect(leaderUrl([])).toBeNull();
    expect(leaderUrl([member({}), member({})])).toBeNull();
  });
});

describe('.netrc', () => {
  const text = [
    'machine a login anna password secret',
    'macdef init',
    'machine b login no',
    '',
    'machine b',
    '  login bob account x password other',
    'default login any password all',
  ].join('\n');

  it.each([
    ['a', 'anna', 'secret'],
    ['b', 'bob', 'other'],
    ['c', 'any', 'all'],
  ])('has the login for %s', (host, user, password) => {
    expect(netrcLogin(text, host)).toEqual({ user, password });
  });

  it('has none where neither machine nor default says so', () => {
    expect(netrcLogin('machine a login anna password x', 'b')).toBeNull();
    expect(netrcLogin('', 'b')).toBeNull();
  });
});
