import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onStopAll, stopAll, tempFolder } from '@murmur/testkit';
import {
  answerFiles,
  attachSandbox,
  createFiles,
  detachSandbox,
  runsFolder,
  sendFilesAnswer,
} from '../../src/files/index.js';
import type { FilesAction } from '../../src/files/index.js';

afterAll(stopAll);

async function agent() {
  const workDir = await tempFolder('files');
  const name = { workDir, agentId: 'S', frameworkId: 'F', executorId: 'E', containerId: 'C' };
  const sandbox = join(runsFolder(name), 'C');
  mkdirSync(join(sandbox, 'sub'), { recursive: true });
  mkdirSync(join(runsFolder(name), 'C2'));
  symlinkSync(sandbox, join(runsFolder(name), 'latest'));
  writeFileSync(join(sandbox, 'stdout'), 'out\n');
  writeFileSync(join(runsFolder(name), 'C2', 'secret'), 'secret');
  const files = createFiles();
  attachSandbox(files, name);
  const ask = async (action: FilesAction, query: Record<string, string>) => {
    const { status, type, body } = await answerFiles(files, action, new URLSearchParams(query));
    if (typeof body !== 'string') throw new Error('a file');
    return { status, type, body, value: () => JSON.parse(body) as unknown };
  };
  return { files, sandbox, runs: runsFolder(name), name, workDir, ask };
}

