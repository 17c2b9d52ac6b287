import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopAll } from '@murmur/testkit';
import { CONTENT, fetching, gzip, refusal, tar, zip, type TarEntry, type ZipEntry } from './support.js';

afterAll(stopAll);

const MIB = 2 ** 20;

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
