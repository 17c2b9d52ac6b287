/** A home timeline as something to walk: the vector, what is merged at read time, and MySQL below. */
import type { Entry, Id } from '@murmur/model';
import type { Store } from '@murmur/store';
import { orAway } from './away.js';
import type { Memo } from './memo.js';
import type { Vectors } from './vectors.js';
import type { TimelineSource } from './walk.js';
import { joinWindows, ofAuthors, UNKNOWN, type Window } from './window-core.js';

/** Above this part of `materialiseFollowersMax` an author is merged at read time, though fan-out still appends. */
export const MERGE_FROM = 0.9;
/** Statuses read from MySQL at once upwards. */
export const UPWARDS_MAX = 40;
const DEEP_MIN = 10;
const DEEP_MAX = 40;
/** Statuses one look below the window may bring, over all authors; large followings get fewer of each. */
const DEEP_TOTAL = 2_000;

export interface HomeDeps {
  readonly vectors: Vectors;
  readonly store: Pick<Store, 'recentByAuthors' | 'oldestByAuthors'>;
  /** Authors above `MERGE_FROM`. */
  readonly popular: Memo<ReadonlySet<Id>>;
}

export async function homeSource(deps: HomeDeps, account: Id): Promise<TimelineSource> {
  const { vectors } = deps;
  const [followed, home, own, popular] = await Promise.all([
    vectors.following(account),
    vectors.home(account),
    vectors.cachedPosts([account]),
    deps.popular.get(),
  ]);
  if (followed === null) return unknownFollowing(home, own);
  const authors = [...new Set([...followed, account])];
  const merged =
    popular === null
      ? [UNKNOWN] // it may be that somebody is missing, so nothing is certain
      : await Promise.all(authors.filter((id) => popular.has(id)).map((id) => vectors.posts(id)));
  const window = ofAuthors(joinWindows([home, ...merged], [own]), new Set(authors));
  return { window, ...followedRows(deps.store, authors) };
}

/** MySQL is away and the list of the followed is not cached: the vector is all there is. */
function unknownFollowing(home: Window, own: readonly Entry[]): TimelineSource {
  const away = (): Promise<null> => Promise.resolve(null);
  return { window: joinWindows([home], [own]), below: away, above: away };
}

function followedRows(
  store: HomeDeps['store'],
  authors: readonly Id[],
): Pick<TimelineSource, 'below' | 'above'> {
  const perAuthor = Math.max(DEEP_MIN, Math.min(DEEP_MAX, Math.ceil(DEEP_TOTAL / authors.length)));
  return {
    below: async (belowId, aboveId) => {
      const answer = await orAway(store.recentByAuthors(authors, belowId, aboveId, perAuthor));
      return answer === null ? null : { refs: answer.refs, reach: answer.floor === 0n ? null : answer.floor };
    },
    above: async (aboveId) => {
      const refs = await orAway(store.oldestByAuthors(authors, aboveId, UPWARDS_MAX));
      return refs === null ? null : { refs, reach: refs.length < UPWARDS_MAX ? null : newestOf(refs) };
    },
  };
}

function newestOf(refs: readonly Entry[]): Id | null {
  return refs.reduce<Id | null>((top, { id }) => (top === null || id > top ? id : top), null);
}
