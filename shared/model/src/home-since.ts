/**
 * The answer of `GET /internal/home/:account/since?cursor=FLOOR[,ID...]&limit=N`: what a stream that
 * comes back has not seen. Ids are decimal strings, times unix ms, statuses and accounts their stored form.
 */
import type { Id } from './ids.js';
import {
  accountFromJson,
  accountToJson,
  CodecError,
  countOf,
  fieldsOf,
  flagOf,
  idOrNullOf,
  statusFromJson,
  statusToJson,
} from './json.js';
import type { Account, Status } from './types.js';

/** The largest `limit` of one such answer, statuses. */
export const HOME_SINCE_MAX = 400;

export interface HomeSinceItem {
  readonly status: Status;
  readonly author: Account;
  /** Unix ms when ingest took it in, where that is known. */
  readonly receivedAtMs?: number;
}

export interface HomeSince {
  /** Oldest first: the newest ones that the cursor does not cover. */
  readonly statuses: readonly HomeSinceItem[];
  /** False: there is more between the cursor and the oldest one given than could be said here. */
  readonly complete: boolean;
  /** When not complete: the oldest id given (null if none was); what is missing lies below it. */
  readonly gapBelow: Id | null;
}

function itemFromJson(value: unknown): HomeSinceItem {
  const f = fieldsOf(value, 'statuses');
  const item = { status: statusFromJson(f['status']), author: accountFromJson(f['author']) };
  return f['receivedAtMs'] === undefined ? item : { ...item, receivedAtMs: countOf(f, 'receivedAtMs') };
}

export function homeSinceToJson(answer: HomeSince): Record<string, unknown> {
  return {
    statuses: answer.statuses.map((item) => ({
      ...item,
      status: statusToJson(item.status),
      author: accountToJson(item.author),
    })),
    complete: answer.complete,
    gapBelow: answer.gapBelow === null ? null : String(answer.gapBelow),
  };
}

/** Throws a CodecError on anything but what `homeSinceToJson` writes, and on more than `HOME_SINCE_MAX` statuses. */
export function homeSinceFromJson(value: unknown): HomeSince {
  const f = fieldsOf(value, 'home since');
  const list: unknown = f['statuses'];
  if (!Array.isArray(list) || list.length > HOME_SINCE_MAX)
    throw new CodecError('statuses', `a list of at most ${HOME_SINCE_MAX} is required`);
  return {
    statuses: list.map(itemFromJson),
    complete: flagOf(f, 'complete'),
    gapBelow: idOrNullOf(f, 'gapBelow'),
  };
}
