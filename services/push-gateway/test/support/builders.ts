import { firstIdOf, packIds, type Account, type Id, type PushItem, type Status } from '@murmur/model';

export const START_MS = 1_795_000_000_000;
/** An id given `ms` after the start of the test's time. */
export const idAt = (ms: number): Id => firstIdOf(START_MS + ms) + 1n;

export function account(id: Id = 1001n): Account {
  return {
    id,
    username: 'bob',
    displayName: 'Bob',
    note: '',
    createdAtMs: START_MS,
    followersCount: 0,
    followingCount: 0,
    statusesCount: 0,
    lastStatusAtMs: null,
  };
}

export function status(id: Id, text = `text ${id}`): Status {
  return {
    id,
    authorId: 1001n,
    text,
    visibility: 'public',
    inReplyToId: null,
    inReplyToAccountId: null,
    sensitive: false,
    spoilerText: '',
    language: null,
    createdAtMs: START_MS,
    repliesCount: 0,
  };
}

export function update(id: Id, accounts: readonly Id[], text?: string): PushItem {
  return {
    kind: 'update',
    status: status(id, text),
    author: account(),
    accounts: packIds(accounts),
    receivedAtMs: START_MS,
  };
}

export function removal(statusId: Id, accounts: readonly Id[]): PushItem {
  return { kind: 'delete', statusId, accounts: packIds(accounts), receivedAtMs: START_MS };
}
