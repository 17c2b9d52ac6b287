/**
 * Two memcached pools. Keys are spread by rendezvous hashing over a pool's ServerSet. Nothing here
 * throws because a server is away: that is a miss. What must not be lost in silence is in the result.
 */

/** `row pool`: small values by key, over memjs. */
export interface RowCache {
  get(key: string): Promise<Buffer | null>;
  /** Absent keys are absent from the map. */
  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, Buffer>>;
  /** False when the server is away. */
  set(key: string, value: Buffer, ttlSeconds: number): Promise<boolean>;
  /** Sets only where absent. */
  add(key: string, value: Buffer, ttlSeconds: number): Promise<'stored' | 'exists' | 'unavailable'>;
  delete(key: string): Promise<boolean>;
  /** Adds `by` to a counter that begins at 0 and lives `ttlSeconds`; null when the server is away. */
  increment(key: string, by: number, ttlSeconds: number): Promise<number | null>;
  close(): void;
}

export interface CasValue {
  readonly value: Buffer;
  /** Opaque; hand it to `cas`. Changes with every append. */
  readonly cas: string;
  /**
   * Given at random by `add`, kept by appends and by `cas`: another one means that the value was deleted
   * and begun anew in between, so that nothing read before may be merged into it.
   */
  readonly generation: string;
}

export type CasResult = 'stored' | 'exists' | 'not_found' | 'too_large' | 'unavailable';

export interface AppendResult {
  readonly stored: number;
  /** Keys that are not materialised: nothing to do for them. */
  readonly absent: number;
  /** Keys whose server could not say: the append must be tried again. */
  readonly unavailable: readonly string[];
}

/** `vector pool`: appendable values, over our own pipelined client (memcached's meta commands). */
export interface VectorCache {
  get(key: string): Promise<CasValue | null>;
  getMany(keys: readonly string[]): Promise<ReadonlyMap<string, CasValue>>;
  add(key: string, value: Buffer, ttlSeconds: number): Promise<'stored' | 'exists' | 'unavailable'>;
  cas(key: string, value: Buffer, cas: string, ttlSeconds: number): Promise<CasResult>;
  /**
   * Appends the same bytes to many values, quietly and pipelined: the fan-out hot path. A value that
   * would grow past the server's item limit is deleted (it is rebuilt at the next read) and counts as absent.
   */
  appendMany(keys: readonly string[], bytes: Buffer): Promise<AppendResult>;
  delete(key: string): Promise<boolean>;
  close(): void;
}

export const cacheKeys = {
  status: (id: bigint) => `status:${id}`,
  account: (id: bigint) => `account:${id}`,
  token: (sha256Hex: string) => `token:${sha256Hex}`,
  idempotency: (account: bigint, keySha256Hex: string) => `idem:${account}:${keySha256Hex}`,
  rate: (subject: string, window: number) => `rate:${subject}:${window}`,
  home: (account: bigint) => `home:${account}`,
  posts: (account: bigint) => `posts:${account}`,
  /** Public statuses of everybody, kept like an author's vector. */
  publicPosts: () => 'posts:public',
  followers: (account: bigint) => `followers:${account}`,
  following: (account: bigint) => `following:${account}`,
} as const;

/** Seconds. A bound on how long what nobody reads takes memory; a miss is only slower. */
export const cacheTtl = {
  status: 86_400,
  account: 300,
  token: 86_400,
  idempotency: 3_600,
  home: 3 * 86_400,
  posts: 86_400,
  followers: 86_400,
  following: 86_400,
  /** A claim (an empty value being built): its builder may have died. */
  claim: 60,
} as const;
