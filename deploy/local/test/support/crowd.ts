/** Two authors, a crowd that follows both, a screen for each follower: the stage for the fault tests. */
import { waitFor } from '@murmur/testkit';
import { openStore } from '@murmur/store';
import { silentLog } from '@murmur/service';
import { Api, type Reader } from './api.js';
import { Screen } from './screen.js';
import type { Suite } from './suite.js';

/** How long accepted statuses may take to be everywhere after a fault, ms. Far above what it takes. */
const SETTLED_WITHIN_MS = 90_000;
const POST_EVERY_MS = 60;

export interface Crowd {
  readonly api: Api;
  readonly authors: readonly Reader[];
  readonly followers: readonly Reader[];
  readonly screens: readonly Screen[];
  /** Posts from both authors while `fault` runs, and some before and after it. Returns the accepted ids. */
  postDuring(fault: () => Promise<void>): Promise<string[]>;
  /** Every id is in every home once, on every screen once, and (unless told otherwise) in MySQL. */
  expectEverywhereOnce(ids: readonly string[]): Promise<void>;
  expectInMysql(ids: readonly string[]): Promise<void>;
  close(): void;
}

export async function gather(suite: Suite, size: number): Promise<Crowd> {
  const api = new Api(suite.url);
  const appToken = await api.appToken(await api.app());
  const authors = [await api.register(appToken, 'author'), await api.register(appToken, 'author')];
  const followers: Reader[] = [];
  for (let i = 0; i < size; i++) followers.push(await api.register(appToken, 'reader'));
  for (const follower of followers) for (const author of authors) await api.follow(follower, author);
  const screens = followers.map((f) => new Screen(suite.url, f.token));
  await Promise.all(screens.map((s) => s.opened()));
  const crowd = { api, authors, followers, screens };
  return {
    ...crowd,
    postDuring: (fault) => postDuring(crowd, fault),
    expectEverywhereOnce: async (ids) => {
      await expectInHomes(crowd, ids);
      await expectOnScreens(crowd, ids);
      await expectInMysql(suite, ids);
    },
    expectInMysql: (ids) => expectInMysql(suite, ids),
    close: () => {
      for (const screen of screens) screen.close();
    },
  };
}

type Stage = Pick<Crowd, 'api' | 'authors' | 'followers' | 'screens'>;

async function postDuring({ api, authors }: Stage, fault: () => Promise<void>): Promise<string[]> {
  const accepted: Promise<string>[] = [];
  const progress = { over: false };
  const posting = (async () => {
    for (let n = 0, after = 0; after < 10; n++, after += progress.over ? 1 : 0) {
      const author = authors[n % authors.length] as Reader;
      accepted.push(api.postSurely(author, `status ${n} of ${author.username}`));
      accepted.at(-1)?.catch(() => undefined);
      await new Promise((go) => setTimeout(go, POST_EVERY_MS));
    }
  })();
  try {
    await waitFor(() => accepted.length >= 10, { timeoutMs: 10_000, what: 'some posts before the fault' });
    await fault();
  } finally {
    progress.over = true;
    await posting;
  }
  return await Promise.all(accepted);
}

/** What is missing and what is repeated in `seen`, in words; empty when all `ids` are there once. */
function faultsIn(seen: readonly string[], ids: readonly string[]): string[] {
  const times = new Map<string, number>();
  for (const id of seen) times.set(id, (times.get(id) ?? 0) + 1);
  const missing = ids.filter((id) => !times.has(id));
  const repeated = ids.filter((id) => (times.get(id) ?? 0) > 1);
  return [...missing.map((id) => `${id} missing`), ...repeated.map((id) => `${id} repeated`)];
}

async function expectInHomes({ api, followers }: Stage, ids: readonly string[]): Promise<void> {
  for (const follower of followers) {
    let faults: string[] = [];
    const complete = async (): Promise<boolean> => {
      const home = await api.home(follower).catch((error: unknown) => String(error));
      faults =
        typeof home === 'string'
          ? [home]
          : faultsIn(
              home.map((s) => s.id),
              ids,
            );
      return faults.length === 0;
    };
    await waitFor(complete, { timeoutMs: SETTLED_WITHIN_MS, what: 'a complete home', everyMs: 250 }).catch(
      () => undefined,
    );
    expect({ home: follower.username, faults }).toEqual({ home: follower.username, faults: [] });
  }
}

async function expectOnScreens({ screens }: Stage, ids: readonly string[]): Promise<void> {
  for (const screen of screens) {
    const complete = (): boolean => ids.every((id) => screen.shown().includes(id));
    await waitFor(complete, { timeoutMs: SETTLED_WITHIN_MS, what: 'all on the screen' }).catch(
      () => undefined,
    );
    expect(faultsIn(screen.shown(), ids)).toEqual([]);
  }
}

async function expectInMysql(suite: Suite, ids: readonly string[]): Promise<void> {
  const store = openStore({ url: suite.mysqlUrl, log: silentLog() });
  try {
    let missing: string[] = [];
    const complete = async (): Promise<boolean> => {
      const found = await store.statusesByIds(ids.map(BigInt)).then(
        (rows) => new Set(rows.statuses.map((s) => String(s.id))),
        () => new Set<string>(),
      );
      missing = ids.filter((id) => !found.has(id));
      return missing.length === 0;
    };
    await waitFor(complete, { timeoutMs: SETTLED_WITHIN_MS, what: 'all in MySQL' }).catch(() => undefined);
    expect(missing).toEqual([]);
  } finally {
    await store.close();
  }
}
