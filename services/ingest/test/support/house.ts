/** One ingest process on real servers, and what a client does with it. */
import { randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { writeFile } from 'node:fs/promises';
import { createRowCache, createVectorCache, type RowCache, type VectorCache } from '@murmur/cache';
import { aliveMember, connectDiscovery, staticServerSet } from '@murmur/discovery';
import { createKestrelClient } from '@murmur/kestrel-client';
import { decodeEvent, QUEUES, type Event } from '@murmur/model';
import { silentLog, type RunningService } from '@murmur/service';
import { openStore, type Store } from '@murmur/store';
import {
  freePort,
  startMariaDb,
  startMemcached,
  startProcess,
  startZooKeeper,
  stopAll,
  tempFolder,
  waitFor,
  type MariaDbServer,
  type TestProcess,
  type TestServer,
} from '@murmur/testkit';
import { startIngest, type IngestOptions } from '../../src/index.js';

const root = resolve(import.meta.dirname, '../../../..');
export const CLUSTER_KEY = 'a-cluster-key-for-tests';
export const OOB = 'urn:ietf:wg:oauth:2.0:oob';
const CLUSTER_PATH = '/test/murmur';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON, else the text. */
  readonly body: unknown;
}

export interface Send {
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface House {
  readonly url: string;
  readonly store: Store;
  readonly rows: RowCache;
  readonly vectors: VectorCache;
  readonly zooKeeper: TestServer;
  readonly rowServer: TestServer;
  readonly mariaDb: MariaDbServer;
  readonly kestrel: TestProcess;
  readonly service: RunningService;
  /** What came out of `statuses+persist` so far, in order. */
  readonly events: readonly Event[];
  send(method: string, path: string, options?: Send): Promise<Answer>;
  healthy(): Promise<void>;
  /** Ends all that this test file has started, another house too, and removes the folders. */
  stop(): Promise<void>;
}

export async function startHouse(overrides: Partial<IngestOptions> = {}): Promise<House> {
  const [zooKeeper, rowServer, vectorServer, mariaDb] = await Promise.all([
    startZooKeeper(),
    startMemcached(),
    startMemcached(),
    startMariaDb(),
  ]);
  const zk = `127.0.0.1:${zooKeeper.port}`;
  const log = silentLog();
  const kestrel = await startKestrelProcess(zk);
  const mysql = await mariaDb.createDatabase();
  const announcer = connectDiscovery({ zk, sessionTimeoutMs: 10_000, log });
  announcer.announce(`${CLUSTER_PATH}/memcached-rows`, aliveMember(rowServer));
  announcer.announce(`${CLUSTER_PATH}/memcached-vectors`, aliveMember(vectorServer));
  const service = await startIngest(
    {
      host: '127.0.0.1',
      port: 0,
      instance: '0',
      logLevel: 'error',
      graceMs: 200,
      clusterKey: CLUSTER_KEY,
      zk,
      clusterPath: CLUSTER_PATH,
      sessionTimeoutMs: 10_000,
      mysql,
      rateLimit: 0,
      rateWindowSeconds: 300,
      passwordHashesMax: 2,
      ...overrides,
    },
    { log },
  );
  const url = `http://127.0.0.1:${service.port}`;
  const store = openStore({ url: mysql, log });
  const rows = createRowCache({ serverSet: staticServerSet([rowServer]), log });
  const vectors = createVectorCache({ serverSet: staticServerSet([vectorServer]), log });
  const events: Event[] = [];
  const kestrels = staticServerSet([kestrel]);
  const queue = createKestrelClient({ readSet: kestrels, writeSet: kestrels, log });
  queue.consume({
    queue: QUEUES.persist,
    batchMax: 100,
    monitorMs: 1_000,
    retryDelayMs: 50,
    handle: async (batch) => void events.push(...batch.map(decodeEvent)),
  });
  const healthy = async (): Promise<void> => {
    await waitFor(async () => (await fetch(`${url}/health`)).ok, { what: 'ingest to be healthy' });
    await waitFor(() => store.statusesByIds([1n]), { what: 'the last migration' });
    await waitFor(() => rows.set('probe', Buffer.from('1'), 10), { what: 'the row cache' });
  };
  await healthy();
  return {
    url,
    store,
    rows,
    vectors,
    zooKeeper,
    rowServer,
    mariaDb,
    kestrel,
    service,
    events,
    healthy,
    send: (method, path, options) => send(url, method, path, options),
    stop: async () => {
      await queue.close();
      await service.stop();
      rows.close();
      vectors.close();
      await store.close();
      await announcer.close();
      await stopAll();
    },
  };
}

async function startKestrelProcess(zk: string): Promise<TestProcess> {
  const folder = await tempFolder();
  const config = join(folder, 'kestrel.json');
  await writeFile(
    config,
    JSON.stringify({ queues: [{ name: 'statuses', fanoutOnly: true, children: ['fanout', 'persist'] }] }),
  );
  const [memcachePort, adminPort] = [await freePort(), await freePort()];
  return startProcess({
    command: process.execPath,
    args: [
      join(root, 'services/kestrel/bin/murmur-kestrel'),
      ...[
        '--memcache-port',
        String(memcachePort),
        '--text-port=-1',
        '--thrift-port=-1',
        '--admin-port',
        String(adminPort),
      ],
      ...['--queue-path', join(folder, 'queues'), '--config', config],
      ...['--zk', zk, '--cluster-path', CLUSTER_PATH, '--session-timeout-ms', '10000'],
    ],
    env: { MURMUR_CLUSTER_KEY: CLUSTER_KEY },
    readyPort: memcachePort,
  });
}

async function send(url: string, method: string, path: string, options: Send = {}): Promise<Answer> {
  const { token, body, headers } = options;
  const plain =
    typeof body === 'string' ||
    body instanceof URLSearchParams ||
    body instanceof FormData ||
    body instanceof Buffer;
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined || plain ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: plain ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json');
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? (JSON.parse(text) as unknown) : text,
  };
}

