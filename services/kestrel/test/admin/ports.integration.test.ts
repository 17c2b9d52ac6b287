import { jest } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { silentLog, StartError, type Log } from '@murmur/service';
import { connectWire, stopAll, waitFor } from '@murmur/testkit';
import { startTestKestrel } from '../server.js';

jest.setTimeout(60_000);

afterEach(stopAll);

const SET = 'set q 0 0 1\r\na\r\n';

describe('the ports', () => {
  it('serve one protocol each, and one number of connections', async () => {
    const kestrel = await startTestKestrel({});
    const memcache = await kestrel.connect();
    const text = await connectWire(kestrel.textPort);
    await text.send('version\n');
    expect(await text.readUntil('\n')).toMatch(/^:\d/);
    const figures = async () =>
      (
        (await (await fetch(`http://127.0.0.1:${kestrel.port}/stats`)).json()) as {
          gauges: Record<string, number>;
        }
      ).gauges;
    await waitFor(async () => (await figures())['connections'] === 2, { what: 'two connections' });
    expect(await figures()).toMatchObject({
      'connections/memcache': 1,
      'connections/text': 1,
      'connections/thrift': 0,
    });
    await memcache.send('stats\r\n');
    expect(await memcache.readUntil('END\r\n')).toContain('STAT curr_connections 2\r\n');
    text.close();
    await waitFor(async () => (await figures())['connections'] === 1, { what: 'one to go' });
  });

  it('are not there for a protocol that is not served', async () => {
    const kestrel = await startTestKestrel({}, { textPort: -1, thriftPort: -1 });
    expect([kestrel.textPort, kestrel.thriftPort]).toEqual([-1, -1]);
    const wire = await kestrel.connect();
    await wire.play([
      ['>', SET],
      ['<', 'STORED\r\n'],
    ]);
  });

  it('that cannot be had are named', async () => {
    const first = await startTestKestrel({});
    await expect(startTestKestrel({}, { thriftPort: first.memcachePort })).rejects.toThrow(
      `thrift: cannot listen on 127.0.0.1:${first.memcachePort}`,
    );
    await expect(startTestKestrel({}, { adminPort: first.port })).rejects.toThrow(StartError);
  });
});

describe('many connections', () => {
  it('are refused beyond maxConnections, whatever they speak', async () => {
    const kestrel = await startTestKestrel({ maxConnections: 2 });
    const wire = await kestrel.connect();
    await connectWire(kestrel.textPort);
    await wire.send('stats\r\n');
    await wire.readUntil('END\r\n');
    const third = await kestrel.connect();
    await third.expectClosed();
  });

  it('may not write beyond connectionLimitRefuseWrites, nor read beyond connectionLimitRefuseReads, for their whole life', async () => {
    const kestrel = await startTestKestrel({ connectionLimitRefuseWrites: 1, connectionLimitRefuseReads: 2 });
    const play = async (wire: Awaited<ReturnType<typeof kestrel.connect>>, request: string) => {
      await wire.send(request);
      return wire.readUntil();
    };
    const first = await kestrel.connect();
    expect(await play(first, SET)).toBe('STORED');
    const second = await kestrel.connect();
    expect(await play(second, 'get other\r\n')).toBe('END');
    const third = await kestrel.connect();
    expect(await play(third, 'version\r\n')).toMatch(/^VERSION/);
    first.close();
    await waitFor(
      async () => (
        await play(second, 'stats\r\n'),
        (await second.readUntil('END\r\n')).includes('curr_connections 2\r\n')
      ),
      {
        what: 'the first to be gone',
      },
    );
    expect(await play(third, 'get q\r\n')).toBe('SERVER_ERROR');
    await third.expectClosed();
    expect(await play(second, SET)).toBe('SERVER_ERROR');
    await second.expectClosed();
    await waitFor(
      async () => {
        const next = await kestrel.connect();
        const stored = (await play(next, SET)) === 'STORED';
        next.close();
        return stored;
      },
      { what: 'a connection that may write' },
    );
  });
});

describe('a reload', () => {
  it('names the fields that wait for a restart, and changes the others', async () => {
    const ignored: unknown[] = [];
    const log: Log = {
      ...silentLog(),
      warn: (fields) => void ignored.push(fields),
      child: () => log,
    };
    const kestrel = await startTestKestrel({}, {}, log);
    await writeFile(
      kestrel.configFile,
      JSON.stringify({
        connectionBacklog: 5,
        statusFile: '/tmp/elsewhere',
        defaultStatus: 'readOnly',
        maxConnections: 1,
        aliases: [{ name: 'both', destinations: ['a', 'b'] }],
      }),
    );
    const wire = await kestrel.connect();
    expect(await kestrel.reload()).toBe(true);
    expect(ignored).toEqual([{ ignored: ['connectionBacklog', 'statusFile', 'defaultStatus'] }]);
    await wire.play([
      ['>', 'set both 0 0 1\r\nx\r\nget a\r\nget b\r\nget both\r\n'],
      ['<', 'STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\nVALUE b 0 1\r\nx\r\nEND\r\nEND\r\n'],
      ['>', 'dump_stats both\r\n'],
      ['<', "queue 'both' {\r\n  put_items=1\r\n  put_bytes=1\r\n  children=a,b\r\n}\r\nEND\r\n"],
    ]);
    await (await kestrel.connect()).expectClosed();
  });
});
