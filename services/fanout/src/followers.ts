import { cacheKeys, cacheTtl, readIdVector, type VectorCache } from '@murmur/cache';
import type { Account, Id } from '@murmur/model';
import type { Store } from '@murmur/store';

/** Followers read from the store at a time. */
export const FOLLOWERS_PAGE = 10_000;

/**
 * Whom a status of an author goes to. `materialise` false: there are more than `materialiseFollowersMax`, so their
 * homes are left alone (timeline merges the author at read time), and `rest` pages on where `ids` end.
 */
export interface Followers {
  readonly ids: readonly Id[];
  readonly materialise: boolean;
  rest(): AsyncGenerator<readonly Id[]>;
}

export interface FollowersPorts {
  readonly vectors: VectorCache;
  readonly store: Pick<Store, 'followersOf'>;
  readonly materialiseFollowersMax: number;
}

/** More followers than are cached: the list so far. Ends the fill of a vector. */
class TooMany extends Error {
  readonly ids: readonly Id[];
  constructor(ids: readonly Id[]) {
    super('too many followers to cache');
    this.ids = ids;
  }
}

/**
 * The followers of an author from the vector cache, else from the store. What decides is the list itself, not a count
 * that may be minutes old: timeline decides by the same table. Rejects when the store is needed and away.
 */
export async function followersOf(
  ports: FollowersPorts,
  author: Id,
  countHint: Account['followersCount'],
): Promise<Followers> {
  const { vectors, materialiseFollowersMax: max } = ports;
  const fill = () => upTo(ports, author);
  try {
    const ids =
      countHint > max
        ? await fill()
        : await readIdVector(vectors, cacheKeys.followers(author), fill, cacheTtl.followers);
    if (ids.length <= max) return { ids, materialise: true, rest: nobody };
    return { ids, materialise: false, rest: nobody };
  } catch (error) {
    if (!(error instanceof TooMany)) throw error;
    const { ids } = error;
    return { ids, materialise: false, rest: () => pages(ports, author, ids.at(-1) ?? 0n) };
  }
}

/** All of them; rejects with TooMany, and those read so far, beyond the limit. */
async function upTo(ports: FollowersPorts, author: Id): Promise<readonly Id[]> {
  const ids: Id[] = [];
  for await (const page of pages(ports, author, 0n)) {
    for (const id of page) ids.push(id);
    if (ids.length > ports.materialiseFollowersMax) throw new TooMany(ids);
  }
  return ids;
}

async function* pages({ store }: FollowersPorts, author: Id, after: Id): AsyncGenerator<readonly Id[]> {
  for (let from = after; ;) {
    const page = await store.followersOf(author, from, FOLLOWERS_PAGE);
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (last === undefined || page.length < FOLLOWERS_PAGE) return;
    from = last;
  }
}

async function* nobody(): AsyncGenerator<readonly Id[]> {
  // A list that is complete has no rest.
}
