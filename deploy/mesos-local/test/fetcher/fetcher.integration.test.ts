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
import { itUnless } from '../containerizer/support.js';
import { CONTENT, fetching, gzip, refusal, tar, through, zip } from './support.js';

afterAll(stopAll);

const UNPACKED = ['bin', 'bin/run', 'deep', 'deep/er', 'deep/er/file', 'empty', 'link', 'same'];
const MIB = 2 ** 20;

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
