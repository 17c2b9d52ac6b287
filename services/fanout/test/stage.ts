/** A fan-out process in this process, on real ZooKeeper, Kestrel, memcached and MariaDB; the test plays ingest and gateway. */
import { createServer, type Server } from 'node:http';
import { mkdtemp, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createRowCache, createVectorCache, type RowCache, type VectorCache } from '@murmur/cache';
import { aliveMember, connectDiscovery, type Discovery, type Endpoint } from '@murmur/discovery';
import { createKestrelClient, type KestrelClient } from '@murmur/kestrel-client';
import {
  encodeEvent,
  firstIdOf,
  presenceSnapshotToJson,
  type Account,
  type Event,
  type Id,
  type PresenceSnapshot,
} from '@murmur/model';
import { silentLog, type RunningService } from '@murmur/service';
import { openStore, type Store } from '@murmur/store';
import {
  freePort,
  onStopAll,
  startMariaDb,
  startMemcached,
  startProcess,
  startZooKeeper,
  tempFolder,
  type MariaDbServer,
  type TestServer,
} from '@murmur/testkit';
import { startFanout, type FanoutOptions } from '../src/index.js';

const quiet = silentLog();
const KESTREL_MAIN = new URL('../../kestrel/dist/main.js', import.meta.url).pathname;
const FANOUT_MAIN = new URL('../dist/main.js', import.meta.url).pathname;
const CLUSTER_PATH = '/aurora/murmur/test';
export const CLUSTER_KEY = 'a-cluster-key-for-tests';

const QUEUE_CONFIG = {
  maxOpenTransactions: 1_000,
  queues: [
    { name: 'statuses', fanoutOnly: true, children: ['fanout', 'persist'] },
    { name: 'push-*', keepJournal: false, maxAge: '30s', discardOldWhenFull: true },
    { name: 'presence', fanoutOnly: true, keepJournal: false },
  ],
};

export interface Stage {
  readonly kestrel: KestrelClient;
  readonly vectors: VectorCache;
  readonly rows: RowCache;
  readonly store: Store;
  readonly discovery: Discovery;
  readonly vectorServer: TestServer;
  readonly mariaDb: MariaDbServer;
  readonly fanout: (options?: Partial<FanoutOptions>) => Promise<RunningService>;
  /** The same as a process of its own, to be killed. */
  readonly fanoutProcess: (instance: string) => Promise<TestServer>;
  readonly put: (event: Event) => Promise<void>;
}

async function startKestrel(): Promise<TestServer> {
  const folder = await mkdtemp(join(await tempFolder('fanout'), 'queues-'));
  await writeFile(`${folder}.json`, JSON.stringify(QUEUE_CONFIG));
  const port = await freePort();
  const ports = ['--memcache-port', String(port), '--text-port=-1', '--thrift-port=-1', '--admin-port', '0'];
  return startProcess({
    command: process.execPath,
    args: [KESTREL_MAIN, ...ports, '--queue-path', folder, '--config', `${folder}.json`],
    readyPort: port,
  });
}

