/** What a persister lives in: ZooKeeper, MariaDB and two Kestrels, all real. */
import { writeFile } from 'node:fs/promises';
import { aliveMember, connectDiscovery } from '@murmur/discovery';
import { createKestrelClient, type KestrelClient } from '@murmur/kestrel-client';
import { encodeEvent, QUEUES, type Event } from '@murmur/model';
import { parseOptions, silentLog } from '@murmur/service';
import { openStore, type Store } from '@murmur/store';
import {
  freePort,
  onStopAll,
  startMariaDb,
  startProcess,
  startZooKeeper,
  tempFolder,
  waitFor,
  type MariaDbServer,
  type TestProcess,
} from '@murmur/testkit';
import { persisterOptions, type PersisterOptions } from '../src/index.js';

const KESTREL = new URL('../../kestrel/dist/main.js', import.meta.url).pathname;
const CLUSTER_PATH = '/aurora/murmur/test';
const QUEUES_CONFIG = {
  queues: [{ name: QUEUES.statuses, fanoutOnly: true, children: ['fanout', 'persist'] }],
};

export interface World {
  readonly mariaDb: MariaDbServer;
  readonly kestrels: readonly TestProcess[];
  readonly client: KestrelClient;
  /** A fresh database, migrated. */
  readonly store: Store;
  /** The flags that a persister needs to find all this. */
  readonly argv: readonly string[];
  accept(...events: readonly Event[]): Promise<void>;
  /** Events that wait for the persister. */
  waiting(): Promise<number>;
}

async function startKestrel(): Promise<TestProcess> {
  const folder = await tempFolder('kestrel');
  await writeFile(`${folder}/kestrel.json`, JSON.stringify(QUEUES_CONFIG));
  const port = await freePort();
  const flags = ['--memcache-port', String(port), '--text-port=-1', '--thrift-port=-1', '--admin-port', '0'];
  const files = ['--queue-path', `${folder}/queues`, '--config', `${folder}/kestrel.json`];
  return startProcess({ command: process.execPath, args: [KESTREL, ...flags, ...files], readyPort: port });
}

export async function startWorld(): Promise<World> {
  const [zooKeeper, mariaDb, ...kestrels] = await Promise.all([
    startZooKeeper(),
    startMariaDb(),
    startKestrel(),
    startKestrel(),
  ]);
  const zk = `${zooKeeper.host}:${zooKeeper.port}`;
  const log = silentLog();
  const discovery = connectDiscovery({ zk, sessionTimeoutMs: 10_000, log });
  onStopAll(() => discovery.close());
  for (const set of ['read', 'write'])
    for (const { host, port } of kestrels)
      discovery.announce(`${CLUSTER_PATH}/kestrel/${set}`, aliveMember({ host, port }));
  const readSet = discovery.watch(`${CLUSTER_PATH}/kestrel/read`);
  const writeSet = discovery.watch(`${CLUSTER_PATH}/kestrel/write`);
  const client = createKestrelClient({ readSet, writeSet, log, putTimeoutMs: 20_000 });
  onStopAll(() => client.close());
  await waitFor(() => client.liveWriters() === 2, { what: 'both Kestrels' });

  const url = await mariaDb.createDatabase();
  const store = openStore({ url, log });
  onStopAll(() => store.close());
  await store.migrate();
  const argv = ['--zk', zk, '--cluster-path', CLUSTER_PATH, '--mysql', url, '--cluster-key', 'k'.repeat(16)];
  return {
    mariaDb,
    kestrels,
    client,
    store,
    argv,
    accept: async (...events) => {
      await Promise.all(events.map((event) => client.put(QUEUES.statuses, encodeEvent(event))));
    },
    waiting: async () => {
      const stats = await client.queueStats(QUEUES.persist);
      return stats.reduce((sum, { items }) => sum + items, 0);
    },
  };
}

/** The options that a process with these flags would have. */
export function optionsOf(argv: readonly string[]): PersisterOptions {
  const parsed = parseOptions({ name: 'murmur-persister', summary: '' }, persisterOptions, argv, {});
  if (parsed.kind !== 'run') throw new Error(parsed.text);
  return parsed.values;
}

/** A persister as a process of its own, with flags that end in these. */
export async function startPersisterProcess(
  argv: readonly string[],
  ...flags: string[]
): Promise<TestProcess> {
  const port = await freePort();
  const bin = new URL('../bin/murmur-persister', import.meta.url).pathname;
  return startProcess({
    command: process.execPath,
    args: [bin, ...argv, '--port', String(port), ...flags],
    readyUrl: `http://127.0.0.1:${port}/health`,
  });
}
