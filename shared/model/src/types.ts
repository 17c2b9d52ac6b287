import type { Id } from './ids.js';

export const STATUS_CHARACTERS_MAX = 500;
export const SPOILER_CHARACTERS_MAX = 200;

export const VISIBILITIES = ['public', 'unlisted', 'private'] as const;
/** `public`: everywhere; `unlisted`: not on the public timeline; `private`: author and followers only. */
export type Visibility = (typeof VISIBILITIES)[number];

export interface Account {
  readonly id: Id;
  readonly username: string;
  readonly displayName: string;
  readonly note: string;
  readonly createdAtMs: number;
  readonly followersCount: number;
  readonly followingCount: number;
  readonly statusesCount: number;
  readonly lastStatusAtMs: number | null;
}

export interface Status {
  readonly id: Id;
  readonly authorId: Id;
  /** The source text as the author typed it; HTML is made by `renderContent`. */
  readonly text: string;
  readonly visibility: Visibility;
  readonly inReplyToId: Id | null;
  readonly inReplyToAccountId: Id | null;
  readonly sensitive: boolean;
  readonly spoilerText: string;
  readonly language: string | null;
  readonly createdAtMs: number;
  readonly repliesCount: number;
}

/** What travels through the queue `statuses`. Consumers are idempotent: any event may come twice. */
export type Event =
  | {
      readonly kind: 'status';
      readonly status: Status;
      /** The author as of the post, so that no consumer has to look it up to render. */
      readonly author: Account;
      /** Unix ms when ingest took the request in. */
      readonly receivedAtMs: number;
      /** False on a second fan-out after a late persist: homes only, nothing to the gateways. */
      readonly push: boolean;
      /** How often a consumer has put it back because something it needs was away. */
      readonly attempt: number;
    }
  | {
      readonly kind: 'delete';
      readonly statusId: Id;
      readonly authorId: Id;
      readonly receivedAtMs: number;
      readonly attempt: number;
    }
  | {
      readonly kind: 'follow' | 'unfollow';
      readonly followerId: Id;
      readonly followeeId: Id;
      readonly receivedAtMs: number;
      readonly attempt: number;
    };

/** One item of the queue `push-<gateway>`: the thing once, and whom it is for. */
export type PushItem = {
  /** Packed 8-byte big-endian account ids; see `packIds`. */
  readonly accounts: Buffer;
  readonly receivedAtMs: number;
} & (
  | { readonly kind: 'update'; readonly status: Status; readonly author: Account }
  | { readonly kind: 'delete'; readonly statusId: Id }
);

/**
 * One item of the queue `presence`. `seq` counts up by one per item of one `epoch` (one run of a
 * gateway); a reader that sees a hole or a new epoch fetches the whole from the gateway.
 */
export interface PresenceItem {
  readonly gateway: string;
  readonly epoch: string;
  readonly seq: number;
  readonly joins: readonly Id[];
  readonly leaves: readonly Id[];
}

/** The answer of `GET /internal/presence`: all of a gateway's accounts as of `seq`. */
export interface PresenceSnapshot {
  readonly gateway: string;
  readonly epoch: string;
  readonly seq: number;
  readonly accounts: readonly Id[];
}

/** Names of the Kestrel queues. A gateway's name is `[a-zA-Z0-9_-]+`: it becomes a queue name. */
export const QUEUES = {
  statuses: 'statuses',
  fanout: 'statuses+fanout',
  persist: 'statuses+persist',
  presence: 'presence',
  poison: 'poison',
} as const;

export function pushQueue(gateway: string): string {
  return `push-${gateway}`;
}

export function presenceQueue(fanoutInstance: string): string {
  return `presence+${fanoutInstance}`;
}
