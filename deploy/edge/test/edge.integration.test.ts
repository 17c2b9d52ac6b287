import { jest } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { aliveMember, connectDiscovery, type Announcement, type Discovery } from '@murmur/discovery';
import { edgeOptions, renderConfig, startEdge, type Backend, type EdgeOptions } from '@murmur/edge';
import { silentLog as makeSilentLog, type RunningService } from '@murmur/service';
import {
  connectWire,
  freePort,
  startProcess,
  onStopAll,
  startZooKeeper,
  stopAll,
  tempFolder,
  waitFor,
  type TestServer,
} from '@murmur/testkit';

jest.setTimeout(60_000);
const run = promisify(execFile);
const silentLog = makeSilentLog();
const KEY = 'a key for tests only';

interface Upstream {
  readonly port: number;
  /** Requests that are being answered, or wait in `hold`. */
  readonly held: (() => void)[];
  hold: boolean;
  close(): Promise<void>;
}

let zookeeper: TestServer;
let discovery: Discovery;
let clusters = 0;

beforeAll(async () => {
  zookeeper = await startZooKeeper();
  discovery = connectDiscovery({
    zk: `127.0.0.1:${String(zookeeper.port)}`,
    sessionTimeoutMs: 10_000,
    log: silentLog,
  });
  onStopAll(() => discovery.close());
});
afterAll(stopAll);

/** Says who it is and what it was asked; `/hold` paths and everything while `hold` is set wait for the test. */
async function startUpstream(name: string): Promise<Upstream> {
  const held: (() => void)[] = [];
  const answer = (req: IncomingMessage, res: ServerResponse): void => {
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ name, method: req.method, url: req.url, headers: req.headers }));
  };
  const upstream: Upstream = {
    port: 0,
    held,
    hold: false,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer((req, res) => {
    if (req.url === '/health') {
      res.end('ok');
    } else if (req.url?.includes('/die') === true) {
      req.socket.destroy();
    } else if (req.url?.startsWith('/api/v1/streaming') === true) {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.write(`:${name}\n`);
      held.push(() => res.write(':more\n'));
    } else if (upstream.hold) {
      held.push(() => answer(req, res));
    } else {
      answer(req, res);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onStopAll(() => upstream.close());
  return Object.assign(upstream, { port: (server.address() as AddressInfo).port });
}

interface Suite {
  readonly edge: RunningService;
  readonly port: number;
  readonly url: string;
  readonly upstreams: Record<Backend, Upstream>;
  readonly announcements: Record<Backend, Announcement>;
  announce(backend: Backend, port: number): Announcement;
  metric(name: string): Promise<number>;
}

async function startSuite(overrides: Partial<EdgeOptions> = {}): Promise<Suite> {
  clusters += 1;
  const clusterPath = `/aurora/murmur/edge${String(clusters)}`;
  const publicPort = await freePort();
  const announce = (backend: Backend, port: number): Announcement =>
    discovery.announce(`${clusterPath}/${backend}`, aliveMember({ host: '127.0.0.1', port }));
  const upstreams = {
    ingest: await startUpstream('ingest'),
    timeline: await startUpstream('timeline'),
    'push-gateway': await startUpstream('push-gateway'),
  };
  const announcements = {
    ingest: announce('ingest', upstreams.ingest.port),
    timeline: announce('timeline', upstreams.timeline.port),
    'push-gateway': announce('push-gateway', upstreams['push-gateway'].port),
  };
  const defaults = Object.fromEntries(
    Object.entries(edgeOptions).map(([name, spec]) => [name, spec.default]),
  ) as unknown as EdgeOptions;
  const zk = `127.0.0.1:${String(zookeeper.port)}`;
  const edge = await startEdge(
    { ...defaults, zk, clusterPath, clusterKey: KEY, publicPort, graceMs: 500, ...overrides },
    { log: silentLog },
  );
  onStopAll(() => edge.stop());
  const url = `http://127.0.0.1:${String(publicPort)}`;
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`http://127.0.0.1:${String(edge.port)}/metrics`)).text();
    return Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${name} `))
        ?.slice(name.length + 1) ?? Number.NaN,
    );
  };
  const up = async (backend: Backend): Promise<boolean> =>
    (await metric(`murmur_edge_servers_up{backend="${backend}"}`)) >= 1;
  await waitFor(async () => (await up('ingest')) && (await up('timeline')) && (await up('push-gateway')), {
    what: 'all backends',
  });
  return { edge, port: publicPort, url, upstreams, announcements, announce, metric };
}

const readText = async (reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> =>
  new TextDecoder().decode((await reader.read()).value);
const nameOf = async (answer: Response): Promise<string> => ((await answer.json()) as { name: string }).name;

describe('the rendered configuration', () => {
  it('is valid for the installed HAProxy, without a warning', async () => {
    const golden = new URL('golden-haproxy.cfg', import.meta.url);
    const folder = await tempFolder();
    const text = (await readFile(golden, 'utf8')).replace('/run/murmur/', `${folder}/`);
    await writeFile(join(folder, 'haproxy.cfg'), text);
    const { stdout, stderr } = await run('haproxy', ['-c', '-f', join(folder, 'haproxy.cfg')]);
    expect(`${stdout}${stderr}`).not.toMatch(/WARNING|ALERT/);
  });
});

describe('the access log', () => {
  it('is one JSON object per request', async () => {
    const port = await freePort();
    const folder = await tempFolder();
    const defaults = Object.fromEntries(
      Object.entries(edgeOptions).map(([name, spec]) => [name, spec.default]),
    ) as unknown as EdgeOptions;
    const settings = { ...defaults, accessLog: true, publicPort: port, socketPath: join(folder, 's') };
    const none = { ingest: [null], timeline: [null], 'push-gateway': [null] };
    const config = join(folder, 'haproxy.cfg');
    await writeFile(config, renderConfig(settings, none));
    const haproxy = await startProcess({ command: 'haproxy', args: ['-db', '-f', config], readyPort: port });
    await fetch(`http://127.0.0.1:${String(port)}/api/v1/a%22b?access_token=secret`);
    const line = await waitFor(
      async () => (await haproxy.output()).split('\n').find((each) => each.startsWith('{')),
      { what: 'a line' },
    );
    expect(JSON.parse(line)).toMatchObject({
      method: 'GET',
      path: '/api/v1/a%22b',
      status: 503,
      backend: 'timeline',
    });
    expect(line).not.toContain('secret');
  });
});