/** Ends with `stopAll()` of the testkit. */
export async function startStage(): Promise<Stage> {
  const [zooKeeper, mariaDb, rowServer, vectorServer, ...kestrels] = await Promise.all([
    startZooKeeper(),
    startMariaDb(),
    startMemcached(),
    startMemcached(),
    startKestrel(),
    startKestrel(),
  ]);
  const zk = `${zooKeeper.host}:${zooKeeper.port}`;
  const mysql = await mariaDb.createDatabase();
  const discovery = connectDiscovery({ zk, sessionTimeoutMs: 30_000, log: quiet });
  const announce = (name: string, { host, port }: Endpoint): void =>
    void discovery.announce(`${CLUSTER_PATH}/${name}`, aliveMember({ host, port }));
  announce('memcached-rows', rowServer);
  announce('memcached-vectors', vectorServer);
  for (const server of kestrels) for (const set of ['read', 'write']) announce(`kestrel/${set}`, server);
  const set = (name: string) => discovery.watch(`${CLUSTER_PATH}/${name}`);
  const kestrel = createKestrelClient({
    readSet: set('kestrel/read'),
    writeSet: set('kestrel/write'),
    log: quiet,
  });
  const vectors = createVectorCache({ serverSet: set('memcached-vectors'), log: quiet });
  const rows = createRowCache({ serverSet: set('memcached-rows'), log: quiet });
  const store = openStore({ url: mysql, log: quiet });
  await store.migrate();
  onStopAll(async () => {
    vectors.close();
    rows.close();
    await Promise.all([kestrel.close(), store.close()]);
    await discovery.close();
  });
  const fanout = async (options: Partial<FanoutOptions> = {}): Promise<RunningService> => {
    const running = await startFanout(
      {
        host: '127.0.0.1',
        port: 0,
        instance: '0',
        logLevel: 'error',
        graceMs: 1_000,
        clusterKey: CLUSTER_KEY,
        zk,
        clusterPath: CLUSTER_PATH,
        sessionTimeoutMs: 30_000,
        mysql,
        materialiseFollowersMax: 100,
        batchMax: 100,
        monitorMs: 1_000,
        ...options,
      },
      { log: quiet },
    );
    onStopAll(() => running.stop());
    return running;
  };
  const fanoutProcess = async (instance: string): Promise<TestServer> => {
    const port = await freePort();
    const flags = [
      '--instance',
      instance,
      '--port',
      String(port),
      '--zk',
      zk,
      '--cluster-path',
      CLUSTER_PATH,
    ];
    return startProcess({
      command: process.execPath,
      args: [FANOUT_MAIN, ...flags],
      env: { MURMUR_CLUSTER_KEY: CLUSTER_KEY, MURMUR_MYSQL: mysql },
      readyUrl: `http://127.0.0.1:${port}/health`,
    });
  };
  const put = (event: Event) => kestrel.put('statuses', encodeEvent(event));
  return { kestrel, vectors, rows, store, discovery, vectorServer, mariaDb, fanout, fanoutProcess, put };
}

/** The HTTP side of a gateway, announced: only what fan-out asks of it. */
export async function playGateway(
  stage: Stage,
  gateway: string,
  accounts: () => readonly Id[],
): Promise<() => Promise<void>> {
  const server: Server = createServer((req, res) => {
    const authorized =
      req.url === '/internal/presence' && req.headers.authorization === `Bearer ${CLUSTER_KEY}`;
    const snapshot: PresenceSnapshot = { gateway, epoch: `${gateway}-1`, seq: 0, accounts: accounts() };
    res.writeHead(authorized ? 200 : 401, { 'content-type': 'application/json' });
    res.end(JSON.stringify(presenceSnapshotToJson(snapshot)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const announcement = stage.discovery.announce(
    `${CLUSTER_PATH}/push-gateway`,
    aliveMember({ host: '127.0.0.1', port }),
  );
  const leave = async (): Promise<void> => {
    await announcement.withdraw();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onStopAll(leave);
  return leave;
}

let sequence = 0n;
/** A fresh id. */
export function freshId(): Id {
  return firstIdOf(1_790_000_000_000) + ++sequence;
}

export function account(id: Id, followersCount = 0): Account {
  return {
    id,
    username: `u${id}`,
    displayName: '',
    note: '',
    createdAtMs: 1,
    followersCount,
    followingCount: 0,
    statusesCount: 0,
    lastStatusAtMs: null,
  };
}

export function statusEvent(authorId: Id, followersCount = 0): Extract<Event, { kind: 'status' }> {
  return {
    kind: 'status',
    author: account(authorId, followersCount),
    push: true,
    attempt: 0,
    receivedAtMs: Date.now(),
    status: {
      id: freshId(),
      authorId,
      text: 'hello',
      visibility: 'public',
      inReplyToId: null,
      inReplyToAccountId: null,
      sensitive: false,
      spoilerText: '',
      language: null,
      createdAtMs: 1,
      repliesCount: 0,
    },
  };
}
