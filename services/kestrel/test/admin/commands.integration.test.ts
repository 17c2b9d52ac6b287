import { jest } from '@jest/globals';
import { request } from 'node:http';
import { writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { createLog, silentLog } from '@murmur/service';
import { stopAll, waitFor } from '@murmur/testkit';
import { adminCommands } from '../../src/admin/commands.js';
import { CLUSTER_KEY, startTestKestrel, type TestKestrel } from '../server.js';

jest.setTimeout(60_000);

afterEach(stopAll);

/** An address of this machine that is not its loopback. */
function outward(): string | null {
  const addresses = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return addresses.find(({ internal, family }) => !internal && family === 'IPv4')?.address ?? null;
}

const urlOf = (kestrel: TestKestrel, path: string): string => `http://127.0.0.1:${kestrel.port}${path}`;

async function ask(kestrel: TestKestrel, path: string, init: RequestInit = {}) {
  const response = await fetch(urlOf(kestrel, path), init);
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  };
}

async function json(kestrel: TestKestrel, path: string): Promise<unknown> {
  const { status, text } = await ask(kestrel, path);
  expect(status).toBe(200);
  return JSON.parse(text) as unknown;
}

describe('an admin command', () => {
  it('answers JSON by default, text where it is asked for', async () => {
    const kestrel = await startTestKestrel({});
    const jsonType = 'application/json; charset=utf-8';
    expect(await ask(kestrel, '/ping')).toEqual({
      status: 200,
      type: jsonType,
      text: '{"response":"pong"}\n',
    });
    expect(await ask(kestrel, '/ping.json')).toEqual({
      status: 200,
      type: jsonType,
      text: '{"response":"pong"}\n',
    });
    expect(await ask(kestrel, '/PING.TXT')).toEqual({
      status: 200,
      type: 'text/plain; charset=utf-8',
      text: 'pong\n',
    });
    const refused = await fetch(urlOf(kestrel, '/ping'), { method: 'DELETE' });
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'GET, HEAD, POST']);
  });

  it.each(['/', '/nothing', '/ping.xml', '/pings', '/status/down', '/status/up/x', '/graph/', '/%70ing%2f'])(
    'that there is not is not found: %s',
    async (path) => {
      const kestrel = await startTestKestrel({});
      expect(await ask(kestrel, path)).toEqual({
        status: 404,
        type: 'text/plain; charset=utf-8',
        text: 'no such command\n',
      });
    },
  );

  it('tells about the process', async () => {
    const kestrel = await startTestKestrel({});
    expect(await json(kestrel, '/server_info')).toMatchObject({ name: 'murmur-kestrel', pid: process.pid });
    expect(await json(kestrel, '/threads')).toMatchObject({
      threads: { main: { user_cpu_usec: expect.any(Number) } },
    });
    expect(await json(kestrel, '/contention')).toEqual({});
    expect(await ask(kestrel, '/gc')).toMatchObject({ status: 501 });
  });
});

