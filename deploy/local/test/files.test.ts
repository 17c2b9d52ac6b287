import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { portRangesIn, portsIn, secretIn, shortPath } from '../src/files.js';
import { LogFile } from '../src/log-file.js';
import { ownerIn, startTimeOf, takeLock } from '../src/lock.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'murmur-local-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a secret', () => {
  it('is made once, and is for its owner only', async () => {
    const path = join(folder, 'key');
    const secret = await secretIn(path);
    expect(secret).toMatch(/^[0-9a-f]{48}$/);
    expect(await secretIn(path)).toBe(secret);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });
});

describe('private ports', () => {
  it('stay the same, but for one that somebody else took', async () => {
    const path = join(folder, 'ports.json');
    const first = await portsIn(path, ['a', 'b'], Math.random);
    expect(await portsIn(path, ['a', 'b'], Math.random)).toEqual(first);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(first.get('a'), '127.0.0.1', resolve));
    const second = await portsIn(path, ['a', 'b', 'c'], Math.random);
    await new Promise((resolve) => server.close(resolve));
    expect(second.get('a')).not.toBe(first.get('a'));
    expect(second.get('b')).toBe(first.get('b'));
    expect(new Set(second.values()).size).toBe(3);
  });
});

describe('private ports that may be held by what a launcher has left running', () => {
  it('are kept where they are asked to be', async () => {
    const path = join(folder, 'ports.json');
    const first = await portsIn(path, ['a', 'b'], Math.random);
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(first.get('b'), '127.0.0.1', resolve));
    const second = await portsIn(path, ['a', 'b'], Math.random, ['b']);
    await new Promise((resolve) => server.close(resolve));
    expect(second).toEqual(first);
  });

  it('are ranges that do not meet, nor the single ones, and stay the same', async () => {
    const path = join(folder, 'port-ranges.json');
    const names = ['big', 'medium', 'small'];
    const first = await portRangesIn(path, names, Math.random);
    const ports = [...first.values()].flatMap((range) => [range.first, range.last]).sort((a, b) => a - b);
    for (const range of first.values()) expect(range.last - range.first).toBe(99);
    expect(new Set(ports).size).toBe(6);
    expect(ports[0]).toBeGreaterThanOrEqual(20_000);
    expect(ports.at(-1)).toBeLessThan(32_768);
    expect(await portRangesIn(path, names, Math.random)).toEqual(first);
    expect((await portRangesIn(path, [...names, 'more'], Math.random)).size).toBe(4);
  });
});

describe('the lock of a folder', () => {
  it('is held by one launcher, and free again after it', async () => {
    const path = join(folder, 'launcher.pid');
    const release = await takeLock(path);
    expect((await ownerIn(path))?.pid).toBe(process.pid);
    await expect(takeLock(path)).rejects.toThrow(`a launcher runs already, pid ${String(process.pid)}`);
    await release();
    expect(await ownerIn(path)).toBeNull();
  });

  it('is not held by a process that is gone, nor by another with its pid', async () => {
    const path = join(folder, 'launcher.pid');
    writeFileSync(path, `${String(process.pid)} 1\n`);
    expect(await ownerIn(path)).toBeNull();
    const release = await takeLock(path);
    expect(readFileSync(path, 'utf8')).toBe(`${String(process.pid)} ${String(startTimeOf(process.pid))}\n`);
    await release();
    writeFileSync(path, 'rubbish');
    expect(await ownerIn(path)).toBeNull();
  });
});

describe('a log file', () => {
  it('is set aside at its bound, keeping one', () => {
    const path = join(folder, 'x.log');
    const log = new LogFile(path, 10);
    for (const text of ['12345678', 'abcd', 'ABCDEFGH']) log.write(Buffer.from(text));
    log.close();
    expect([readFileSync(path, 'utf8'), readFileSync(`${path}.1`, 'utf8')]).toEqual(['ABCDEFGH', 'abcd']);
    const again = new LogFile(path, 10);
    again.write(Buffer.from('zzz'));
    again.close();
    expect(readFileSync(`${path}.1`, 'utf8')).toBe('ABCDEFGH');
  });
});

describe('the path of what holds a socket', () => {
  it('is itself while it is short enough for one, else one in the temporary folder, the same each time', () => {
    expect(shortPath('/srv/murmur/edge')).toBe('/srv/murmur/edge');
    const long = `/${'a'.repeat(90)}`;
    expect(shortPath(long)).toMatch(/murmur-[0-9a-f]{16}$/);
    expect(shortPath(long)).toBe(shortPath(long));
    expect(shortPath(`${long}b`)).not.toBe(shortPath(long));
  });
});
