import type { Status } from '@murmur/model';
import { openStore, type NewAccount, type Store, type StoreOptions } from '../src/index.js';

export const T0 = Date.UTC(2026, 0, 1);
const quiet = { info: () => undefined };

export function open(url: string, options: Partial<StoreOptions> = {}): Store {
  return openStore({ url, log: quiet, ...options });
}

export function newAccount(id: number | bigint, username = `user${id}`): NewAccount {
  return {
    id: BigInt(id),
    username,
    email: `${username}@example.org`,
    passwordHash: 'scrypt$x',
    createdAtMs: T0,
  };
}

export function status(id: number | bigint, authorId: number | bigint, rest: Partial<Status> = {}): Status {
  return {
    id: BigInt(id),
    authorId: BigInt(authorId),
    text: `status ${id}`,
    visibility: 'public',
    inReplyToId: null,
    inReplyToAccountId: null,
    sensitive: false,
    spoilerText: '',
    language: 'en',
    createdAtMs: T0 + Number(id),
    repliesCount: 0,
    ...rest,
  };
}

export function deletion(statusId: number | bigint, authorId: number | bigint) {
  return { statusId: BigInt(statusId), authorId: BigInt(authorId), atMs: T0 + 1_000_000 };
}
