import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ask, freePort } from './ports.js';
import { startServer } from './server.js';
import type { TestServer } from './types.js';

/** HAProxy with the configuration that `render` makes for a free port and the server's folder. */
export async function startHaproxy(render: (port: number, folder: string) => string): Promise<TestServer> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'murmur-haproxy-'));
  const config = join(folder, 'haproxy.cfg');
  await writeFile(config, render(port, folder));
  return startServer({
    name: 'haproxy',
    port,
    folder,
    command: 'haproxy',
    args: ['-db', '-f', config],
    ready: async () => (await ask(port)) === '',
    stopSignal: 'SIGKILL',
  });
}
