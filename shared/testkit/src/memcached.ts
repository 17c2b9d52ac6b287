import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asRoot } from './users.js';
import { ask, freePort } from './ports.js';
import { startServer } from './server.js';
import type { TestServer } from './types.js';

export interface MemcachedOptions {
  /** Item memory, MB; default 64. */
  readonly memoryMb?: number;
}

/** memcached on a free port, TCP only. `restart` brings it back empty, as a real restart does. */
export async function startMemcached({ memoryMb = 64 }: MemcachedOptions = {}): Promise<TestServer> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), 'murmur-memcached-'));
  return startServer({
    name: 'memcached',
    port,
    folder,
    command: 'memcached',
    args: [
      '-l',
      '127.0.0.1',
      '-p',
      String(port),
      '-U',
      '0',
      '-m',
      String(memoryMb),
      '-t',
      '1',
      ...(asRoot() ? ['-u', 'root'] : []),
    ],
    ready: async () => (await ask(port, 'version\r\n')).startsWith('VERSION'),
    stopSignal: 'SIGKILL',
  });
}