describe('stats', () => {
  it('has every figure of each queue under its name', async () => {
    const kestrel = await startTestKestrel({
      default: { maxItems: 10, maxSize: 1000 },
      aliases: [{ name: 'both', destinations: ['a', 'b'] }],
    });
    const wire = await kestrel.connect();
    await wire.play([
      ['>', 'set both 0 0 3\r\nabc\r\nget a/t=1\r\nget a/t=1\r\nget p+c\r\n'],
      ['<', 'STORED\r\nVALUE a 0 3\r\nabc\r\nEND\r\nEND\r\nEND\r\n'],
      ['>', 'set p 0 0 1\r\nx\r\n'],
      ['<', 'STORED\r\n'],
    ]);
    expect(await json(kestrel, '/stats')).toEqual({
      counters: expect.objectContaining({
        cmd_get: 3,
        cmd_set: 2,
        get_hits: 1,
        get_misses: 2,
        'q/a/total_items': 1,
        'q/a/put_items': 1,
        'q/a/put_bytes': 3,
        'q/a/get_items_hit': 1,
        'q/a/get_items_miss': 1,
        'q/a/transactions': 0,
        'q/a/canceled_transactions': 0,
        'q/a/expired_items': 0,
        'q/a/discarded': 0,
        'q/a/total_flushes': 0,
        'q/a/journal_rewrites': 0,
        'q/a/journal_rotations': 0,
        'q/both/put_items': 1,
        'q/both/put_bytes': 3,
      }),
      gauges: expect.objectContaining({
        items: 3,
        bytes: 5,
        queues: 4,
        connections: 1,
        'connections/memcache': 1,
        'status/readable': 1,
        'status/writeable': 1,
        reserved_memory_ratio: expect.any(Number),
        'q/b/items': 1,
        'q/b/max_items': 10,
        'q/b/bytes': 3,
        'q/b/max_bytes': 1000,
        'q/b/journal_size': 24,
        'q/b/mem_items': 1,
        'q/b/mem_bytes': 3,
        'q/b/age_msec': expect.any(Number),
        'q/b/waiters': 0,
        'q/b/open_transactions': 0,
        'q/b/create_time': expect.any(Number),
      }),
      labels: { status: 'up', 'q/p/children': 'p+c', 'q/both/children': 'a,b' },
      metrics: expect.objectContaining({
        'q/a/delivery_latency_msec': expect.objectContaining({ count: 1 }),
      }),
    });
    const { gauges } = (await json(kestrel, '/stats')) as { gauges: Record<string, number> };
    expect(Math.abs((gauges['q/b/create_time'] ?? 0) - Date.now() / 1000)).toBeLessThan(600);
  });

  it('is sections of lines as text', async () => {
    const kestrel = await startTestKestrel({});
    expect((await ask(kestrel, '/stats.txt')).text).toMatch(
      /^counters:\n  cmd_get: 0\n[^]*\ngauges:\n  uptime: 0\n/,
    );
  });

  it('shows a namespace what has changed since it last looked, and takes a period and a callback', async () => {
    const kestrel = await startTestKestrel({});
    const wire = await kestrel.connect();
    const get = async (path: string) =>
      ((await json(kestrel, path)) as { counters: { cmd_get: number } }).counters.cmd_get;
    for (const seen of [1, 1, 1]) {
      await wire.play([
        ['>', 'get q\r\n'],
        ['<', 'END\r\n'],
      ]);
      expect(await get('/stats?namespace=me')).toBe(seen);
    }
    expect(await get('/stats?period=60&filtered=1')).toBe(3);
    expect(await ask(kestrel, '/stats.json?callback=a.b')).toMatchObject({
      status: 200,
      type: 'text/javascript; charset=utf-8',
      text: expect.stringMatching(/^\/\*\*\/a\.b\(\{.*\}\);\n$/),
    });
  });

  it.each([
    ['period=59', 'period: "59" is not allowed; allowed is a whole number from 60 to 86400'],
    ['period=', 'period: "" is not allowed'],
    ['period=1e3', 'period: "1e3" is not allowed'],
    ['period=86401', 'period: "86401" is not allowed'],
    ['namespace=', 'namespace: "" is not allowed'],
    [`namespace=${'x'.repeat(65)}`, 'is not allowed; allowed are 1 to 64 letters'],
    ['callback=alert(1)', 'callback: "alert(1)" is not allowed; allowed is the name of a function'],
  ])('refuses %s', async (query, error) => {
    const kestrel = await startTestKestrel({});
    const { status, text } = await ask(kestrel, `/stats?${query}`);
    expect([status, (JSON.parse(text) as { error: string }).error]).toEqual([
      400,
      expect.stringContaining(error),
    ]);
  });
});

