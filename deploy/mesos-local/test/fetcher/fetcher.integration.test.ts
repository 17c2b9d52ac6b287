import { createServer } from 'node:http';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onStopAll, stopAll } from '@murmur/testkit';
import { FetchError } from '../../src/fetcher/index.js';
import { itUnless } from '../containerizer/support.js';
import { fetching, gzip, tar, through, zip, type TarEntry, type ZipEntry } from './support.js';

afterAll(stopAll);

const CONTENT: readonly TarEntry[] = [
  { name: './', type: '5', mode: 0o755 },
  { name: 'bin/', type: '5', mode: 0o755 },
  { name: 'bin/run', body: '#!/bin/sh\n', mode: 0o4755 },
  { name: 'deep/er/file', body: 'x'.repeat(5000) },
  { name: 'link', type: '2', link: 'bin/run' },
  { name: 'same', type: '1', link: 'bin/run' },
  { name: 'empty', body: '' },
];
const UNPACKED = ['bin', 'bin/run', 'deep', 'deep/er', 'deep/er/file', 'empty', 'link', 'same'];
const MIB = 2 ** 20;

async function refusal(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((failure: unknown) => failure);
  expect(error).toBeInstanceOf(FetchError);
  return (error as FetchError).message;
}

describe('a file', () => {
  it('is copied by path, file URL and relative path, and made executable where asked', async () => {
    const { folder, sandbox, fetch, content, left } = await fetching();
    writeFileSync(join(folder, 'one'), 'one');
    chmodSync(join(folder, 'one'), 0o4777);
    await fetch([
      { value: join(folder, 'one') },
      { value: `file://${folder}/one`, output_file: 'sub/two', executable: true },
      { value: 'one', output_file: 'three' },
    ]);
    expect(content()).toEqual(['one', 'sub', 'sub/two', 'three']);
    expect(statSync(join(sandbox, 'one')).mode & 0o7777).toBe(0o644);
    expect(statSync(join(sandbox, 'sub/two')).mode & 0o7777).toBe(0o755);
    expect(left()).toEqual([]);
  });

  it('that is not there, a folder or a device is refused by name, and nothing of the others stays', async () => {
    const { folder, fetch, content, left } = await fetching();
    writeFileSync(join(folder, 'one'), 'one');
    for (const value of [`${folder}/nothing`, folder, '/dev/zero']) {
      expect(await refusal(fetch([{ value: `${folder}/one` }, { value }]))).toContain(`${value}: `);
    }
    expect([...content(), ...left()]).toEqual([]);
  });

  it('that exists in the sandbox already is not overwritten', async () => {
    const { folder, sandbox, fetch } = await fetching();
    writeFileSync(join(folder, 'stdout'), 'mine');
    symlinkSync(join(folder, 'outside', 'x'), join(sandbox, 'stdout'));
    expect(await refusal(fetch([{ value: `${folder}/stdout` }]))).toContain('"stdout" already');
    expect(existsSync(join(folder, 'outside', 'x'))).toBe(false);
  });

  itUnless(process.getuid?.() === 0 ? null : 'not root')(
    'belongs to the user, and must be readable by that user',
    async () => {
      const { folder, sandbox, fetch } = await fetching();
      const user = { uid: 65534, gid: 65534 };
      chmodSync(folder, 0o755);
      writeFileSync(
        join(folder, 'open.tar'),
        tar([...CONTENT, { name: 'etc', type: '2', link: '/etc/shadow' }]),
      );
      writeFileSync(join(folder, 'secret'), 'secret', { mode: 0o600 });
      await fetch([{ value: `${folder}/open.tar` }], { user });
      for (const name of ['open.tar', 'bin', 'bin/run', 'link', 'etc']) {
        expect([name, lstatSync(join(sandbox, name)).uid]).toEqual([name, 65534]);
      }
      expect(statSync('/etc/shadow').uid).toBe(0);
      expect(await refusal(fetch([{ value: `${folder}/secret` }], { user }))).toMatch(/secret: .*denied/i);
      expect(await refusal(fetch([{ value: folder }], { user }))).toContain('is no file');
    },
  );
});

