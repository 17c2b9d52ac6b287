/** A real Kestrel for the tests of this package: the server of this repository, as a process. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { staticServerSet } from '@murmur/discovery';
import { freePort, startProcess, tempFolder, type TestProcess } from '@murmur/testkit';
import { createKestrelClient, type KestrelClient, type KestrelClientOptions } from '../src/index.js';

const MAIN =
  process.env['KC_MAIN'] ?? new URL('../../../services/kestrel/dist/main.js', import.meta.url).pathname;
/** Only the memcache port: the others are fixed by default. */
const ALONE = ['--text-port=-1', '--thrift-port=-1'];

export interface QueueEntry {
  readonly name: string;
  readonly maxItems?: number;
}

/** Its journal is in a folder of its own and survives `kill` and `restart`. */
export async function startKestrel(
  config: { readonly maxOpenTransactions?: number; readonly queues?: readonly QueueEntry[] } = {},
): Promise<TestProcess> {
  const folder = await mkdtemp(join(await tempFolder('kestrel'), 'queues-'));
  const configFile = `${folder}.json`;
  await writeFile(configFile, JSON.stringify(config));
  const port = await freePort();
  const args = ['--memcache-port', String(port), ...ALONE, '--admin-port', '0', '--queue-path', folder];
  return startProcess({
    command: process.execPath,
    args: [MAIN, ...args, '--config', configFile],
    readyPort: port,
  });
}

/** A client whose read and write sets are these servers. */
export function clientOf(
  servers: readonly { readonly host: string; readonly port: number }[],
  bounds: Partial<KestrelClientOptions> = {},
): KestrelClient {
  const nothing = (): void => undefined;
  return createKestrelClient({
    readSet: staticServerSet(servers.map(({ host, port }) => ({ host, port }))),
    writeSet: staticServerSet(servers.map(({ host, port }) => ({ host, port }))),
    log: { info: nothing, warn: nothing },
    ...bounds,
  });
}

/** Collects what a queue holds; `texts` grows as batches are handled. */
export function collect(
  client: KestrelClient,
  queue: string,
  batchMax = 100,
): { readonly texts: string[]; readonly stop: () => Promise<void> } {
  const texts: string[] = [];
  const consumer = client.consume({
    queue,
    batchMax,
    monitorMs: 1000,
    retryDelayMs: 10,
    handle: (batch) => {
      texts.push(...batch.map(String));
      return Promise.resolve();
    },
  });
  return { texts, stop: () => consumer.stop() };
}
