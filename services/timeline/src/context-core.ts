/** The order of a thread. */
import type { Id, Status } from '@murmur/model';

/** Statuses above the one asked for; a chain longer than that is cut at its far end. */
export const ANCESTORS_MAX = 40;
/** Statuses below the one asked for, over all levels. */
export const DESCENDANTS_MAX = 100;
/** Levels of replies to replies that are looked at. */
export const DEPTH_MAX = 20;

/**
 * Replies below `root`, each right after what it answers, siblings oldest first. What does not hang together
 * with `root` (its parent was deleted, or is beyond a bound) is left out. Repeats and cycles end the branch.
 */
export function threadOrder<T extends { readonly status: Status }>(root: Id, replies: readonly T[]): T[] {
  const children = new Map<Id, T[]>();
  const known = new Set<Id>([root]);
  for (const reply of [...replies].sort((a, b) => (a.status.id < b.status.id ? -1 : 1))) {
    const parent = reply.status.inReplyToId;
    if (parent === null || known.has(reply.status.id)) continue;
    known.add(reply.status.id);
    children.set(parent, [...(children.get(parent) ?? []), reply]);
  }
  const out: T[] = [];
  const stack: T[] = [...(children.get(root) ?? [])].reverse();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    out.push(next);
    stack.push(...[...(children.get(next.status.id) ?? [])].reverse());
  }
  return out;
}
