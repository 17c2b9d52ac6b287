/** A house of its own for the benchmark: one of each server and service, real, private, gone afterwards. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectDiscovery, type Discovery, type ServerSet } from '@murmur/discovery';
import { silentLog } from '@murmur/service';
import {
  freePort,
  startMariaDb,
  startMemcached,
  startProcess,
  startZooKeeper,
  tempFolder,
  type TestProcess,
  type TestServer,
} from '@murmur/testkit';

const CLUSTER_PATH = '/aurora/murmur/bench';
const CLUSTER_KEY = 'the-cluster-key-of-a-benchmark';
const root = join(import.meta.dirname, '../../../..');
/** 100,000 timelines of 800 entries take 1.5 GB, and grow. */
const MEMCACHED_MB = 6_000;
const READY_MS = 30_000;

export interface House {
  readonly memcached: TestServer;
  readonly mariaDb: TestServer;
  readonly mysqlUrl: string;
  readonly edge: { readonly host: string; readonly port: number };
  readonly vectors: ServerSet;
  readonly rows: ServerSet;
  readonly processes: ReadonlyMap<string, TestProcess>;
  readonly close: () => Promise<void>;
  /** The Prometheus text of one process. */
  readonly metrics: (name: string) => Promise<string>;
}

const KESTREL_CONFIG = {
  maxOpenTransactions: 5_000,
  queues: [
    { name: 'statuses', fanoutOnly: true, children: ['fanout', 'persist'] },
    { name: 'push-*', keepJournal: false, maxAge: '30s', maxItems: 10_000, discardOldWhenFull: true },
    { name: 'presence', fanoutOnly: true, keepJournal: false, maxAge: '10s', maxItems: 10_000 },
  ],
};

export async function openHouse(): Promise<House> {
  const [zooKeeper, memcached, mariaDb] = await Promise.all([
    startZooKeeper(),
    startMemcached({ memoryMb: MEMCACHED_MB }),
    startMariaDb(),
  ]);
  const zk = `127.0.0.1:${zooKeeper.port}`;
  const mysqlUrl = await mariaDb.createDatabase();
  const discovery = connectDiscovery({ zk, sessionTimeoutMs: 30_000, log: silentLog() });
  for (const pool of ['memcached-rows', 'memcached-vectors']) announce(discovery, pool, memcached.port);
  const start = starter({ MURMUR_ZK: zk, MURMUR_MYSQL: mysqlUrl });
  const processes = new Map<string, TestProcess>();
  for (const index of [0, 1]) processes.set(`kestrel-${index}`, await startKestrel(index, start));
  for (const name of ['ingest', 'fanout', 'persister', 'timeline', 'push-gateway']) {
    const port = await freePort();
    processes.set(
      name,
      await start(`services/${name}`, ['--port', String(port)], `http://127.0.0.1:${port}/health`),
    );
    announce(discovery, name, port);
  }
  const edge = { host: '127.0.0.1', port: await freePort() };
  const admin = await freePort();
  const flags = ['--port', String(admin), '--public-port', String(edge.port)];
  processes.set('edge', await start('deploy/edge', flags, `http://127.0.0.1:${admin}/health`));
  const watch = async (path: string): Promise<ServerSet> => {
    const set = discovery.watch(`${CLUSTER_PATH}/${path}`);
    await set.ready(READY_MS);
    return set;
  };
  return {
    memcached,
    mariaDb,
    mysqlUrl,
    edge,
    vectors: await watch('memcached-vectors'),
    rows: await watch('memcached-rows'),
    processes,
    close: () => discovery.close(),
    metrics: async (name) =>
      await (await fetch(`http://127.0.0.1:${processes.get(name)?.port ?? 0}/metrics`)).text(),
  };
}

function announce(discovery: Discovery, name: string, port: number): void {
  const endpoint = { host: '127.0.0.1', port };
  discovery.announce(`${CLUSTER_PATH}/${name}`, {
    serviceEndpoint: endpoint,
    additionalEndpoints: { http: endpoint },
    status: 'ALIVE',
    shard: 0,
  });
}

type Start = (folder: string, flags: readonly string[], readyUrl: string) => Promise<TestProcess>;

function starter(env: Readonly<Record<string, string>>): Start {
  return (folder, flags, readyUrl) =>
    startProcess({
      command: process.execPath,
      args: [join(root, folder, 'dist/main.js'), ...flags],
      env: {
        ...env,
        MURMUR_CLUSTER_KEY: CLUSTER_KEY,
        MURMUR_CLUSTER_PATH: CLUSTER_PATH,
        MURMUR_LOG_LEVEL: 'warn',
      },
      readyUrl,
    });
}

async function startKestrel(index: number, start: Start): Promise<TestProcess> {
  const folder = await tempFolder();
  const config = join(folder, 'kestrel.json');
  await writeFile(config, JSON.stringify(KESTREL_CONFIG));
  await mkdir(join(folder, 'queues'));
  const [memcachePort, adminPort] = [await freePort(), await freePort()];
  const flags = [
    '--memcache-port',
    String(memcachePort),
    '--text-port=-1',
    '--thrift-port=-1',
    '--admin-port',
    String(adminPort),
    '--instance',
    String(index),
  ];
  return await start(
    'services/kestrel',
    [...flags, '--queue-path', join(folder, 'queues'), '--config', config],
    `http://127.0.0.1:${adminPort}/health`,
  );
}
