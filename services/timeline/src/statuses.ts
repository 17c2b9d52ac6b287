/** Single statuses and their threads. */
import type { Id, Status } from '@murmur/model';
import { ApiError, notFound } from '@murmur/public-api';
import type { Store } from '@murmur/store';
import { orAway } from './away.js';
import { ANCESTORS_MAX, DEPTH_MAX, DESCENDANTS_MAX, threadOrder } from './context-core.js';
import type { TimelineMetrics } from './metrics.js';
import { rowReader, type Rendered, type Rows } from './rendered.js';
import type { Vectors } from './vectors.js';
import { maySee } from './visibility-core.js';

export interface StatusesDeps {
  readonly rows: Rows;
  readonly vectors: Pick<Vectors, 'following'>;
  readonly store: Pick<Store, 'repliesTo' | 'statusesByIds'>;
  readonly metrics: Pick<TimelineMetrics, 'dropped'>;
}

export interface Thread {
  readonly ancestors: readonly Rendered[];
  readonly descendants: readonly Rendered[];
}

export interface Statuses {
  /**
   * Throws 404 for what is not there, deleted or not for this reader; 503 when nobody knows. `repliesCount` is
   * MySQL's where that is there: a row in the cache keeps the count it was filled with.
   */
  one(id: Id, viewer: Id | null): Promise<Rendered>;
  /** The same for the status itself; above and below it, what may not be seen is left out. */
  thread(id: Id, viewer: Id | null): Promise<Thread>;
}

type See = (status: Status) => boolean;

export function statuses(deps: StatusesDeps): Statuses {
  const render = async (ids: readonly Id[], see: See): Promise<{ list: Rendered[]; gaps: boolean }> => {
    const reader = rowReader(deps, see);
    const found = await reader.read(ids.map((id) => ({ id, authorId: 0n })));
    return { list: [...found.values()], gaps: reader.gaps() };
  };
  const seenBy = async (viewer: Id | null): Promise<{ see: See; sure: boolean }> => {
    const followed = viewer === null ? [] : await deps.vectors.following(viewer);
    const set = new Set(followed);
    return { see: (status) => maySee(status, viewer, (author) => set.has(author)), sure: followed !== null };
  };
  const counted = async (found: Rendered): Promise<Rendered> => {
    const stored = await orAway(deps.store.statusesByIds([found.status.id]));
    if (stored?.deleted.includes(found.status.id) === true) throw notFound();
    const status = stored?.statuses[0];
    return status === undefined
      ? found
      : { ...found, status: { ...found.status, repliesCount: status.repliesCount } };
  };
  const visible = async (id: Id, viewer: Id | null): Promise<Rendered> => {
    const {
      list: [found],
      gaps,
    } = await render([id], () => true);
    if (found === undefined) throw gaps ? new ApiError('unavailable') : notFound();
    if (maySee(found.status, viewer, () => false)) return found;
    const { see, sure } = await seenBy(viewer);
    if (see(found.status)) return found;
    throw sure ? notFound() : new ApiError('unavailable');
  };
  const ancestors = async (from: Status, see: See): Promise<Rendered[]> => {
    const out: Rendered[] = [];
    let last = from.id;
    let next = from.inReplyToId;
    for (let steps = 0; next !== null && steps < ANCESTORS_MAX; steps++) {
      const [parent]: Rendered[] = (await render([next], () => true)).list;
      // A reply is younger than what it answers: anything else would go in circles.
      if (parent === undefined || parent.status.id >= last) break;
      if (see(parent.status)) out.push(parent);
      last = parent.status.id;
      next = parent.status.inReplyToId;
    }
    return out.reverse();
  };
  const descendants = async (root: Id, see: See): Promise<Rendered[]> => {
    const found: Rendered[] = [];
    let level: readonly Id[] = [root];
    for (let depth = 0; depth < DEPTH_MAX && level.length > 0 && found.length < DESCENDANTS_MAX; depth++) {
      const refs = (await orAway(deps.store.repliesTo(level, DESCENDANTS_MAX - found.length))) ?? [];
      const { list } = await render(
        refs.map((ref) => ref.id),
        see,
      );
      found.push(...list);
      level = list.map((reply) => reply.status.id);
    }
    return threadOrder(root, found).slice(0, DESCENDANTS_MAX);
  };
  return {
    one: async (id, viewer) => counted(await visible(id, viewer)),
    thread: async (id, viewer) => {
      const { status } = await visible(id, viewer);
      const { see } = await seenBy(viewer);
      const [above, below] = await Promise.all([ancestors(status, see), descendants(id, see)]);
      return { ancestors: above, descendants: below };
    },
  };
}
