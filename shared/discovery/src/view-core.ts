import { sameEndpoint } from './codec.js';
import type { Member } from './types.js';

/**
 * What one watcher believes about a set. `doubt` is open from a reconnect on: ZooKeeper may have come back before the
 * announcers did, so a member that is missing then has perhaps only not been written again yet.
 */
export interface ViewState {
  /** Only ALIVE members, sorted by name; the same array until something changes. */
  readonly members: readonly Member[];
  /** Whether the set has ever been read. */
  readonly read: boolean;
  /** ms; until then missing members are kept. Null: what is read is believed. */
  readonly doubtUntil: number | null;
}

export const emptyView: ViewState = { members: [], read: false, doubtUntil: null };

/** ZooKeeper is back after it was away, or with a new session. */
export function reconnected(view: ViewState, now: number, graceMs: number): ViewState {
  return view.members.length === 0 ? view : { ...view, doubtUntil: now + graceMs };
}

/**
 * The set was read, all nodes at once. In doubt, a known member is kept unless its endpoint is there again, perhaps
 * under a new name; once all are there again, or the grace is over, doubt ends.
 */
export function found(view: ViewState, read: readonly Member[], now: number): ViewState {
  const nodes = newestPerEndpoint(read);
  const inDoubt = view.doubtUntil !== null && now < view.doubtUntil;
  const missing = inDoubt ? view.members.filter((known) => !nodes.some((node) => covers(node, known))) : [];
  const members = [...nodes.filter((node) => node.status === 'ALIVE'), ...missing].sort(byName);
  return {
    members: sameMembers(view.members, members) ? view.members : members,
    read: true,
    doubtUntil: missing.length > 0 ? view.doubtUntil : null,
  };
}

/**
 * A port belongs to one process at a time: of two members at one endpoint the older is what a killed process left, until
 * its session ends.
 */
function newestPerEndpoint(nodes: readonly Member[]): readonly Member[] {
  const newest = new Map<string, Member>();
  for (const node of [...nodes].sort(byName)) {
    newest.set(`${node.serviceEndpoint.host}:${node.serviceEndpoint.port}`, node);
  }
  return [...newest.values()];
}

function covers(node: Member, known: Member): boolean {
  return node.name === known.name || sameEndpoint(node.serviceEndpoint, known.serviceEndpoint);
}

function byName(a: Member, b: Member): number {
  if (a.name === b.name) return 0;
  return a.name < b.name ? -1 : 1;
}

function sameMembers(a: readonly Member[], b: readonly Member[]): boolean {
  return a.length === b.length && a.every((member, i) => JSON.stringify(member) === JSON.stringify(b[i]));
}