/** What the tests read of bodies; every answer has a part of it. */
export interface Body {
  readonly id: string;
  readonly in_reply_to_id: string | null;
  readonly in_reply_to_account_id: string | null;
  readonly client_id: string;
  readonly client_secret: string;
  readonly access_token: string;
  readonly scope: string;
}

/** The body of an answer that must be a 200. */
export function ok(answer: Answer): Body {
  if (answer.status !== 200) throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as Body;
}

export interface App {
  readonly client_id: string;
  readonly client_secret: string;
}

export async function newApp(house: House, fields: object = {}): Promise<App> {
  const body = { client_name: 'test', redirect_uris: OOB, scopes: 'read write follow push', ...fields };
  const { client_id, client_secret } = ok(await house.send('POST', '/api/v1/apps', { body }));
  return { client_id, client_secret };
}

export async function appToken(house: House, app: App, scope = 'read write follow'): Promise<string> {
  const { client_id, client_secret } = app;
  const body = { grant_type: 'client_credentials', client_id, client_secret, scope };
  return ok(await house.send('POST', '/oauth/token', { body })).access_token;
}

export interface Person {
  readonly id: bigint;
  readonly username: string;
  readonly email: string;
  readonly password: string;
  readonly token: string;
}

export async function register(house: House, token: string, name = 'p'): Promise<Person> {
  const username = `${name}_${randomUUID().slice(0, 8)}`;
  const person = { username, email: `${username}@example.org`, password: `password of ${username}` };
  const body = { ...person, agreement: true, locale: 'en' };
  const answer = ok(await house.send('POST', '/api/v1/accounts', { token, body }));
  const account = await house.store.accountByUsername(username);
  if (account === null) throw new Error('the account is not in MySQL');
  return { ...person, id: account.id, token: answer.access_token };
}

/** The hidden field of a log-in page, and the rest of it filled in. */
export function filledForm(html: unknown, username: string, password: string): URLSearchParams {
  const request = /name="request" value="([^"]+)"/.exec(String(html))?.[1];
  if (request === undefined) throw new Error(`no form: ${String(html)}`);
  return new URLSearchParams({ request, username, password });
}
