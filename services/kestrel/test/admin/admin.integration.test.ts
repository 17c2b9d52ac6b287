import { jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectDiscovery, type Member } from '@murmur/discovery';
import { silentLog } from '@murmur/service';
import { startZooKeeper, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import { startTestKestrel } from '../server.js';

jest.setTimeout(60_000);

afterEach(stopAll);

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
    const set = 'set q 0 0 1\r\na\r\n';
    await wire.play([
      ['>', set],
      ['<', 'STORED\r\n'],
      ['>', set],
      ['<', 'NOT_STORED\r\n'],
    ]);
    await writeFile(kestrel.configFile, '{"queues":[{"name":"q","maxItems":"many"}]}');
    await wire.play([
      ['>', 'reload\r\n'],
      ['<', 'Reloaded config.\r\n'],
      ['>', set],
      ['<', 'NOT_STORED\r\n'],
    ]);
    await writeFile(kestrel.configFile, 'queues:\n  - name: q\n    maxItems: 2\n    children: [c]\n');
    await wire.play([
      ['>', 'reload\r\n'],
      ['<', 'Reloaded config.\r\n'],
      ['>', set],
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

describe('the ServerSets', () => {
  it('list the server as far as its status allows, and not at all once it stops', async () => {
    const zookeeper = await startZooKeeper();
    const zk = `127.0.0.1:${zookeeper.port}`;
    const discovery = connectDiscovery({ zk, sessionTimeoutMs: 10_000, log: silentLog() });
    const sets = ['read', 'write'].map((name) => discovery.watch(`/aurora/murmur/test/kestrel/${name}`));
    const are = (...sizes: number[]): Promise<true> =>
      waitFor(() => sets.every((set, i) => set.members().length === sizes[i]), {
        what: `members ${sizes.join()}`,
      });
    const kestrel = await startTestKestrel({}, { zk, instance: '3' });
    await are(1, 1);
    const here = (port: number) => ({ host: '127.0.0.1', port });
    expect(sets[0]?.members()[0]).toMatchObject({
      serviceEndpoint: here(kestrel.memcachePort),
      additionalEndpoints: { memcache: here(kestrel.memcachePort), admin: here(kestrel.port) },
      shard: 3,
    } satisfies Partial<Member>);
    const wire = await kestrel.connect();
    for (const [status, ...sizes] of [
      ['readOnly', 1, 0],
      ['up', 1, 1],
      ['quiescent', 0, 0],
      ['writeAvoid', 1, 0],
      ['up', 1, 1],
    ] as const) {
      await wire.play([
        ['>', `status ${status}\r\n`],
        ['<', 'END\r\n'],
      ]);
      await are(...sizes);
    }
    await kestrel.stop();
    await are(0, 0);
    await discovery.close();
  });
});

describe('the program', () => {
  const run = (...args: string[]) =>
    spawnSync('node', [join(import.meta.dirname, '../../dist/main.js'), ...args], { encoding: 'utf8' });

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

  it('names the field that is wrong', async () => {
    const file = join(await tempFolder('kestrel'), 'config.json');
    await writeFile(file, '{"queues":[{"name":"q","maxAge":"soon"}]}');
    const { stderr, status } = run('--print-config', '--config', file);
    expect([status, stderr]).toEqual([2, expect.stringContaining('queues[0].maxAge: "soon" is not allowed')]);
  });
});
