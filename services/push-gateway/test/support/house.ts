/** Gateways on real servers: ZooKeeper, MariaDB, two memcached, two Kestrels, a timeline. The test is ingest and fan-out. */
import { join } from 'node:path';
import {
  addRecentPost,
  applyFollow,
  cacheKeys,
  cacheTtl,
  createRowCache,
  createVectorCache,
  statusRows,
} from '@murmur/cache';
import { aliveMember, connectDiscovery, staticServerSet } from '@murmur/discovery';
import { createKestrelClient, type KestrelClient } from '@murmur/kestrel-client';
import { encodeEntry, encodePushItem, packIds, pushQueue, type Id, type Status } from '@murmur/model';
import { sha256Hex } from '@murmur/public-api';
import { silentLog, type RunningService } from '@murmur/service';
import { openStore, type Store } from '@murmur/store';
import {
  freePort,
  startMariaDb,
  startMemcached,
  startProcess,
  startZooKeeper,
  tempFolder,
  type TestProcess,
} from '@murmur/testkit';
import { startPushGateway, type GatewayOptions } from '../../src/index.js';
import { account, status } from './builders.js';

export const CLUSTER_KEY = 'a-cluster-key-for-tests';
export const CLUSTER_PATH = '/test/murmur';
const SERVICES = join(import.meta.dirname, '../../..');

export interface Person {
  readonly id: Id;
  readonly token: string;
}

export interface House {
  readonly store: Store;
  readonly kestrel: KestrelClient;
  readonly kestrels: readonly TestProcess[];
  readonly options: GatewayOptions;
  startGateway(overrides?: Partial<GatewayOptions>): Promise<RunningService>;
  person(name: string): Promise<Person>;
  /** The reader follows the author, as far as MySQL and the caches are concerned. */
  follow(reader: Person, author: Person): Promise<void>;
  /** As after ingest and fan-out: in MySQL, in the caches, in the reader's home. */
  post(author: Person, reader: Person, id?: Id): Promise<Status>;
  /** As fan-out does for this gateway. */
  push(gateway: string, status: Status, readers: readonly Person[]): Promise<void>;
  revoke(person: Person): Promise<void>;
  stop(): Promise<void>;
}

let lastId = 0n;
/** Ids as ingest gives them: rising, of now. */
export function freshId(): Id {
  const now = BigInt(Date.now()) << 16n;
  return (lastId = now > lastId ? now : lastId + 1n);
}

export async function startKestrel(zk: string): Promise<TestProcess> {
  const [memcachePort, adminPort] = [await freePort(), await freePort()];
  return startProcess({
    command: process.execPath,
    args: [
      join(SERVICES, 'kestrel/dist/main.js'),
      ...[
        '--memcache-port',
        String(memcachePort),
        '--text-port=-1',
        '--thrift-port=-1',
        '--admin-port',
        String(adminPort),
      ],
      ...['--queue-path', await tempFolder('kestrel'), '--zk', zk, '--cluster-path', CLUSTER_PATH],
    ],
    readyPort: memcachePort,
  });
}

async function startTimeline(zk: string, mysql: string): Promise<TestProcess> {
  const port = await freePort();
  return startProcess({
    command: process.execPath,
    args: [
      join(SERVICES, 'timeline/dist/main.js'),
      '--port',
      String(port),
      '--zk',
      zk,
      '--cluster-path',
      CLUSTER_PATH,
    ],
    env: { MURMUR_CLUSTER_KEY: CLUSTER_KEY, MURMUR_MYSQL: mysql },
    readyUrl: `http://127.0.0.1:${port}/health`,
  });
}

