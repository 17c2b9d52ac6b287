import type { ContenderState } from './election-core.js';

/** Discovery as the rest of Murmur sees it; ZooKeeper is behind it in one adapter file. */

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export type MemberStatus = 'DEAD' | 'STARTING' | 'ALIVE' | 'STOPPING' | 'STOPPED' | 'WARNING';

/** One member of a ServerSet, the JSON that Aurora's announcer writes. */
export interface Member {
  /** The node's name, `member_0000000042`: a member that comes back has another one. */
  readonly name: string;
  readonly serviceEndpoint: Endpoint;
  readonly additionalEndpoints: Readonly<Record<string, Endpoint>>;
  readonly status: MemberStatus;
  /** The instance number of the job, where the announcer knows it. */
  readonly shard: number | null;
}

export type NewMember = Omit<Member, 'name'>;

/**
 * A live view of one ServerSet. While ZooKeeper is away it keeps the members it knew: an absent
 * coordinator is no reason to stop traffic. Only ALIVE members are listed.
 */
export interface ServerSet {
  readonly path: string;
  /** Sorted by name; the same array until something changes. */
  members(): readonly Member[];
  /** Calls at every change, not at once; returns the unsubscribe. */
  onChange(listener: (members: readonly Member[]) => void): () => void;
  /** Resolves once the set has been read the first time, or rejects after `timeoutMs`. */
  ready(timeoutMs: number): Promise<void>;
  close(): void;
}

export interface AnnounceOptions {
  /** Done before each writing of the member: the first, and every one after a lost session. It is not written until this resolves; a rejection is retried. */
  readonly beforeWrite?: () => Promise<void>;
}

/** An ephemeral member; written again after a lost session until withdrawn. */
export interface Announcement {
  /** Changes what is announced. */
  update(member: NewMember): Promise<void>;
  /** Removes the node; resolves when it is gone or ZooKeeper cannot be reached within its bound. */
  withdraw(): Promise<void>;
}

/** A number leased from ZooKeeper by an ephemeral node. */
export interface NumberLease {
  /** The number, or null while none is held (no session yet, session lost, none free). */
  current(): number | null;
  /** Resolves with the number once one is held. */
  acquired(timeoutMs: number): Promise<number>;
  release(): Promise<void>;
}

/** One who takes part in an election. Losing is final for a leader: it exits, and a fresh process contends. */
export interface Contender {
  state(): ContenderState;
  /** Calls at every change of state, not at once; returns the unsubscribe. */
  onChange(listener: (state: ContenderState) => void): () => void;
  /** Removes the node; resolves when it is gone or ZooKeeper cannot be reached within its bound. */
  resign(): Promise<void>;
}

/** A live view of who leads. While ZooKeeper is away it keeps the leader it knew. */
export interface LeaderWatch<T> {
  /** Null while there is none, or none that can be read. */
  leader(): T | null;
  /** Calls at every change, not at once; returns the unsubscribe. */
  onChange(listener: (leader: T | null) => void): () => void;
  /** Resolves once the election has been read the first time, or rejects after `timeoutMs`. */
  ready(timeoutMs: number): Promise<void>;
  close(): void;
}

export interface Discovery {
  watch(path: string): ServerSet;
  announce(path: string, member: NewMember, options?: AnnounceOptions): Announcement;
  /** Leases the lowest free number of 0..max below `path`. */
  lease(path: string, max: number): NumberLease;
  /** Takes part in the election at `path`: child `<label>_<number>` with `text`; the smallest number leads. */
  elect(path: string, entry: { readonly label: string; readonly text: string }): Contender;
  /** Follows who leads at `path`. `decode` gets the label (null for a bare number) and the text of the leader's node. */
  watchLeader<T>(path: string, decode: (label: string | null, text: string) => T | null): LeaderWatch<T>;
  connected(): boolean;
  close(): Promise<void>;
}

export interface DiscoveryLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface DiscoveryOptions {
  /** `host:port[,host:port...]` */
  readonly zk: string;
  /** ZooKeeper session time-out, ms. A lease is given up this long after ZooKeeper was last heard. */
  readonly sessionTimeoutMs: number;
  /** `user:password` of ZooKeeper's digest scheme; what is then made, all may read and only this user may change. */
  readonly auth?: string;
  readonly log: DiscoveryLog;
  /** After ZooKeeper was away, missing members are kept this long, ms; default `RECONNECT_GRACE_MS`. */
  readonly reconnectGraceMs?: number;
}