describe('what stops or changes a server', () => {
  const COMMANDS = ['shutdown', 'quiesce', 'reload', 'gc', 'logging', 'status/quiescent'];

  it.each(COMMANDS)('is refused to other machines without the cluster key: %s', async (name) => {
    const commands = adminCommands({ services: {} as never, log: silentLog(), quit: () => undefined });
    expect(commands.get(name)?.controls).toBe(true);
  });

  it.each(['ping', 'stats', 'status', 'server_info', 'threads', 'contention'])(
    'is none of what anybody may ask for: %s',
    async (name) => {
      const commands = adminCommands({ services: {} as never, log: silentLog(), quit: () => undefined });
      expect(commands.get(name)?.controls).toBe(false);
    },
  );

  it('wants the cluster key of who comes from another machine', async () => {
    const address = outward();
    if (address === null) return;
    const kestrel = await startTestKestrel({}, { host: '0.0.0.0' });
    const reload = async (headers: Record<string, string>) =>
      (await fetch(`http://${address}:${kestrel.port}/reload`, { headers })).status;
    expect(await reload({})).toBe(401);
    expect(await reload({ authorization: 'Bearer another key of the house' })).toBe(401);
    expect(await reload({ authorization: `Bearer ${CLUSTER_KEY}` })).toBe(200);
    expect((await fetch(`http://${address}:${kestrel.port}/ping`)).status).toBe(200);
  });

  it('is refused to a page of another site that a browser on this machine shows', async () => {
    const kestrel = await startTestKestrel({});
    const statusFrom = (site: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        request(urlOf(kestrel, '/reload'), { headers: { 'sec-fetch-site': site } }, (res) => {
          res.resume();
          resolve(res.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect([
      await statusFrom('cross-site'),
      await statusFrom('same-origin'),
      await statusFrom('none'),
    ]).toEqual([403, 200, 200]);
  });

  it.each(['/shutdown', '/quiesce.txt'])('stops it: %s', async (path) => {
    const kestrel = await startTestKestrel({});
    const wire = await kestrel.connect();
    expect((await ask(kestrel, path)).text).toMatch(/ok/);
    await wire.expectClosed();
    await kestrel.stop();
  });

  it('reloads the config, and says so when it cannot be used', async () => {
    const kestrel = await startTestKestrel({ default: { maxItems: 1 } });
    const wire = await kestrel.connect();
    await wire.play([
      ['>', 'set q 0 0 1\r\na\r\n'],
      ['<', 'STORED\r\n'],
    ]);
    await writeFile(kestrel.configFile, '{"default":{"maxItems":2}}');
    expect(await json(kestrel, '/reload')).toEqual({ response: 'ok' });
    await wire.play([
      ['>', 'set q 0 0 1\r\na\r\n'],
      ['<', 'STORED\r\n'],
    ]);
    await writeFile(kestrel.configFile, '{"default":{"maxItems":"two"}}');
    expect(await ask(kestrel, '/reload')).toMatchObject({ status: 500 });
  });

  it('sets the level of the log', async () => {
    const log = createLog({ name: 'test', level: 'error' });
    const kestrel = await startTestKestrel({}, {}, log);
    expect(await json(kestrel, '/logging')).toEqual({ level: 'error' });
    for (const bad of ['level=loud', 'level=toString', 'name=com.twitter&level=error'])
      expect(await ask(kestrel, `/logging?${bad}`)).toMatchObject({ status: 400 });
    expect(await json(kestrel, '/logging?name=murmur-kestrel&level=FATAL')).toEqual({ level: 'error' });
    expect((log as unknown as { level: string }).level).toBe('error');
    const silent = await startTestKestrel({});
    expect(await ask(silent, '/logging?level=info')).toMatchObject({ status: 501 });
  });

  it('sets the status', async () => {
    const kestrel = await startTestKestrel({ statusChangeGracePeriod: '1h' });
    const up = { status: 'up', enforced: 'up', readable: true, writeable: true };
    expect(await json(kestrel, '/status')).toEqual(up);
    expect(await ask(kestrel, '/status/readOnly')).toMatchObject({ status: 405 });
    const { status, text } = await ask(kestrel, '/status/readOnly', { method: 'POST' });
    expect([status, JSON.parse(text)]).toEqual([200, { ...up, status: 'readOnly' }]);
    expect(await ask(kestrel, '/status/quiescent', { method: 'POST' })).toMatchObject({ status: 409 });
    expect((await ask(kestrel, '/status/up.txt', { method: 'POST' })).text).toBe(
      'status: up\nenforced: up\nreadable: true\nwriteable: true\n',
    );
  });
});

describe('connections', () => {
  it('are counted whatever they speak, and by what they speak', async () => {
    const kestrel = await startTestKestrel({});
    const wire = await kestrel.connect();
    await kestrel.connect();
    const metric = 'murmur_kestrel_connections{protocol="memcache"} 2';
    await waitFor(async () => (await ask(kestrel, '/metrics')).text.includes(metric), { what: metric });
    await wire.send('stats\r\n');
    expect(await wire.readUntil('END\r\n')).toContain('STAT curr_connections 2\r\n');
  });
});
