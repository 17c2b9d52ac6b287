/** The one question to timeline: what has this home got that a cursor does not cover? */
import {
  formatCursor,
  HOME_SINCE_MAX,
  homeSinceFromJson,
  type Cursor,
  type HomeSince,
  type Id,
} from '@murmur/model';
import type { RestClient } from '@murmur/rest-client';

/** Rejects when nobody could say. */
export type AskHome = (account: Id, cursor: Cursor) => Promise<HomeSince>;

/** Statuses replayed to one reader at the most; the rest is announced as a gap. */
export const REPLAY_MAX = HOME_SINCE_MAX;
/** A home may have to be rebuilt from MySQL first, ms. */
const ASK_TIMEOUT_MS = 3_000;

export function askTimeline(rest: RestClient): AskHome {
  return async (account, cursor) => {
    const path = `/internal/home/${account}/since?cursor=${formatCursor(cursor)}&limit=${REPLAY_MAX}`;
    const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
    const { status, body } = await rest.request({ method: 'GET', path, signal });
    if (status !== 200) throw new Error(`timeline answered ${status} to ${path}`);
    return homeSinceFromJson(body);
  };
}
