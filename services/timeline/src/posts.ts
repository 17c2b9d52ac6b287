/** The timelines of one author and of everybody, as something to walk. */
import type { Id } from '@murmur/model';
import type { PageRange, StatusFilter, StatusRef, Store } from '@murmur/store';
import { orAway } from './away.js';
import type { Vectors } from './vectors.js';
import type { Chunk, TimelineSource } from './walk.js';

/** Statuses read from MySQL at once below or above what is cached. */
export const PIECE_MAX = 40;

export interface PostsDeps {
  readonly vectors: Vectors;
  readonly store: Pick<Store, 'statusesOfAuthor' | 'publicStatuses'>;
}

type Read = (range: PageRange) => Promise<StatusRef[]>;

function rowsOf(read: Read): Pick<TimelineSource, 'below' | 'above'> {
  const piece = async (
    range: Omit<PageRange, 'limit'>,
    end: (refs: StatusRef[]) => StatusRef | undefined,
  ) => {
    const refs = await orAway(read({ limit: PIECE_MAX, ...range }));
    if (refs === null) return null;
    const chunk: Chunk = { refs, reach: refs.length < PIECE_MAX ? null : (end(refs)?.id ?? null) };
    return chunk;
  };
  return {
    below: (maxId, sinceId) => piece({ maxId, sinceId, minId: null }, (refs) => refs.at(-1)),
    above: (minId) => piece({ maxId: null, sinceId: null, minId }, (refs) => refs[0]),
  };
}

export async function accountSource(
  { vectors, store }: PostsDeps,
  author: Id,
  filter: StatusFilter,
): Promise<TimelineSource> {
  const window = await vectors.posts(author);
  return { window, ...rowsOf((range) => store.statusesOfAuthor(author, range, filter)) };
}

export async function publicSource({ vectors, store }: PostsDeps): Promise<TimelineSource> {
  const window = await vectors.publicPosts();
  return { window, ...rowsOf((range) => store.publicStatuses(range)) };
}
