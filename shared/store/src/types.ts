/** The queries of Murmur. Everything that speaks SQL is behind this interface. */
import type { Account, Id, Status } from '@murmur/model';

export interface NewAccount {
  readonly id: Id;
  readonly username: string;
  readonly email: string;
  /** `scrypt$...`, see ingest. */
  readonly passwordHash: string;
  readonly createdAtMs: number;
}

export interface OauthApp {
  readonly id: Id;
  readonly clientId: string;
  readonly clientSecretSha256: string;
  readonly name: string;
  readonly website: string | null;
  readonly redirectUris: readonly string[];
  readonly scopes: string;
  readonly createdAtMs: number;
}

export interface OauthCode {
  readonly codeSha256: string;
  readonly appId: Id;
  readonly accountId: Id;
  readonly redirectUri: string;
  readonly scopes: string;
  readonly codeChallenge: string | null;
  readonly expiresAtMs: number;
}

export interface OauthToken {
  readonly tokenSha256: string;
  readonly appId: Id;
  /** Null for an app token (`client_credentials`). */
  readonly accountId: Id | null;
  readonly scopes: string;
  readonly createdAtMs: number;
}

/** The pagination contract: `maxId`, `sinceId`, `minId` are all exclusive; answers are newest first. */
export interface PageRange {
  readonly limit: number;
  readonly maxId: Id | null;
  readonly sinceId: Id | null;
  /** The page directly above this id; wins over `sinceId`. */
  readonly minId: Id | null;
}

export interface StatusFilter {
  readonly excludeReplies: boolean;
  /** False: only public and unlisted. */
  readonly includePrivate: boolean;
}

export interface StatusRef {
  readonly id: Id;
  readonly authorId: Id;
}

/** What the persister writes in one transaction. Writing any of it twice changes nothing. */
export interface StatusBatch {
  readonly statuses: readonly Status[];
  /** A delete may come before its status: it leaves a tombstone that the status cannot overwrite. */
  readonly deletes: readonly { readonly statusId: Id; readonly authorId: Id; readonly atMs: number }[];
}

export interface Store {
  migrate(): Promise<void>;
  ping(): Promise<void>;
  close(): Promise<void>;

  createAccount(account: NewAccount): Promise<'created' | 'username_taken' | 'email_taken'>;
  accountsByIds(ids: readonly Id[]): Promise<Account[]>;
  accountByUsername(username: string): Promise<Account | null>;
  /** By user name or e-mail, for the log-in form. */
  credentials(login: string): Promise<{ readonly accountId: Id; readonly passwordHash: string } | null>;
  counts(): Promise<{ readonly accounts: number; readonly statuses: number }>;
  /** Accounts with more than `followers` followers. */
  accountsAbove(followers: number): Promise<Id[]>;

  /** True when it was not so before. Counters of both accounts move with it, in one transaction. */
  follow(follower: Id, followee: Id, atMs: number): Promise<boolean>;
  unfollow(follower: Id, followee: Id): Promise<boolean>;
  /** Ascending ids above `after`. */
  followersOf(account: Id, after: Id, limit: number): Promise<Id[]>;
  followingOf(account: Id, after: Id, limit: number): Promise<Id[]>;
  relationships(
    account: Id,
    others: readonly Id[],
  ): Promise<{ readonly id: Id; readonly following: boolean; readonly followedBy: boolean }[]>;

  createApp(app: OauthApp): Promise<void>;
  appByClientId(clientId: string): Promise<OauthApp | null>;
  appById(id: Id): Promise<OauthApp | null>;
  createCode(code: OauthCode): Promise<void>;
  /** Takes a code out, once: a second call with the same code gets null. */
  takeCode(codeSha256: string): Promise<OauthCode | null>;
  createToken(token: OauthToken): Promise<void>;
  tokenByHash(tokenSha256: string): Promise<OauthToken | null>;
  /** Only a token of that app. */
  revokeToken(tokenSha256: string, appId: Id): Promise<boolean>;

  writeStatuses(batch: StatusBatch): Promise<void>;
  /** Deleted ones are in the second list; unknown ids in neither. */
  statusesByIds(ids: readonly Id[]): Promise<{ readonly statuses: Status[]; readonly deleted: Id[] }>;
  statusesOfAuthor(author: Id, range: PageRange, filter: StatusFilter): Promise<StatusRef[]>;
  publicStatuses(range: PageRange): Promise<StatusRef[]>;
  /**
   * The newest statuses of many authors with id < `belowId` (null: from the top) and id > `aboveId`, at most
   * `perAuthor` of each. `floor`: the answer is complete from there on up; 0 when no author had more.
   */
  recentByAuthors(
    authors: readonly Id[],
    belowId: Id | null,
    aboveId: Id | null,
    perAuthor: number,
  ): Promise<{ readonly refs: StatusRef[]; readonly floor: Id }>;
  /** The other direction for `min_id`: the oldest `limit` statuses of these authors with id > aboveId, newest first. */
  oldestByAuthors(authors: readonly Id[], aboveId: Id, limit: number): Promise<StatusRef[]>;
  /** Direct replies, oldest first. */
  repliesTo(ids: readonly Id[], limit: number): Promise<StatusRef[]>;
}
