/** One timeline process on real servers, and what ingest, fan-out and persister would do to them. */
import {
  accountRows,
  addRecentPost,
  applyFollow,
  applyUnfollow,
  cacheKeys,
  cacheTtl,
  createRowCache,
  createVectorCache,
  statusRows,
  type RowCache,
  type VectorCache,
} from '@murmur/cache';
import { aliveMember, connectDiscovery, staticServerSet } from '@murmur/discovery';
import { encodeEntry, type Id, type Status, type Visibility } from '@murmur/model';
import { sha256Hex } from '@murmur/public-api';
import { silentLog } from '@murmur/service';
import { openStore, type Store } from '@murmur/store';
import {
  onStopAll,
  startMariaDb,
  startMemcached,
  startZooKeeper,
  stopAll,
  waitFor,
  type MariaDbServer,
  type TestServer,
} from '@murmur/testkit';
import { jest } from '@jest/globals';
import { startTimeline, type TimelineOptions } from '../../src/index.js';

/** For a machine that is busy with much else: a test ends as soon as it can. */
jest.setTimeout(240_000);

export const CLUSTER_KEY = 'a-cluster-key-for-tests';

export interface Person {
  readonly id: Id;
  readonly name: string;
  readonly token: string;
}

export interface PostOptions {
  readonly visibility?: Visibility;
  readonly inReplyTo?: Status;
  /** In MySQL; default true. */
  readonly persisted?: boolean;
  /** Row and `posts:` vectors, as ingest leaves them; default true. */
  readonly cached?: boolean;
  /** Appended to homes; default true. */
  readonly fannedOut?: boolean;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed JSON, or null when there is none. */
  readonly body: unknown;
}

export interface House {
  readonly url: string;
  readonly store: Store;
  readonly rows: RowCache;
  readonly vectors: VectorCache;
  readonly mariaDb: MariaDbServer;
  readonly zooKeeper: TestServer;
  readonly memcached: readonly TestServer[];
  person(name: string, scopes?: string): Promise<Person>;
  /** A token of an app, without an account. */
  appToken(): Promise<string>;
  follow(follower: Person, followee: Person): Promise<void>;
  unfollow(follower: Person, followee: Person): Promise<void>;
  post(author: Person, text: string, options?: PostOptions): Promise<Status>;
  remove(status: Status): Promise<void>;
  get(path: string, token?: string, init?: RequestInit): Promise<Answer>;
  stop(): Promise<void>;
}

export async function startHouse(overrides: Partial<TimelineOptions> = {}): Promise<House> {
  const [zooKeeper, rowServer, vectorServer, mariaDb] = await Promise.all([
    startZooKeeper(),
    startMemcached(),
    startMemcached(),
    startMariaDb(),
  ]);
  const log = silentLog();
  const zk = `127.0.0.1:${zooKeeper.port}`;
  const mysql = await mariaDb.createDatabase();
  const store = openStore({ url: mysql, log });
  onStopAll(() => store.close());
  await store.migrate();
  const announcer = connectDiscovery({ zk, sessionTimeoutMs: 10_000, log });
  onStopAll(() => announcer.close());
  announcer.announce('/test/murmur/memcached-rows', aliveMember(rowServer));
  announcer.announce('/test/murmur/memcached-vectors', aliveMember(vectorServer));
  const rows = createRowCache({ serverSet: staticServerSet([rowServer]), log });
  const vectors = createVectorCache({ serverSet: staticServerSet([vectorServer]), log });
  onStopAll(() => {
    rows.close();
    vectors.close();
    return Promise.resolve();
  });
  const service = await startTimeline(
    {
      host: '127.0.0.1',
      port: 0,
      instance: '0',
      logLevel: 'error',
      graceMs: 200,
      clusterKey: CLUSTER_KEY,
      zk,
      clusterPath: '/test/murmur',
      sessionTimeoutMs: 10_000,
      mysql,
      title: 'Murmur',
      materialiseFollowersMax: 100_000,
      rateLimit: 0,
      rateWindowSeconds: 300,
      ...overrides,
    },
    { log },
  );
  onStopAll(() => service.stop());
  const url = `http://127.0.0.1:${service.port}`;
  await waitFor(async () => (await fetch(`${url}/health`)).ok, {
    what: 'the timeline to be healthy',
    timeoutMs: 60_000,
  });
  return {
    url,
    store,
    rows,
    vectors,
    mariaDb,
    zooKeeper,
    memcached: [rowServer, vectorServer],
    ...people(store, vectors),
    ...posts(store, rows, vectors),
    get: (path, token, init = {}) => ask(url, path, token, init),
    stop: stopAll,
  };
}

