/** The vectors this service reads, each rebuilt from MySQL where it is absent. */
import {
  cacheKeys,
  cacheTtl,
  readIdVector,
  readTimelineVector,
  type Rebuilt,
  type VectorCache,
} from '@murmur/cache';
import { decodeTimelineVector, mergeEntries, VECTOR_ENTRIES_MAX, type Entry, type Id } from '@murmur/model';
import { StoreUnavailable, type StatusRef, type Store } from '@murmur/store';
import { orAway } from './away.js';
import type { TimelineMetrics, VectorName } from './metrics.js';
import { rebuildDepth, UNKNOWN, type Window } from './window-core.js';

/** Statuses an author's vector, or the public one, is begun with; more come by appends, older ones from MySQL. */
export const POSTS_REBUILD = 200;
/** Ids per query while the followed are read. */
const FOLLOWING_PAGE = 1_000;
/** Queries for one list of followed accounts: a bound on what one account may cost, a hundred thousand ids. */
const FOLLOWING_PAGES_MAX = 100;
/** Authors whose vectors are held at once while a home is rebuilt. */
const AUTHORS_AT_ONCE = 100;

export interface Vectors {
  /** The accounts that this one follows; null while neither cache nor MySQL knows. */
  following(account: Id): Promise<readonly Id[] | null>;
  home(account: Id): Promise<Window>;
  posts(author: Id): Promise<Window>;
  publicPosts(): Promise<Window>;
  /** What the authors' vectors hold right now, without a look at MySQL: it vouches for nothing. */
  cachedPosts(authors: readonly Id[]): Promise<readonly Entry[]>;
}

export interface VectorsDeps {
  readonly cache: VectorCache;
  readonly store: Pick<Store, 'followingOf' | 'recentByAuthors' | 'statusesOfAuthor' | 'publicStatuses'>;
  readonly metrics: Pick<TimelineMetrics, 'rebuilt'>;
  /** Unix ms. */
  readonly now: () => number;
}

export function vectors(deps: VectorsDeps): Vectors {
  const { cache, store, metrics, now } = deps;
  const timeline = async (
    name: VectorName,
    key: string,
    ttl: number,
    rebuild: () => Promise<Rebuilt>,
  ): Promise<Window> => {
    const asked = { rebuilds: 0 };
    const counted = (): Promise<Rebuilt> => {
      asked.rebuilds++;
      return rebuild();
    };
    const read = await orAway(readTimelineVector(cache, key, { now, rebuild: counted, ttl }));
    if (read === null) return UNKNOWN;
    if (asked.rebuilds > 0 && !read.degraded)
      metrics.rebuilt(name, read.header.settleAtMs === 0 ? 'settle' : 'absent');
    return { entries: read.entries, floor: read.header.floor };
  };
  const cachedPosts = (authors: readonly Id[]) => newestCached(cache, authors);
  const following = (account: Id): Promise<readonly Id[] | null> => {
    const key = cacheKeys.following(account);
    return orAway(readIdVector(cache, key, () => allFollowed(deps, account), cacheTtl.following));
  };
  const top = { limit: POSTS_REBUILD, maxId: null, sinceId: null, minId: null };
  return {
    cachedPosts,
    following,
    home: (account) =>
      timeline('home', cacheKeys.home(account), cacheTtl.home, async () => {
        // Read after the home was claimed: a follow before the claim is in it, a later one drops the claim.
        const followed = await following(account);
        if (followed === null) throw new StoreUnavailable('NO_FOLLOWING', 'who is followed is not known');
        return rebuiltHome(store, cachedPosts, followed, account);
      }),
    posts: (author) =>
      timeline('posts', cacheKeys.posts(author), cacheTtl.posts, async () =>
        toppedUp(await store.statusesOfAuthor(author, top, { excludeReplies: false, includePrivate: true })),
      ),
    publicPosts: () =>
      timeline('public', cacheKeys.publicPosts(), cacheTtl.posts, async () =>
        toppedUp(await store.publicStatuses(top)),
      ),
  };
}

function toppedUp(refs: readonly StatusRef[]): Rebuilt {
  return { entries: refs, floor: refs.length < POSTS_REBUILD ? 0n : (refs.at(-1)?.id ?? 0n) };
}

/**
 * What a home is rebuilt from: MySQL, complete from a floor up, and the authors' own vectors, which hold
 * what MySQL does not have yet.
 */
async function rebuiltHome(
  store: Pick<Store, 'recentByAuthors'>,
  cachedPosts: Vectors['cachedPosts'],
  followed: readonly Id[],
  account: Id,
): Promise<Rebuilt> {
  const authors = [...new Set([...followed, account])];
  const depth = rebuildDepth(authors.length, VECTOR_ENTRIES_MAX);
  const [recent, posts] = await Promise.all([
    store.recentByAuthors(authors, null, null, depth),
    cachedPosts(authors),
  ]);
  return { entries: [...recent.refs, ...posts], floor: recent.floor };
}

/** At most `VECTOR_ENTRIES_MAX`: no home keeps more. */
async function newestCached(cache: VectorCache, authors: readonly Id[]): Promise<readonly Entry[]> {
  let newest: readonly Entry[] = [];
  for (let at = 0; at < authors.length; at += AUTHORS_AT_ONCE) {
    const found = await cache.getMany(authors.slice(at, at + AUTHORS_AT_ONCE).map(cacheKeys.posts));
    const lists = [...found.values()].map(({ value }) => decodeTimelineVector(value).entries);
    newest = mergeEntries(newest, ...lists).slice(0, VECTOR_ENTRIES_MAX);
  }
  return newest;
}

async function allFollowed({ store }: Pick<VectorsDeps, 'store'>, account: Id): Promise<Id[]> {
  const out: Id[] = [];
  for (let pages = 0; pages < FOLLOWING_PAGES_MAX; pages++) {
    const page = await store.followingOf(account, out.at(-1) ?? 0n, FOLLOWING_PAGE);
    out.push(...page);
    if (page.length < FOLLOWING_PAGE) break;
  }
  return out;
}
