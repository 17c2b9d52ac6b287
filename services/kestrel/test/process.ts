import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  connectWire,
  freePort,
  startProcess,
  tempFolder,
  type TestProcess,
  type Wire,
} from '@murmur/testkit';

export interface KestrelProcess {
  readonly process: TestProcess;
  readonly queues: string;
  readonly configFile: string;
  connect(): Promise<Wire>;
}

const MAIN = join(import.meta.dirname, '../dist/main.js');

/** Starts the built server as a process of its own. `limitKiB` is the largest file it may write. */
export async function startKestrelProcess(
  config: unknown,
  limitKiB: number | null = null,
): Promise<KestrelProcess> {
  const folder = await tempFolder('kestrel');
  const configFile = join(folder, 'kestrel.json');
  await writeFile(configFile, JSON.stringify(config));
  const [port, adminPort] = [await freePort(), await freePort()];
  const queues = join(folder, 'queues');
  const flags = {
    'memcache-port': port,
    'text-port': -1,
    'thrift-port': -1,
    'admin-port': adminPort,
    'queue-path': queues,
    config: configFile,
    'log-level': 'error',
  };
  const command = ['node', MAIN, ...Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`)];
  // A write beyond the limit fails, as on a full disk, once the signal that goes with it is ignored.
  const limited = limitKiB === null ? 'exec "$@"' : `trap "" XFSZ; ulimit -f ${limitKiB}; exec "$@"`;
  const started = await startProcess({
    command: 'bash',
    args: ['-c', limited, 'kestrel', ...command],
    readyPort: port,
  });
  return { process: started, queues, configFile, connect: () => connectWire(port) };
}

/** Takes all items of a queue. */
export async function drain(wire: Wire, queue: string): Promise<string[]> {
  const items: string[] = [];
  for (;;) {
    await wire.send(`get ${queue}\r\n`);
    const item = await readItem(wire);
    if (item === null) return items;
    items.push(item);
  }
}

/** The next item, or null for a bare END. */
export async function readItem(wire: Wire): Promise<string | null> {
  const head = await wire.readUntil();
  if (head === 'END') return null;
  const [word, , , size] = head.split(' ');
  if (word !== 'VALUE') throw new Error(`expected VALUE or END, got ${head}`);
  const data = (await wire.read(Number(size))).toString('latin1');
  await wire.expect('\r\nEND\r\n');
  return data;
}