export async function startHouse(): Promise<House> {
  const log = silentLog();
  const [zooKeeper, rowServer, vectorServer, mariaDb] = await Promise.all([
    startZooKeeper(),
    startMemcached(),
    startMemcached(),
    startMariaDb(),
  ]);
  const zk = `127.0.0.1:${zooKeeper.port}`;
  const mysql = await mariaDb.createDatabase();
  const store = openStore({ url: mysql, log });
  await store.migrate();
  const discovery = connectDiscovery({ zk, sessionTimeoutMs: 10_000, log });
  discovery.announce(`${CLUSTER_PATH}/memcached-rows`, aliveMember(rowServer));
  discovery.announce(`${CLUSTER_PATH}/memcached-vectors`, aliveMember(vectorServer));
  const kestrels = await Promise.all([startKestrel(zk), startKestrel(zk)]);
  const timeline = await startTimeline(zk, mysql);
  discovery.announce(`${CLUSTER_PATH}/timeline`, aliveMember({ host: '127.0.0.1', port: timeline.port }));
  const rows = createRowCache({ serverSet: staticServerSet([rowServer]), log });
  const vectors = createVectorCache({ serverSet: staticServerSet([vectorServer]), log });
  const sets = staticServerSet(kestrels.map(({ port }) => ({ host: '127.0.0.1', port })));
  const kestrel = createKestrelClient({ readSet: sets, writeSet: sets, log });
  const options = gatewayOptions(zk, mysql);
  const gateways: RunningService[] = [];
  return {
    store,
    kestrel,
    kestrels,
    options,
    startGateway: async (overrides = {}) => {
      const gateway = await startPushGateway({ ...options, ...overrides }, { log });
      gateways.push(gateway);
      return gateway;
    },
    person: (name) => newPerson(store, name),
    follow: async (reader, author) => {
      await store.follow(reader.id, author.id, Date.now());
      await applyFollow(vectors, reader.id, author.id);
    },
    post: async (author, reader, id = freshId()) => {
      const posted = { ...status(id), authorId: author.id, createdAtMs: Number(id >> 16n) };
      await store.writeStatuses({ statuses: [posted], deletes: [] });
      await statusRows(rows).put(posted);
      await addRecentPost(vectors, cacheKeys.posts(author.id), { id, authorId: author.id }, cacheTtl.posts);
      await vectors.appendMany([cacheKeys.home(reader.id)], encodeEntry(id, author.id));
      return posted;
    },
    push: (gateway, posted, readers) =>
      kestrel.put(
        pushQueue(gateway),
        encodePushItem({
          kind: 'update',
          status: posted,
          author: account(posted.authorId),
          accounts: packIds(readers.map((reader) => reader.id)),
          receivedAtMs: Date.now(),
        }),
      ),
    revoke: async ({ id, token }) => {
      await store.revokeToken(sha256Hex(token), id);
      await rows.delete(cacheKeys.token(sha256Hex(token)));
    },
    stop: async () => {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
      await kestrel.close();
      rows.close();
      vectors.close();
      await store.close();
      await discovery.close();
    },
  };
}

function gatewayOptions(zk: string, mysql: string): GatewayOptions {
  return {
    host: '127.0.0.1',
    port: 0,
    instance: 'g1',
    logLevel: 'error',
    graceMs: 2_000,
    clusterKey: CLUSTER_KEY,
    zk,
    clusterPath: CLUSTER_PATH,
    sessionTimeoutMs: 10_000,
    mysql,
    publicUrl: 'http://127.0.0.1:8080',
    connectionsMax: 1_000,
    accountConnectionsMax: 32,
    bufferBytesMax: 262_144,
    catchUpMs: 1_000,
    catchUpConcurrency: 16,
    catchUpsPerSecond: 500,
    tokenCheckMs: 500,
  };
}

async function newPerson(store: Store, name: string): Promise<Person> {
  const id = freshId();
  const token = `token-${id}`;
  const at = { createdAtMs: Date.now() };
  await store.createAccount({
    id,
    username: name,
    email: `${name}@example.org`,
    passwordHash: 'scrypt$x',
    ...at,
  });
  await store.createApp({
    id,
    clientId: `client-${id}`,
    clientSecretSha256: sha256Hex('secret'),
    name: 'a test',
    website: null,
    redirectUris: ['urn:ietf:wg:oauth:2.0:oob'],
    scopes: 'read write follow',
    ...at,
  });
  await store.createToken({
    tokenSha256: sha256Hex(token),
    appId: id,
    accountId: id,
    scopes: 'read write',
    ...at,
  });
  return { id, token };
}