let lastId = BigInt(Date.now()) << 16n;
/** Ids as ingest gives them: rising. */
export const freshId = (): Id => (lastId += 65_536n);

function people(
  store: Store,
  vectors: VectorCache,
): Pick<House, 'person' | 'appToken' | 'follow' | 'unfollow'> {
  const token = async (accountId: Id | null, scopes: string): Promise<string> => {
    const appId = freshId();
    await store.createApp({
      id: appId,
      clientId: `client-${appId}`,
      clientSecretSha256: sha256Hex('secret'),
      name: 'a test',
      website: null,
      redirectUris: ['urn:ietf:wg:oauth:2.0:oob'],
      scopes: 'read write follow',
      createdAtMs: 1,
    });
    const text = `token-${appId}`;
    await store.createToken({ tokenSha256: sha256Hex(text), appId, accountId, scopes, createdAtMs: 1 });
    return text;
  };
  return {
    appToken: () => token(null, 'read'),
    person: async (name, scopes = 'read write follow') => {
      const id = freshId();
      const email = `${name}@example.org`;
      await store.createAccount({ id, username: name, email, passwordHash: 'x', createdAtMs: Date.now() });
      return { id, name, token: await token(id, scopes) };
    },
    follow: async (follower, followee) => {
      await store.follow(follower.id, followee.id, Date.now());
      await applyFollow(vectors, follower.id, followee.id);
    },
    unfollow: async (follower, followee) => {
      await store.unfollow(follower.id, followee.id);
      await applyUnfollow(vectors, follower.id, followee.id);
    },
  };
}

function posts(store: Store, rows: RowCache, vectors: VectorCache): Pick<House, 'post' | 'remove'> {
  return {
    post: async (author, text, options = {}) => {
      const { inReplyTo, visibility = 'public', persisted = true, cached = true, fannedOut = true } = options;
      const id = freshId();
      const status: Status = {
        id,
        authorId: author.id,
        text,
        visibility,
        inReplyToId: inReplyTo?.id ?? null,
        inReplyToAccountId: inReplyTo?.authorId ?? null,
        sensitive: false,
        spoilerText: '',
        language: null,
        createdAtMs: Number(id >> 16n),
        repliesCount: 0,
      };
      const entry = { id, authorId: author.id };
      if (cached) {
        await statusRows(rows).put(status);
        await addRecentPost(vectors, cacheKeys.posts(author.id), entry, cacheTtl.posts);
        if (visibility === 'public')
          await addRecentPost(vectors, cacheKeys.publicPosts(), entry, cacheTtl.posts);
      }
      if (fannedOut) {
        const followers = await store.followersOf(author.id, 0n, 1_000);
        await vectors.appendMany([author.id, ...followers].map(cacheKeys.home), encodeEntry(id, author.id));
      }
      if (persisted) await store.writeStatuses({ statuses: [status], deletes: [] });
      return status;
    },
    remove: async (status) => {
      const { id: statusId, authorId } = status;
      await statusRows(rows).bury(statusId);
      await store.writeStatuses({ statuses: [], deletes: [{ statusId, authorId, atMs: Date.now() }] });
      await accountRows(rows).forget(authorId);
    },
  };
}

async function ask(url: string, path: string, token: string | undefined, init: RequestInit): Promise<Answer> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}${path}`, { redirect: 'manual', headers, ...init });
  const text = await answer.text();
  const json = answer.headers.get('content-type')?.startsWith('application/json') === true && text !== '';
  return {
    status: answer.status,
    headers: answer.headers,
    body: json ? (JSON.parse(text) as unknown) : null,
  };
}

/** The ids of a list of entities, as given. */
export function idsOf(answer: Answer): string[] {
  if (answer.status !== 200 || !Array.isArray(answer.body))
    throw new Error(`a list was expected, not ${answer.status} ${JSON.stringify(answer.body)}`);
  return (answer.body as { id: string }[]).map((entity) => entity.id);
}

export const ids = (statuses: readonly Status[]): string[] => statuses.map((status) => String(status.id));

/** All pages by `Link`'s next, the ids in the order they came. */
export async function walkPages(house: House, path: string, token?: string): Promise<string[]> {
  const seen: string[] = [];
  for (let next: string | null = path; next !== null;) {
    const answer = await house.get(next, token);
    seen.push(...idsOf(answer));
    const link: RegExpExecArray | null = /<([^>]*)>; rel="next"/.exec(answer.headers.get('link') ?? '');
    next = link?.[1]?.slice(house.url.length) ?? null;
  }
  return seen;
}