describe('an archive', () => {
  const plain = tar(CONTENT);
  const kinds: readonly (readonly [string, Buffer | null])[] = [
    ['a.tar', plain],
    ['a.tgz', gzip(plain)],
    ['a.tar.gz', gzip(plain)],
    ['misnamed.tar', gzip(plain)],
    ['a.tar.bz2', through('bzip2', ['-c'], plain)],
    ['a.tar.xz', through('xz', ['-c'], plain)],
  ];

  for (const [name, bytes] of kinds) {
    itUnless(bytes === null ? 'its program is missing' : null)(
      `${name} is unpacked beside itself`,
      async () => {
        const { folder, sandbox, fetch, content } = await fetching();
        writeFileSync(join(folder, name), bytes!);
        await fetch([
          { value: join(folder, name) },
          { value: join(folder, name), output_file: `sub/${name}` },
        ]);
        const sub = ['sub', ...[name, ...UNPACKED].map((path) => `sub/${path}`)];
        expect(content()).toEqual([name, ...UNPACKED, ...sub].sort());
        expect(readFileSync(join(sandbox, 'deep/er/file'), 'utf8')).toBe('x'.repeat(5000));
        expect(statSync(join(sandbox, 'bin/run')).mode & 0o7777).toBe(0o755);
        expect(statSync(join(sandbox, 'same')).ino).toBe(statSync(join(sandbox, 'bin/run')).ino);
        expect(readlinkSync(join(sandbox, 'link'))).toBe('bin/run');
      },
    );
  }

  it('of zip is unpacked with modes and links', async () => {
    const { folder, sandbox, fetch, content } = await fetching();
    const entries = [
      { name: 'd/', mode: 0o040_755 },
      { name: 'd/run', body: 'run', mode: 0o100_755 },
      { name: 'l', body: 'd/run', mode: 0o120_777 },
    ];
    writeFileSync(join(folder, 'a.zip'), zip(entries));
    await fetch([{ value: `${folder}/a.zip` }]);
    expect(content()).toEqual(['a.zip', 'd', 'd/run', 'l']);
    expect(statSync(join(sandbox, 'l')).mode & 0o777).toBe(0o755);
  });

  it('of gz alone becomes one file', async () => {
    const { folder, sandbox, fetch } = await fetching();
    writeFileSync(join(folder, 'data.json.gz'), gzip(Buffer.from('{}')));
    await fetch([{ value: `${folder}/data.json.gz` }]);
    expect(readFileSync(join(sandbox, 'data.json'), 'utf8')).toBe('{}');
  });

  it('stays packed where extract is false', async () => {
    const { folder, fetch, content } = await fetching();
    writeFileSync(join(folder, 'a.tar'), plain);
    await fetch([{ value: `${folder}/a.tar`, extract: false }]);
    expect(content()).toEqual(['a.tar']);
  });

  it('merges with one that came before it', async () => {
    const { folder, fetch, content } = await fetching();
    writeFileSync(join(folder, 'a.tar'), tar([{ name: 'd/a' }]));
    writeFileSync(join(folder, 'b.tar'), tar([{ name: 'd/b' }]));
    await fetch([{ value: 'a.tar' }, { value: 'b.tar' }]);
    expect(content()).toEqual(['a.tar', 'b.tar', 'd', 'd/a', 'd/b']);
  });
});

