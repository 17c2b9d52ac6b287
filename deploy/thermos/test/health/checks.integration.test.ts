import { createServer, type RequestListener, type Server } from 'node:http';
import { chmod, readFile, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { silentLog } from '@murmur/service';
import { onStopAll, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import { startHealthChecker } from '../../src/health/checker.js';
import { checkHttp } from '../../src/health/http-check.js';
import { checkShell } from '../../src/health/shell-check.js';
import { isAlive } from '../support/executor.js';
import { QUICK_CHECK } from '../support/tasks.js';

afterAll(stopAll);

const never = new AbortController().signal;
const DEFAULTS = { endpoint: '/health', expected_response: 'ok', expected_response_code: 0 };

async function serve(listener: RequestListener): Promise<{ port: number; server: Server }> {
  const server = createServer(listener);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  onStopAll(
    () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  );
  return { port: (server.address() as AddressInfo).port, server };
}

describe('an HTTP check', () => {
  it.each([
    ['ok', 200, {}, true],
    [' OK\n', 200, {}, true],
    ['not ok', 200, {}, false],
    ['', 200, {}, false],
    ['ok', 500, {}, false],
    ['ok', 302, {}, false],
    ['whatever', 200, { expected_response: '' }, true],
    ['whatever', 500, { expected_response: '' }, true],
    ['whatever', 500, { expected_response: '', expected_response_code: 200 }, false],
    ['', 204, { expected_response: '', expected_response_code: 204 }, true],
    ['Ready', 200, { expected_response: 'READY' }, true],
    ['ok', 200, { expected_response_code: 201 }, false],
  ])('that is answered %j, %d, with %j: %s', async (body, status, more, ok) => {
    const { port } = await serve((_req, res) => void res.writeHead(status).end(body));
    const result = await checkHttp(port, { ...DEFAULTS, ...more }, 5_000, never);
    expect(result.ok).toBe(ok);
  });

  it('says what was asked, what came and what is expected', async () => {
    const { port } = await serve((_req, res) => void res.writeHead(503).end('draining'));
    expect(await checkHttp(port, DEFAULTS, 5_000, never)).toEqual({
      ok: false,
      reason: `GET http://127.0.0.1:${port}/health answered 503 "draining", expected is "ok"`,
    });
  });

  it('ends with its time-out when the answer does not come, or does not end', async () => {
    const silent = await serve(() => undefined);
    expect(await checkHttp(silent.port, DEFAULTS, 50, never)).toMatchObject({ ok: false });
    const endless = await serve((_req, res) => void res.write('o'));
    expect(await checkHttp(endless.port, DEFAULTS, 50, never)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('no answer in 50 ms'),
    });
  });

  it('does not read an answer without end', async () => {
    const { port } = await serve((_req, res) => {
      const more = setInterval(() => void res.write('x'.repeat(65_536)), 1);
      res.on('close', () => clearInterval(more));
    });
    const result = await checkHttp(port, DEFAULTS, 20_000, never);
    expect(result).toMatchObject({ ok: false, reason: expect.stringContaining('answered 200 "xxx') });
  });
});

describe('a shell check', () => {
  const shell = async (command: string, more: { user?: string; timeoutMs?: number } = {}) => {
    const sandbox = await tempFolder();
    await chmod(sandbox, 0o777);
    const result = await checkShell({
      command,
      sandbox,
      user: null,
      timeoutMs: 20_000,
      signal: never,
      ...more,
    });
    return { sandbox, result };
  };

  it('is bash in the sandbox with a process\u2019s environment; exit 0 is healthy', async () => {
    const { sandbox, result } = await shell('[[ -n $HOME ]] && pwd > where && env > env');
    expect(result).toEqual({ ok: true });
    expect(await readFile(join(sandbox, 'where'), 'utf8')).toBe(`${sandbox}\n`);
    expect(await readFile(join(sandbox, 'env'), 'utf8')).not.toContain('NODE_OPTIONS');
  });

  it('says how it ended and what it said', async () => {
    const { result } = await shell('echo out; echo err >&2; exit 4');
    expect(result).toMatchObject({
      ok: false,
      reason: expect.stringMatching(/^the command exited with 4: (out\nerr|err\nout)$/),
    });
  });

  it('runs as the task\u2019s user', async () => {
    const { sandbox, result } = await shell('id -un > who', { user: 'nobody' });
    expect(result).toEqual({ ok: true });
    expect(await readFile(join(sandbox, 'who'), 'utf8')).toBe('nobody\n');
    expect((await shell('true', { user: 'no-such-user' })).result).toMatchObject({
      ok: false,
      reason: expect.stringContaining('no-such-user'),
    });
  });

  it('is killed with all it started when its time is up', async () => {
    const { sandbox, result } = await shell('sleep 1000 & echo $! > pid; wait', { timeoutMs: 500 });
    expect(result).toEqual({ ok: false, reason: 'the command did not end in 500 ms' });
    const pid = Number(await readFile(join(sandbox, 'pid'), 'utf8'));
    await waitFor(() => !isAlive(pid), { what: 'the sleeper to be gone' });
  });
});

describe('a health checker', () => {
  it('is snoozed by a file in the sandbox, and stops when told', async () => {
    const sandbox = await tempFolder();
    const heard: string[] = [];
    await writeFile(join(sandbox, '.healthchecksnooze'), '');
    const checker = startHealthChecker({
      plan: {
        probe: { kind: 'shell', command: 'echo x >> asked; false' },
        config: { ...QUICK_CHECK, health_checker: {}, initial_interval_secs: 0 },
      },
      sandbox,
      user: null,
      proven: false,
      onHealthy: ({ attempts }) => void heard.push(`healthy at ${attempts}`),
      onUnhealthy: (reason) => void heard.push(reason),
      log: silentLog(),
    });
    await waitFor(() => heard.length === 1, { what: 'healthy' });
    expect(heard).toEqual(['healthy at 1']);
    await rm(join(sandbox, '.healthchecksnooze'));
    await waitFor(() => heard.length === 2, { what: 'unhealthy' });
    expect(heard[1]).toContain('1 failed health check (allowed: 0). The last one: the command exited with 1');
    checker.stop();
    expect(await readFile(join(sandbox, 'asked'), 'utf8')).toBe('x\n');
  });
});