describe('the files API', () => {
  it('browses by the real path, by latest, and by the virtual path', async () => {
    const { sandbox, runs, ask } = await agent();
    utimesSync(join(sandbox, 'stdout'), 1_795_297_763, 1_795_297_763);
    chmodSync(join(sandbox, 'stdout'), 0o644);
    for (const base of [
      sandbox,
      `${sandbox}/`,
      `${runs}/latest`,
      '/frameworks/F/executors/E/runs/latest',
      '/frameworks/F/executors/E/runs/C',
    ]) {
      const { status, type, value } = await ask('browse', { path: base });
      expect([status, type]).toEqual([200, 'application/json']);
      expect(value()).toEqual([
        {
          ...{ gid: expect.any(String), mode: '-rw-r--r--', mtime: 1_795_297_763, nlink: 1 },
          ...{ path: `${base.replace(/\/$/, '')}/stdout`, size: 4, uid: expect.any(String) },
        },
        expect.objectContaining({
          path: `${base.replace(/\/$/, '')}/sub`,
          mode: expect.stringMatching(/^drwx/),
        }),
      ]);
    }
    expect((await ask('browse', { path: `${sandbox}/stdout` })).body).toBe('[]');
  });

  it('reads as Mesos does: offsets in bytes, -1 for the size, 64 KiB at most', async () => {
    const { sandbox, ask } = await agent();
    const path = `${sandbox}/stdout`;
    const read = async (query: Record<string, string>) => (await ask('read', { path, ...query })).body;
    expect(await read({ offset: '0', length: '100' })).toBe('{"data":"out\\n","offset":0}');
    expect(await read({ offset: '-1' })).toBe('{"data":"","offset":4}');
    expect(await read({})).toBe('{"data":"","offset":4}');
    expect(await read({ offset: '1', length: '2' })).toBe('{"data":"ut","offset":1}');
    expect(await read({ offset: '1', length: '-1' })).toBe('{"data":"ut\\n","offset":1}');
    expect(await read({ offset: '99' })).toBe('{"data":"","offset":99}');
    writeFileSync(path, 'x'.repeat(200_000));
    expect(
      ((await ask('read', { path, offset: '5', length: '150000' })).value() as { data: string }).data,
    ).toHaveLength(65_536);
    writeFileSync(path, Buffer.from([0x61, 0xff, 0xc3, 0xa9, 0x62]));
    expect(await read({ offset: '0' })).toBe('{"data":"a\ufffdéb","offset":0}');
    expect(await read({ offset: '3' })).toBe('{"data":"\ufffdb","offset":3}');
  });

  it.each([
    ['browse', {}, 400, "Expecting 'path=value' in query.\n"],
    ['read', { path: '' }, 400, "Expecting 'path=value' in query.\n"],
    ['download', {}, 400, "Expecting 'path=value' in query.\n"],
    ['read', { path: '/etc/passwd', offset: '0' }, 404, ''],
    ['browse', { path: '$/nope' }, 404, ''],
    ['read', { path: '$/stdout/x' }, 404, ''],
    ['read', { path: '$/sub' }, 400, 'Cannot read a directory.\n'],
    ['download', { path: '$/sub' }, 400, 'Cannot download a directory.\n'],
    ['read', { path: '$/stdout', offset: 'x' }, 400, 'Failed to parse offset: "x" is no number of bytes.\n'],
    ['read', { path: '$/stdout', offset: '-2' }, 400, 'Negative offset provided: -2.\n'],
    ['read', { path: '$/stdout', offset: '0', length: '-5' }, 400, 'Negative length provided: -5.\n'],
    [
      'read',
      { path: '$/stdout', offset: '99999999999999999' },
      400,
      'Failed to parse offset: "99999999999999999" is no number of bytes.\n',
    ],
    ['browse', { path: '$', jsonp: 'alert(1)//' }, 400, 'jsonp: is not the name of a function.\n'],
    ['read', { path: '$/../C2/secret' }, 403, /leads out/],
    ['browse', { path: '$/..' }, 403, /leads out/],
    ['browse', { path: '$/sub/../../..' }, 403, /leads out/],
  ] as const)('answers %s of %j with %i', async (action, query, status, body) => {
    const { sandbox, ask } = await agent();
    const filled = Object.fromEntries(
      Object.entries(query).map(([key, value]) => [key, value.replace('$', sandbox)]),
    );
    const answer = await ask(action, filled);
    expect(answer.status).toBe(status);
    if (typeof body === 'string') expect(answer.body).toBe(body);
    else expect(answer.body).toMatch(body);
  });

  it('follows links inside the sandbox, and none that leaves it', async () => {
    const { sandbox, runs, ask } = await agent();
    symlinkSync('stdout', join(sandbox, 'good'));
    symlinkSync('..', join(sandbox, 'sub', 'up'));
    symlinkSync('/etc/passwd', join(sandbox, 'passwd'));
    symlinkSync('/', join(sandbox, 'root'));
    symlinkSync('../C2', join(sandbox, 'other'));
    symlinkSync(`${runs}/C2/../C/stdout`, join(sandbox, 'roundabout'));
    for (const path of ['good', 'sub/up/stdout', 'roundabout']) {
      expect((await ask('read', { path: `${sandbox}/${path}`, offset: '0' })).body).toContain('out');
    }
    for (const path of ['passwd', 'root/etc/passwd', 'other/secret', 'root', 'other']) {
      const { status, body } = await ask('read', { path: `${sandbox}/${path}`, offset: '0' });
      expect([path, status]).toEqual([path, 403]);
      expect(body).toContain('leads out');
    }
    const entries = (await ask('browse', { path: sandbox })).value() as { path: string; mode: string }[];
    expect(entries.find(({ path }) => path.endsWith('/passwd'))?.mode).toBe('lrwxrwxrwx');
  });

  it('does not wait for a pipe, nor read devices', async () => {
    const { sandbox, ask } = await agent();
    execFileSync('mkfifo', [join(sandbox, 'pipe')]);
    expect((await ask('read', { path: `${sandbox}/pipe`, offset: '0' })).status).toBe(400);
  });

  it('is not tricked by a folder that is swapped for a link again and again', async () => {
    const { sandbox, runs, ask } = await agent();
    const [swapped, aside] = [join(sandbox, 'sub'), join(sandbox, 'aside')];
    writeFileSync(join(swapped, 'secret'), 'harmless');
    const rounds = { left: 500 };
    const swapping = (async () => {
      while (rounds.left > 0) {
        renameSync(swapped, aside);
        symlinkSync(`${runs}/C2`, swapped);
        await new Promise((resolve) => setImmediate(resolve));
        rmSync(swapped);
        renameSync(aside, swapped);
        await new Promise((resolve) => setImmediate(resolve));
      }
    })();
    for (; rounds.left > 0; rounds.left -= 1) {
      const { status, body } = await ask('read', { path: `${swapped}/secret`, offset: '0' });
      expect([200, 403, 404]).toContain(status);
      if (status === 200) expect(body).toContain('harmless');
    }
    await swapping;
  });

  it('knows nothing of a sandbox that was detached, and the newer one stays the latest', async () => {
    const { files, name, ask } = await agent();
    attachSandbox(files, { ...name, containerId: 'C2' });
    detachSandbox(files, name);
    expect((await ask('browse', { path: '/frameworks/F/executors/E/runs/C' })).status).toBe(404);
    expect((await ask('browse', { path: '/frameworks/F/executors/E/runs/latest' })).body).toContain(
      'latest/secret',
    );
    detachSandbox(files, { ...name, containerId: 'C2' });
    expect((await ask('debug', {})).body).toBe('{}');
  });

  it('serves a log file by its name, and nothing below it', async () => {
    const { files, workDir, ask } = await agent();
    files.attach('/slave/log', join(workDir, 'agent.log'));
    expect((await ask('read', { path: '/slave/log', offset: '0' })).status).toBe(404);
    writeFileSync(join(workDir, 'agent.log'), 'log');
    expect((await ask('read', { path: '/slave/log', offset: '0' })).body).toContain('log');
    expect((await ask('read', { path: '/slave/log/x', offset: '0' })).status).toBe(404);
    expect((await ask('debug', {})).value()).toMatchObject({ '/slave/log': join(workDir, 'agent.log') });
  });

  it('gives the same to the operator API, in its form', async () => {
    const { files, sandbox } = await agent();
    const [info] = await files.list(sandbox);
    expect(info).toMatchObject({
      path: `${sandbox}/stdout`,
      size: 4,
      nlink: 1,
      mode: statSync(join(sandbox, 'stdout')).mode,
    });
    expect(await files.read(`${sandbox}/stdout`, 1, 2)).toEqual({ size: 4, data: Buffer.from('ut') });
  });

  it('answers JSONP, and sends files whole', async () => {
    const { files, sandbox } = await agent();
    writeFileSync(join(sandbox, 'bytes ü'), Buffer.from([0, 255, 10]));
    writeFileSync(join(sandbox, 'empty'), '');
    const server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://x');
      void answerFiles(files, pathname.slice(1) as FilesAction, searchParams).then((answer) =>
        sendFilesAnswer(answer, response),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onStopAll(async () => void server.close());
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const get = (action: string, query: Record<string, string>) =>
      fetch(`${base}/${action}?${new URLSearchParams(query).toString()}`);
    const jsonp = await get('read', { path: `${sandbox}/stdout`, offset: '0', jsonp: 'a.b_1' });
    expect(jsonp.headers.get('content-type')).toBe('text/javascript');
    expect(await jsonp.text()).toBe('a.b_1({"data":"out\\n","offset":0});');
    const whole = await get('download', { path: `${sandbox}/bytes ü` });
    expect(whole.headers.get('content-disposition')).toBe("attachment; filename*=UTF-8''bytes%20%C3%BC");
    expect([...new Uint8Array(await whole.arrayBuffer())]).toEqual([0, 255, 10]);
    expect(await (await get('download', { path: `${sandbox}/empty` })).text()).toBe('');
    expect((await get('download', { path: `${sandbox}/nothing` })).status).toBe(404);
  });
});
