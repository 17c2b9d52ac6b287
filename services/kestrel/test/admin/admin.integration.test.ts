import { jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectWire, stopAll, tempFolder, waitFor, type WireStep } from '@murmur/testkit';
import { startKestrelProcess } from '../process.js';
import { startTestKestrel } from '../server.js';

jest.setTimeout(60_000);

afterEach(stopAll);

const SET = 'set q 0 0 1\r\na\r\n';
/** Said to a server whose q may hold one item. */
const FULL_AT_ONE: readonly WireStep[] = [
  ['>', SET],
  ['<', 'STORED\r\n'],
  ['>', SET],
  ['<', 'NOT_STORED\r\n'],
];

describe('the admin port', () => {
  it('answers health, ping, figures and metrics of each queue', async () => {
    const kestrel = await startTestKestrel({});
    const wire = await kestrel.connect();
    await wire.play([
      ['>', 'set q 0 0 3\r\nabc\r\n'],
      ['<', 'STORED\r\n'],
      ['>', 'get q/peek\r\n'],
      ['<', 'VALUE q 0 3\r\nabc\r\nEND\r\n'],
    ]);
    const get = async (path: string): Promise<string> =>
      (await fetch(`http://127.0.0.1:${kestrel.port}${path}`)).text();
    expect(await get('/health')).toBe('ok');
    expect(JSON.parse(await get('/ping'))).toEqual({ response: 'pong' });
    expect(JSON.parse(await get('/stats.json'))).toMatchObject({
      gauges: { 'q/q/items': 1, 'q/q/bytes': 3, 'q/q/journal_size': 24 },
      counters: { cmd_set: 1 },
      labels: { status: 'up' },
    });
    const metrics = await get('/metrics');
    expect(metrics).toContain('murmur_kestrel_items{queue="q"} 1\n');
    expect(metrics).toContain('murmur_kestrel_sets_total{queue="q"} 1\n');
    await wire.play([
      ['>', 'set a"b\\c 0 0 3\r\nabc\r\n'],
      ['<', 'STORED\r\n'],
    ]);
    expect(await get('/metrics')).toContain('murmur_kestrel_items{queue="a\\"b\\\\c"} 1\n');
  });

  it('exports the metrics that the README lists, and no others', async () => {
    const kestrel = await startTestKestrel({});
    const text = await (await fetch(`http://127.0.0.1:${kestrel.port}/metrics`)).text();
    const exported = [...text.matchAll(/^# TYPE (murmur_\S+)/gm)].map(([, name]) => name);
    const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
    const listed = [...readme.matchAll(/^\| `(murmur_kestrel_\w+)`/gm)].map(([, name]) => name);
    expect(listed.sort()).toEqual(exported.sort());
  });
});

describe('reload', () => {
  it('takes over what the config file says now, and keeps the old where it cannot be used', async () => {
    const kestrel = await startTestKestrel({ queues: [{ name: 'q', maxItems: 1 }] });
    const wire = await kestrel.connect();
    await wire.play(FULL_AT_ONE);
    await writeFile(kestrel.configFile, '{"queues":[{"name":"q","maxItems":"many"}]}');
    await wire.play([
      ['>', 'reload\r\n'],
      ['<', 'Reloaded config.\r\n'],
      ['>', SET],
      ['<', 'NOT_STORED\r\n'],
    ]);
    await writeFile(kestrel.configFile, 'queues:\n  - name: q\n    maxItems: 2\n    children: [c]\n');
    await wire.play([
      ['>', 'reload\r\n'],
      ['<', 'Reloaded config.\r\n'],
      ['>', SET],
      ['<', 'STORED\r\n'],
    ]);
    await wire.play([
      ['>', 'get q+c\r\n'],
      ['<', 'VALUE q+c 0 1\r\na\r\nEND\r\n'],
    ]);
  });
});

describe('maxQueueAge', () => {
  it('deletes a queue that is empty and unused, and no other', async () => {
    const kestrel = await startTestKestrel({
      expirationTimerFrequency: '20ms',
      default: { maxQueueAge: '100ms' },
    });
    const [wire, waiting] = await Promise.all([kestrel.connect(), kestrel.connect()]);
    await waiting.send('get waited/t=60000\r\n');
    await wire.play([
      ['>', 'set filled 0 0 1\r\na\r\nset held 0 0 1\r\na\r\nget held/open\r\n'],
      ['<', 'STORED\r\nSTORED\r\nVALUE held 0 1\r\na\r\nEND\r\n'],
      ['>', 'get idle\r\n'],
      ['<', 'END\r\n'],
    ]);
    const queues = async (): Promise<string> => {
      await wire.send('dump_stats\r\n');
      const names = [...(await wire.readUntil('END\r\n')).matchAll(/^queue '(\w+)'/gm)].map(
        ([, name]) => name,
      );
      return names.sort().join();
    };
    await waitFor(async () => (await queues()) === 'filled,held,waited', { what: 'the idle queue to go' });
  });
});

describe('shutdown', () => {
  it('answers those who wait, closes every connection and stops', async () => {
    const kestrel = await startTestKestrel({});
    const [waiting, monitoring, stopping] = await Promise.all([
      kestrel.connect(),
      kestrel.connect(),
      kestrel.connect(),
    ]);
    await waiting.send('get q/t=60000\r\n');
    await monitoring.send('monitor q 60 5\r\n');
    await waitFor(
      async () => {
        await stopping.send('dump_stats q\r\n');
        return (await stopping.readUntil('END\r\n')).includes('waiters=2');
      },
      { what: 'two waiters' },
    );
    await stopping.send('shutdown\r\n');
    await stopping.expectClosed();
    await waiting.expect('END\r\n');
    await waiting.expectClosed();
    await monitoring.expect('END\r\n');
    await monitoring.expectClosed();
    await kestrel.stop();
    await expect(kestrel.connect()).rejects.toThrow('ECONNREFUSED');
  });
});

describe('the program', () => {
  const run = (...args: string[]) =>
    spawnSync('node', [join(import.meta.dirname, '../../dist/main.js'), ...args], {
      encoding: 'utf8',
      timeout: 30_000,
      killSignal: 'SIGKILL',
    });

  it('prints options and config as they would be used', async () => {
    const file = join(await tempFolder('kestrel'), 'config.yaml');
    await writeFile(file, 'queues:\n  - name: push-*\n    maxAge: 30s\n');
    const { stdout, status } = run('--print-config', '--config', file, '--cluster-key', 'x'.repeat(20));
    expect([status, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        options: { config: file, clusterKey: '(secret)' },
        config: { queues: [{ name: 'push-*', maxAge: 30_000 }] },
      },
    ]);
  });

  it('prints what each queue entry comes to', async () => {
    const file = join(await tempFolder('kestrel'), 'config.json');
    const config = {
      default: { maxItems: 5 },
      queues: [
        { name: 'p', maxAge: '1s', children: ['c'] },
        { name: 'p+c', syncJournal: 0 },
      ],
      aliases: [
        { name: 'x', destinations: ['y', 'q'] },
        { name: 'y', destinations: ['p'] },
      ],
    };
    await writeFile(file, JSON.stringify(config));
    const { stdout } = run('--print-config', '--config', file);
    expect((JSON.parse(stdout) as { config: unknown }).config).toMatchObject({
      statusChangeGracePeriod: 0,
      default: { maxItems: 5, maxAge: null, keepJournal: true },
      queues: [
        { name: 'p', children: ['c'], maxItems: 5, maxAge: 1000, syncJournal: null },
        { name: 'p+c', children: [], maxItems: 5, maxAge: 1000, syncJournal: 0 },
      ],
      aliases: [
        { name: 'x', destinations: ['p', 'q'] },
        { name: 'y', destinations: ['p'] },
      ],
    });
  });

  it('does not start without any protocol, with a wrong file or in a folder it cannot use, and says why in a line', async () => {
    const folder = await tempFolder('kestrel');
    const file = join(folder, 'config.json');
    await writeFile(file, '{"maxConnections":0,"aliases":1}');
    const none = ['--memcache-port=-1', '--text-port=-1', '--thrift-port=-1'];
    expect(run(...none)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^murmur-kestrel: --memcache-port, .*\n$/),
    });
    expect(run('--config', file)).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^murmur-kestrel: config file .*maxConnections: 0 .*aliases: 1 .*\n$/),
    });
    // In /proc nothing can be made.
    for (const path of [join(file, 'queues'), '/proc/queues/ours'])
      expect(run('--queue-path', path)).toMatchObject({
        status: 1,
        stderr: expect.stringMatching(/^murmur-kestrel: --queue-path: .* cannot be used: .*\n$/),
      });
  });

  it('reads its config again on SIGHUP', async () => {
    const kestrel = await startKestrelProcess({ queues: [{ name: 'q', maxItems: 1 }] });
    const wire = await connectWire(kestrel.port);
    await wire.play(FULL_AT_ONE);
    await writeFile(kestrel.configFile, '{}');
    process.kill(kestrel.process.pid() ?? 0, 'SIGHUP');
    await waitFor(
      async () => {
        await wire.send(SET);
        return (await wire.readUntil()) === 'STORED';
      },
      { what: 'the new config' },
    );
  });

  it('names the field that is wrong', async () => {
    const file = join(await tempFolder('kestrel'), 'config.json');
    await writeFile(file, '{"queues":[{"name":"q","maxAge":"soon"}]}');
    const { stderr, status } = run('--print-config', '--config', file);
    expect([status, stderr]).toEqual([2, expect.stringContaining('queues[0].maxAge: "soon" is not allowed')]);
  });
});