describe('a hostile tar archive', () => {
  const out = { name: 'out', type: '2', link: '/tmp' };
  const attacks: readonly (readonly [string, readonly TarEntry[], RegExp])[] = [
    ['goes up', [{ name: '../outside/x' }], /leaves the sandbox/],
    ['goes up from within', [{ name: 'a/../../outside/x' }], /leaves the sandbox/],
    ['is absolute', [{ name: '/tmp/murmur-x' }], /absolute/],
    ['writes through a link', [out, { name: 'out/murmur-x' }], /goes through "out"/],
    [
      'writes through a link to a link',
      [{ name: 'a', type: '2', link: 'out' }, out, { name: 'a/x' }],
      /goes through "a"/,
    ],
    ['makes a folder of a link', [out, { name: 'out/', type: '5' }], /goes through "out"/],
    [
      'has a link that climbs out',
      [{ name: 'a/l', type: '2', link: '../../outside' }],
      /points out of the sandbox/,
    ],
    [
      'has a link through links',
      [
        { name: 'x/y/l', type: '2', link: '../..' },
        { name: 'x/y/m', type: '2', link: 'l/../outside' },
        { name: 'x/y/m/file' },
      ],
      /goes through "x\/y\/m"/,
    ],
    ['hard-links a file outside', [{ name: 'l', type: '1', link: '../secret' }], /leaves the sandbox/],
    ['hard-links an absolute file', [{ name: 'l', type: '1', link: '/etc/passwd' }], /absolute/],
    [
      'hard-links through a link',
      [
        { name: 'e', type: '2', link: '/etc' },
        { name: 'l', type: '1', link: 'e/passwd' },
      ],
      /goes through "e"/,
    ],
    [
      'hard-links a link',
      [
        { name: 'p', type: '2', link: '/etc/passwd' },
        { name: 'l', type: '1', link: 'p' },
      ],
      /no file of it/,
    ],
    ['has a device', [{ name: 'zero', type: '3' }], /CharacterDevice/],
    ['has a pipe', [{ name: 'pipe', type: '6' }], /FIFO/],
    ['puts a file over a folder', [{ name: 'd/a' }, { name: 'd' }], /folder already/],
    ['puts a folder over a file', [{ name: 'd' }, { name: 'd/a' }], /goes through "d"/],
  ];

  it.each(attacks)('that %s is refused, and nothing is left', async (_, entries, reason) => {
    const { folder, fetch, content, left } = await fetching();
    writeFileSync(join(folder, 'secret'), 'secret');
    writeFileSync(join(folder, 'a.tar'), tar([{ name: 'harmless', body: 'x' }, ...entries]));
    const message = await refusal(fetch([{ value: 'a.tar' }]));
    expect(message).toMatch(reason);
    expect(message).toMatch(/^a\.tar: /);
    expect([...content(), ...left()]).toEqual([]);
    expect(existsSync('/tmp/murmur-x')).toBe(false);
  });

  it('that replaces a link by a file writes the file, not where the link points', async () => {
    const { folder, sandbox, fetch } = await fetching();
    writeFileSync(join(folder, 'precious'), 'precious');
    const link = { name: 'f', type: '2', link: join(folder, 'precious') };
    writeFileSync(join(folder, 'a.tar'), tar([link, { name: 'f', body: 'new' }]));
    await fetch([{ value: 'a.tar' }]);
    expect(readFileSync(join(sandbox, 'f'), 'utf8')).toBe('new');
    expect(readFileSync(join(folder, 'precious'), 'utf8')).toBe('precious');
  });

  it('that is cut short anywhere, or no archive at all, is refused', async () => {
    const { folder, fetch, content, left } = await fetching();
    const whole = gzip(tar(CONTENT));
    const texts = [
      whole.subarray(0, 40),
      whole.subarray(0, -8),
      Buffer.from('no archive'.repeat(200)),
      Buffer.alloc(0),
    ];
    texts.push(tar(CONTENT).subarray(0, 5000), gzip(whole));
    for (const bytes of texts) {
      writeFileSync(join(folder, 'a.tar.gz'), bytes);
      await refusal(fetch([{ value: 'a.tar.gz' }]));
    }
    expect([...content(), ...left()]).toEqual([]);
  });

  it('that is a bomb is stopped by bytes and by files', async () => {
    const { folder, fetch, content, left } = await fetching({ unpackedBytes: MIB, files: 100 });
    writeFileSync(join(folder, 'big.tgz'), gzip(tar([{ name: 'big', body: Buffer.alloc(8 * MIB) }])));
    expect(await refusal(fetch([{ value: 'big.tgz' }]))).toMatch(/more than 1048576 bytes unpacked/);
    writeFileSync(join(folder, 'zeros.tgz'), gzip(Buffer.concat([tar([]), Buffer.alloc(8 * MIB)])));
    expect(await refusal(fetch([{ value: 'zeros.tgz' }]))).toMatch(/more than 1048576 bytes unpacked/);
    const many = Array.from({ length: 200 }, (_, number) => ({ name: `d${number}/`, type: '5' }));
    writeFileSync(join(folder, 'many.tar'), tar(many));
    expect(await refusal(fetch([{ value: 'many.tar' }]))).toMatch(/more than 100 files/);
    writeFileSync(join(folder, 'big.gz'), gzip(Buffer.alloc(8 * MIB)));
    expect(await refusal(fetch([{ value: 'big.gz' }]))).toMatch(/more than 1048576 bytes unpacked/);
    expect([...content(), ...left()]).toEqual([]);
  });
});