describe('routes', () => {
  let suite: Suite;
  beforeAll(async () => {
    suite = await startSuite();
  });

  it.each([
    ['GET', '/api/v1/timelines/home?limit=2', 'timeline'],
    ['OPTIONS', '/api/v1/statuses', 'timeline'],
    ['POST', '/api/v1/statuses', 'ingest'],
    ['PUT', '/api/v1/x', 'ingest'],
    ['PATCH', '/api/v1/x', 'ingest'],
    ['DELETE', '/api/v1/statuses/1', 'ingest'],
    ['GET', '/oauth/authorize', 'ingest'],
    ['POST', '/oauth/token', 'ingest'],
    ['GET', '/avatars/1.png', 'timeline'],
    ['GET', '/headers/1.png', 'timeline'],
    ['GET', '/.well-known/webfinger?resource=acct:a@b', 'timeline'],
  ])('take %s %s to %s, unchanged', async (method, path, backend) => {
    const answer = await fetch(suite.url + path, { method });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ name: backend, method, url: path });
  });

  it('take streaming to the gateways', async () => {
    const abort = new AbortController();
    for (const path of ['/api/v1/streaming', '/api/v1/streaming/user?since=1']) {
      const answer = await fetch(suite.url + path, { signal: abort.signal });
      expect(await readText(answer.body!.getReader())).toBe(':push-gateway\n');
    }
    abort.abort();
  });

  it('take an absolute-form target to the same place as its path', async () => {
    const wire = await connectWire(suite.port);
    await wire.send(
      `GET http://elsewhere.example/api/v1/x?y=1 HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n`,
    );
    expect(await wire.readUntil()).toBe('HTTP/1.1 200 OK');
    expect(await wire.readUntil('}')).toContain('"url":"/api/v1/x?y=1"');
  });

  it.each([
    '/',
    '/internal/presence',
    '/metrics',
    '/health',
    '/quitquitquit',
    '/abortabortabort',
    '/api',
    '//internal/presence',
    '/api/../internal/presence',
    '/api/./../internal/presence',
    '/api/%2e%2e/internal/presence',
    '/api/.%2E/internal/presence',
    '/api/..%2finternal',
    '/api/..%5cinternal',
    String.raw`/api/..\internal`,
    '/api//internal',
    '/api/%252e%252e/internal',
    '/api/v1/x%00',
    '/api/..',
    '/oauth/../metrics',
    'http://127.0.0.1/internal/presence',
    'http://127.0.0.1/api/../metrics',
    'http://127.0.0.1//internal/presence',
    '/streaming',
  ])('refuse %s', async (target) => {
    for (const method of ['GET', 'POST']) {
      const wire = await connectWire(suite.port);
      await wire.send(
        `${method} ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      );
      expect(await wire.readUntil()).toMatch(/^HTTP\/1.1 40[04] /);
      const head = (await wire.readUntil('\r\n\r\n')).toLowerCase();
      expect(head).toContain('content-type: application/json');
      expect(head).toContain('access-control-allow-origin: *');
      expect(await wire.readUntil('}')).toMatch(/^{"error":"(Record not found|Bad request)"$/);
    }
  });

  it.each([
    ['a method that no server behind knows', 'QQQ /api/v1/x HTTP/1.1\r\nHost: x', 405],
    ['a request without a host', 'GET /api/v1/x HTTP/1.1\r\nX-Other: x', 400],
    ['a target that is too long', `GET /api/v1/x?${'y'.repeat(8_000)} HTTP/1.1\r\nHost: x`, 414],
  ])('refuse %s, in JSON', async (_what, request, status) => {
    const wire = await connectWire(suite.port);
    await wire.send(`${request}\r\nConnection: close\r\n\r\n`);
    expect(await wire.readUntil()).toMatch(new RegExp(`^HTTP/1.1 ${String(status)} `));
    expect((await wire.readUntil('\r\n\r\n')).toLowerCase()).toContain('content-type: application/json');
    expect(await wire.readUntil('}')).toMatch(/^{"error":".+"$/);
  });

  it('refuse to write to public files', async () => {
    expect((await fetch(`${suite.url}/avatars/1.png`, { method: 'POST' })).status).toBe(404);
  });

  it('tell servers the real address, whatever the client says', async () => {
    const headers = {
      'x-forwarded-for': '6.6.6.6',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'evil',
      forwarded: 'for=6.6.6.6',
      'x-real-ip': '6.6.6.6',
    };
    const answer = await fetch(`${suite.url}/api/v1/x`, { headers });
    const seen = ((await answer.json()) as { headers: Record<string, string> }).headers;
    expect([seen['x-forwarded-for'], seen['x-forwarded-proto']]).toEqual(['127.0.0.1', 'http']);
    expect([seen['x-forwarded-host'], seen['forwarded'], seen['x-real-ip']]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('answer a server that says nothing with a JSON 502', async () => {
    const wire = await connectWire(suite.port);
    await wire.send(
      'POST /api/v1/die HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx',
    );
    expect(await wire.readUntil()).toMatch(/^HTTP\/1.1 502 /);
    expect(await wire.readUntil('\r\n\r\n')).toContain('access-control-allow-origin: *');
    expect(await wire.readUntil('}')).toBe('{"error":"The service gave no answer"');
  });
});

describe('the lobby', () => {
  it('lets requests wait, answers 503 with Retry-After when it is full, and loses none that waits', async () => {
    const suite = await startSuite({ serverMaxconn: 2, lobbyMax: 3 });
    const { ingest } = suite.upstreams;
    ingest.hold = true;
    const post = (n: number) => fetch(`${suite.url}/api/v1/statuses?n=${String(n)}`, { method: 'POST' });
    const working = [post(1), post(2)];
    await waitFor(() => ingest.held.length === 2, { what: 'two requests at work' });
    const waiting = [post(3), post(4), post(5)];
    await waitFor(async () => (await suite.metric('murmur_edge_lobby_requests{backend="ingest"}')) === 3, {
      what: 'a full lobby',
    });
    const refused = await post(6);
    expect([
      refused.status,
      refused.headers.get('retry-after'),
      refused.headers.get('access-control-allow-origin'),
    ]).toEqual([503, '1', '*']);
    expect(await refused.json()).toEqual({ error: 'The service is busy, try again' });
    expect((await fetch(`${suite.url}/api/v1/x`)).status).toBe(200); // reads have a lobby of their own
    const stream = new AbortController();
    expect((await fetch(`${suite.url}/api/v1/streaming/user`, { signal: stream.signal })).status).toBe(200);
    stream.abort();
    ingest.hold = false;
    for (const release of ingest.held.splice(0)) release();
    const answers = await Promise.all([...working, ...waiting]);
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 200]);
  });

  it('answers 503 after the longest wait', async () => {
    const suite = await startSuite({ serverMaxconn: 1, lobbyMs: 100 });
    const { ingest } = suite.upstreams;
    ingest.hold = true;
    const first = fetch(`${suite.url}/api/v1/a`, { method: 'POST' });
    await waitFor(() => ingest.held.length === 1, { what: 'a request at work' });
    const second = await fetch(`${suite.url}/api/v1/b`, { method: 'POST' });
    expect([second.status, second.headers.get('retry-after')]).toEqual([503, '1']);
    for (const release of ingest.held.splice(0)) release();
    expect((await first).status).toBe(200);
  });
});

describe('a change of members', () => {
  it('needs no reload and cuts no stream', async () => {
    const suite = await startSuite();
    const abort = new AbortController();
    const stream = (
      await fetch(`${suite.url}/api/v1/streaming/user`, { signal: abort.signal })
    ).body!.getReader();
    const next = () => readText(stream);
    expect(await next()).toBe(':push-gateway\n');
    const other = await startUpstream('other');
    suite.announce('timeline', other.port);
    suite.announce('push-gateway', other.port);
    await waitFor(async () => (await nameOf(await fetch(`${suite.url}/api/v1/x`))) === 'other', {
      what: 'the new server',
    });
    await suite.announcements.timeline.withdraw();
    await suite.announcements['push-gateway'].withdraw();
    await waitFor(async () => (await suite.metric('murmur_edge_servers_up{backend="timeline"}')) === 1, {
      what: 'the old one to be out',
    });
    await suite.upstreams.timeline.close();
    for (let n = 0; n < 20; n += 1) expect(await nameOf(await fetch(`${suite.url}/api/v1/x`))).toBe('other');
    for (const more of suite.upstreams['push-gateway'].held) more();
    expect(await next()).toBe(':more\n');
    expect(await suite.metric('murmur_edge_haproxy_restarts_total')).toBe(0);
    abort.abort();
  });

  it('hurts nobody when a server dies without leaving', async () => {
    const suite = await startSuite();
    const other = await startUpstream('other');
    suite.announce('ingest', other.port);
    await waitFor(async () => (await suite.metric('murmur_edge_servers_up{backend="ingest"}')) === 2, {
      what: 'two servers',
    });
    await suite.upstreams.ingest.close();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => fetch(`${suite.url}/api/v1/x`, { method: 'POST', body: 'x' })),
    );
    expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 20 }, () => 200));
  });

  it('repeats on another server what may be repeated', async () => {
    const suite = await startSuite();
    let tries = 0;
    const flaky = createServer((req, res) => {
      if (req.url === '/health') {
        res.end('ok');
        return;
      }
      tries += 1;
      req.socket.destroy();
    });
    await new Promise<void>((resolve) => flaky.listen(0, '127.0.0.1', resolve));
    onStopAll(async () => {
      await new Promise((resolve) => flaky.close(resolve));
    });
    suite.announce('ingest', (flaky.address() as AddressInfo).port);
    const headers = { 'idempotency-key': 'k' };
    await waitFor(
      async () => {
        const answer = await fetch(`${suite.url}/api/v1/statuses`, { method: 'POST', headers, body: 'x' });
        expect(await nameOf(answer)).toBe('ingest');
        return tries > 0;
      },
      { what: 'the flaky server to be asked' },
    );
  });
});

describe('the edge as a process', () => {
  it('stays responsive when a member comes back at its address under a new name', async () => {
    const suite = await startSuite();
    const port = suite.upstreams.ingest.port;
    const again = suite.announce('ingest', port);
    await again.withdraw();
    await suite.announcements.ingest.withdraw();
    suite.announce('ingest', port);
    await waitFor(async () => (await suite.metric('murmur_edge_members{backend="ingest"}')) === 1, {
      what: 'the member',
    });
    await waitFor(async () => (await fetch(`${suite.url}/api/v1/x`, { method: 'POST' })).status === 200, {
      what: 'an answer',
    });
  });

  it('starts HAProxy again when it dies, with the present members', async () => {
    const runPath = await tempFolder('edge');
    const suite = await startSuite({ runPath });
    const { stdout } = await run('pgrep', ['-f', `haproxy -db -f ${runPath}/haproxy.cfg`]);
    const pid = Number(stdout.trim().split('\n')[0]);
    process.kill(pid, 'SIGKILL');
    await waitFor(async () => (await suite.metric('murmur_edge_haproxy_restarts_total')) === 1, {
      what: 'a restart',
    });
    await waitFor(async () => (await fetch(`${suite.url}/api/v1/x`)).status === 200, {
      what: 'the edge to serve again',
    });
  });

  it('is healthy while HAProxy runs, and needs the members of no set for that', async () => {
    const suite = await startSuite();
    const health = () => fetch(`http://127.0.0.1:${String(suite.edge.port)}/health`);
    expect(await (await health()).text()).toBe('ok');
    await suite.announcements.ingest.withdraw();
    await waitFor(async () => (await fetch(`${suite.url}/api/v1/x`, { method: 'POST' })).status === 503, {
      what: 'no server to be left',
    });
    expect((await health()).status).toBe(200);
  });

  it('starts without ZooKeeper, and serves once that is there', async () => {
    await zookeeper.kill();
    const starting = startSuite();
    await waitFor(() => !discovery.connected(), { what: 'the loss' });
    await zookeeper.restart();
    const suite = await starting;
    expect((await fetch(`${suite.url}/api/v1/x`)).status).toBe(200);
  });
});
