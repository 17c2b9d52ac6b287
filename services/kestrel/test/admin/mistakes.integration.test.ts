/** What somebody sees who starts or asks a server in a wrong way. */
import { jest } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog, type Log } from '@murmur/service';
import { connectWire, onStopAll, stopAll, tempFolder } from '@murmur/testkit';
import { createAdmin } from '../../src/admin/http.js';
import { loadConfig } from '../../src/config/file.js';
import { startTestKestrel } from '../server.js';

jest.setTimeout(60_000);

afterEach(stopAll);

/** A log that keeps its warnings and errors. */
function keptLog(): Log & { readonly kept: object[] } {
  const kept: object[] = [];
  const keep = (fields: object): void => void kept.push(fields);
  const log: Log & { readonly kept: object[] } = {
    ...silentLog(),
    warn: keep,
    error: keep,
    child: () => log,
    kept,
  };
  return log;
}

describe('a queue path that is a file', () => {
  it('is refused once, with its name', async () => {
    const queuePath = join(await tempFolder('kestrel'), 'file');
    await writeFile(queuePath, '');
    const log = keptLog();
    const start = startTestKestrel({}, { queuePath }, log);
    await expect(start).rejects.toMatchObject({
      name: 'StartError',
      message: `--queue-path: ${queuePath} cannot be used: it is no folder`,
    });
    expect(log.kept).toEqual([]);
  });
});

describe('a queue path in which no file can be made', () => {
  it('is refused before anybody is served', async () => {
    const queuePath = `/proc/${process.pid}`;
    await expect(startTestKestrel({}, { queuePath })).rejects.toMatchObject({
      name: 'StartError',
      message: expect.stringContaining(`--queue-path: ${queuePath} cannot be used: E`),
    });
  });
});

describe('a config file', () => {
  it.each([
    ['queues: [', /^config file .*: Flow sequence in block collection .* at line 1, column \d+$/],
    ['a: 1\na: 2\n', /^config file .*: Map keys must be unique at line 2, column 1$/],
    ['default: &a {maxItems: *a}', /^config file .*: default.maxItems: what contains itself is not allowed;/],
  ])('that cannot be read is told in one line: %j', async (text, message) => {
    const file = join(await tempFolder('kestrel-config'), 'kestrel.yaml');
    await writeFile(file, text);
    await expect(loadConfig(file)).rejects.toThrow(message);
  });

  it('that cannot be used at a reload is in the log with its mistake, once', async () => {
    const log = keptLog();
    const kestrel = await startTestKestrel({}, {}, log);
    await writeFile(kestrel.configFile, '{"maxConnections": "x"}');
    expect(await kestrel.reload()).toBe(false);
    expect(log.kept).toEqual([
      {
        reason: `config file ${kestrel.configFile}: maxConnections: "x" is not allowed; allowed is a whole number from 1 to 1000000`,
      },
    ]);
  });
});

describe('the admin port', () => {
  it.each(['//', '//x/ping', '/%zz', 'http://x/nothing'])('has no command %s', async (target) => {
    const kestrel = await startTestKestrel({});
    const wire = await connectWire(kestrel.port);
    await wire.send(`GET ${target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
    expect(await wire.readUntil('no such command\n')).toMatch(/^HTTP\/1.1 404 /);
  });

  it('takes a whole URL for its path', async () => {
    const kestrel = await startTestKestrel({});
    const wire = await connectWire(kestrel.port);
    await wire.send('GET http://x/ping.txt HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
    expect(await wire.readUntil('pong\n')).toMatch(/^HTTP\/1.1 200 /);
  });

  it('is not healthy from the moment on when the server is told to stop', async () => {
    let leaving = false;
    const nothing = (): void => undefined;
    const admin = createAdmin({
      log: silentLog(),
      clusterKey: '',
      services: { hub: { status: { current: 'up' }, registry: { families: () => [] } } } as never,
      leaving: () => leaving,
      quit: nothing,
      abort: nothing,
    });
    const port = await admin.listen(0, '127.0.0.1');
    onStopAll(() => admin.close(0));
    const health = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/health`);
      return [answer.status, await answer.text()];
    };
    expect(await health()).toEqual([200, 'ok']);
    leaving = true;
    expect(await health()).toEqual([503, 'shutting down']);
  });
});
