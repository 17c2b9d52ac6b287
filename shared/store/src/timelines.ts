import { ID_MAX, type Id } from '@murmur/model';
import { chunks, type Database, type Query } from './database.js';
import {
  boundsOf,
  selectByAuthors,
  selectPublicStatuses,
  selectReplies,
  selectStatusesOfAuthor,
} from './queries/timelines.js';
import { idAt } from './rows.js';
import type { PageRange, StatusRef, Store } from './types.js';

/** Authors (or parents) of one UNION: about 50 KB of SQL, and far below the server's nesting limits. */
export const UNION_MAX = 200;

type TimelineStore = Pick<
  Store,
  'statusesOfAuthor' | 'publicStatuses' | 'recentByAuthors' | 'oldestByAuthors' | 'repliesTo'
>;

const newestFirst = (a: StatusRef, b: StatusRef): number => (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
const oldestFirst = (a: StatusRef, b: StatusRef): number => newestFirst(b, a);

export function timelineStore(db: Database): TimelineStore {
  const refs = async (query: Query): Promise<StatusRef[]> =>
    (await db.rows(query)).map((row) => ({ id: idAt(row, 'id'), authorId: idAt(row, 'author_id') }));
  const page = async (query: Query, range: PageRange): Promise<StatusRef[]> => {
    const found = await refs(query);
    return boundsOf(range).order === 'ASC' ? found.reverse() : found;
  };

  return {
    statusesOfAuthor: (author, range, filter) => page(selectStatusesOfAuthor(author, range, filter), range),
    publicStatuses: (range) => page(selectPublicStatuses(range), range),

    recentByAuthors: async (authors, belowId, aboveId, perAuthor) => {
      const found: StatusRef[] = [];
      for (const chunk of chunks([...new Set(authors)], UNION_MAX))
        found.push(
          ...(await refs(selectByAuthors(chunk, aboveId ?? 0n, belowId ?? ID_MAX, perAuthor, 'DESC'))),
        );
      return { refs: found.sort(newestFirst), floor: floorOf(found, perAuthor) };
    },

    oldestByAuthors: async (authors, aboveId, limit) => {
      let found: StatusRef[] = [];
      for (const chunk of chunks([...new Set(authors)], UNION_MAX)) {
        // With a full page in hand, only what is below its end can still belong to it.
        const end = found.length < limit ? ID_MAX : (found[limit - 1]?.id ?? ID_MAX);
        found.push(...(await refs(selectByAuthors(chunk, aboveId, end, limit, 'ASC'))));
        found = found.sort(oldestFirst).slice(0, limit);
      }
      return found.reverse();
    },

    repliesTo: async (ids, limit) => {
      const found: StatusRef[] = [];
      for (const chunk of chunks([...new Set(ids)], UNION_MAX))
        found.push(...(await refs(selectReplies(chunk, limit))));
      return found.sort(oldestFirst).slice(0, limit);
    },
  };
}

/** An author with a full answer may have more below his oldest: the answer is complete from the highest such id up. */
export function floorOf(refs: readonly StatusRef[], perAuthor: number): Id {
  const oldest = new Map<Id, { count: number; id: Id }>();
  for (const { id, authorId } of refs) {
    const before = oldest.get(authorId);
    oldest.set(authorId, {
      count: (before?.count ?? 0) + 1,
      id: before === undefined || id < before.id ? id : before.id,
    });
  }
  let floor = 0n;
  for (const { count, id } of oldest.values()) if (count >= perAuthor && id > floor) floor = id;
  return floor;
}