describe('a hostile zip archive', () => {
  const attacks: readonly (readonly [string, readonly ZipEntry[], RegExp])[] = [
    ['goes up', [{ name: '../outside/x' }], /\.\./],
    ['is absolute', [{ name: '/tmp/murmur-x' }], /absolute/],
    ['has a backslash', [{ name: 'a\\..\\x' }], /character|\\\\/],
    [
      'writes through a link',
      [{ name: 'l', body: '/tmp', mode: 0o120_777 }, { name: 'l/murmur-x' }],
      /goes through "l"/,
    ],
    ['has a link that climbs out', [{ name: 'l', body: '../outside', mode: 0o120_777 }], /points out/],
    ['has a link with an endless target', [{ name: 'l', body: 'x'.repeat(5000), mode: 0o120_777 }], /4096/],
    ['has a device', [{ name: 'd', mode: 0o020_644 }], /device/],
    ['is encrypted', [{ name: 'e', body: 'x', encrypted: true }], /encrypted/],
    ['lies about sizes', [{ name: 'e', body: 'x'.repeat(1000), claimedSize: 10 }], /zip archive/],
    ['is a bomb', [{ name: 'e', body: Buffer.alloc(4 * MIB) }], /more than 1048576 bytes/],
  ];

  it.each(attacks)('that %s is refused, and nothing is left', async (_, entries, reason) => {
    const { folder, fetch, content, left } = await fetching({ unpackedBytes: MIB });
    writeFileSync(join(folder, 'a.zip'), zip([{ name: 'harmless', body: 'x' }, ...entries]));
    expect(await refusal(fetch([{ value: 'a.zip' }]))).toMatch(reason);
    expect([...content(), ...left()]).toEqual([]);
    expect(existsSync('/tmp/murmur-x')).toBe(false);
  });

  it('that is cut short is refused', async () => {
    const { folder, fetch } = await fetching();
    writeFileSync(join(folder, 'a.zip'), zip([{ name: 'a', body: 'x' }]).subarray(0, -10));
    expect(await refusal(fetch([{ value: 'a.zip' }]))).toMatch(/zip archive/);
  });
});

describe('a URL', () => {
  async function server(): Promise<string> {
    const http = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://x');
      if (pathname.startsWith('/loop')) response.writeHead(302, { location: '/loop' }).end();
      else if (pathname === '/hop.tar') response.writeHead(301, { location: '/a.tar' }).end();
      else if (pathname === '/file') response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      else if (pathname === '/a.tar') response.end(tar(CONTENT));
      else if (pathname === '/broken') {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('half', () => response.destroy());
      } else if (pathname === '/endless') {
        const more = (): void => {
          if (response.write(Buffer.alloc(65_536))) setImmediate(more);
          else response.once('drain', more);
        };
        response.on('error', () => undefined);
        more();
      } else if (pathname === '/silent') response.writeHead(200).flushHeaders();
      else response.writeHead(404).end('no');
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    onStopAll(async () => {
      http.closeAllConnections();
      http.close();
    });
    return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  }

  it('is downloaded, redirects followed, and unpacked', async () => {
    const [base, { fetch, content }] = [await server(), await fetching()];
    await fetch([{ value: `${base}/hop.tar?token=1`, cache: true }]);
    expect(content()).toEqual(['hop.tar', ...UNPACKED].sort());
  });

  it.each([
    ['/nothing', /the server answered 404/],
    ['/loop', /more than 5 redirects/],
    ['/file', /only http and https/],
    ['/broken', /broke off/],
    ['/endless', /more than 1048576 bytes to fetch for one URI/],
    ['/silent', /took longer than 2000 ms/],
  ])('%s is refused', async (path, reason) => {
    const [base, { fetch, content, left }] = [
      await server(),
      await fetching({ uriBytes: MIB, timeoutMs: 2000 }),
    ];
    expect(await refusal(fetch([{ value: base + path }]))).toMatch(reason);
    expect([...content(), ...left()]).toEqual([]);
  });

  it('where nobody listens is refused with the reason', async () => {
    const { fetch } = await fetching();
    expect(await refusal(fetch([{ value: 'http://127.0.0.1:1/x' }]))).toMatch(/cannot be reached|bad port/);
  });

  it('is let go when its container is destroyed', async () => {
    const [base, { fetch, left }] = [await server(), await fetching()];
    const abort = new AbortController();
    const fetched = refusal(fetch([{ value: `${base}/silent` }], { signal: abort.signal }));
    abort.abort(new Error('destroyed'));
    expect(await fetched).toMatch(/destroyed/);
    expect(left()).toEqual([]);
  });
});

it('more URIs, or more bytes, than a container may have are refused', async () => {
  const { folder, fetch } = await fetching({ uris: 2, containerBytes: 15 });
  writeFileSync(join(folder, 'a'), '0123456789');
  expect(await refusal(fetch([{ value: 'a' }, { value: 'a' }, { value: 'a' }]))).toMatch(/uris: more than 2/);
  expect(await refusal(fetch([{ value: 'a' }, { value: 'a', output_file: 'b' }]))).toMatch(
    /more than 15 bytes/,
  );
});
