/** The process itself (built: `npm run build`): it starts with everything away, says so, and stops when told. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { jest } from '@jest/globals';
import { freePort, startProcess, type TestProcess } from '@murmur/testkit';

const folder = resolve(import.meta.dirname, '..');
let ingest: TestProcess;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  const [zk, mysql] = [await freePort(), await freePort()];
  url = `http://127.0.0.1:${port}`;
  ingest = await startProcess({
    command: process.execPath,
    args: [
      join(folder, 'bin/murmur-ingest'),
      ...['--port', String(port), '--zk', `127.0.0.1:${zk}`],
      ...['--mysql', `mysql://nobody:nothing@127.0.0.1:${mysql}/nowhere`],
    ],
    env: { MURMUR_CLUSTER_KEY: 'a-cluster-key-for-tests' },
    readyPort: port,
  });
}, 60_000);
afterAll(() => ingest.stop());

jest.setTimeout(60_000);

describe('murmur-ingest with everything away', () => {
  it('says what is missing', async () => {
    const health = await fetch(`${url}/health`);
    expect([health.status, await health.text()]).toEqual([503, 'no worker id is leased from ZooKeeper']);
  });

  it('answers 503 with Retry-After where it cannot do its work, and still checks what it can', async () => {
    const post = (path: string, body: object) =>
      fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const away = await post('/api/v1/apps', { client_name: 'x', redirect_uris: 'app://back' });
    expect([away.status, away.headers.get('retry-after')]).toEqual([503, '2']);
    expect((await post('/api/v1/apps', {})).status).toBe(422);
    expect((await post('/api/v1/statuses', { status: 'x' })).status).toBe(401);
  });

  it('exports the metrics that the README lists', async () => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const exported = [...text.matchAll(/^# TYPE (murmur_\w+) /gm)].map((match) => match[1]);
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const listed = [...readme.matchAll(/^\| `(murmur_\w+)`/gm)].map((match) => match[1]);
    expect(exported.sort()).toEqual(listed.sort());
  });

  it('stops on SIGTERM with 0', async () => {
    ingest.signal('SIGTERM');
    expect(await ingest.exited()).toBe(0);
  }, 30_000);
});
