import { encodeEvent, firstIdOf, type Account, type Event, type Status } from '@murmur/model';

export const AUTHOR: Account = {
  id: 7n,
  username: 'ann',
  displayName: 'Ann',
  note: '',
  createdAtMs: 1_700_000_000_000,
  followersCount: 0,
  followingCount: 0,
  statusesCount: 0,
  lastStatusAtMs: null,
};

export const FIRST_ID = firstIdOf(1_700_000_000_000);

/** Status number `n`; ids ascend with it. */
export function statusOf(n: number, over: Partial<Status> = {}): Status {
  return {
    id: FIRST_ID + BigInt(n),
    authorId: AUTHOR.id,
    text: `status ${n}`,
    visibility: 'public',
    inReplyToId: null,
    inReplyToAccountId: null,
    sensitive: false,
    spoilerText: '',
    language: 'en',
    createdAtMs: 1_700_000_000_000 + n,
    repliesCount: 0,
    ...over,
  };
}

export function statusEvent(n: number, receivedAtMs: number, over: Partial<Status> = {}): Event {
  return { kind: 'status', status: statusOf(n, over), author: AUTHOR, receivedAtMs, push: true, attempt: 0 };
}

export function deleteEvent(n: number, receivedAtMs: number): Event {
  return { kind: 'delete', statusId: FIRST_ID + BigInt(n), authorId: AUTHOR.id, receivedAtMs, attempt: 0 };
}

export function followEvent(receivedAtMs: number): Event {
  return { kind: 'follow', followerId: 1n, followeeId: 2n, receivedAtMs, attempt: 0 };
}

export const payloads = (...events: readonly Event[]): Buffer[] => events.map(encodeEvent);
