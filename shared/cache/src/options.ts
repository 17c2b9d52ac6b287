import type { ServerSet } from '@murmur/discovery';

export interface CacheLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** Called as things happen; a service turns them into metrics. */
export interface CacheHooks {
  lookup?(hits: number, misses: number): void;
  /** A server failed: connection lost, silent, or out of the protocol. */
  serverFailed?(server: string): void;
}

export interface CacheTimeouts {
  readonly connectMs?: number;
  readonly requestMs?: number;
}

export interface CacheOptions {
  /** Members' service endpoints are the memcached servers. */
  readonly serverSet: Pick<ServerSet, 'members' | 'onChange'>;
  readonly log: CacheLog;
  readonly hooks?: CacheHooks;
  readonly timeouts?: CacheTimeouts;
}

/** ms. A server that needs longer than this is as good as away. */
export const CONNECT_TIMEOUT_MS = 1_000;
export const REQUEST_TIMEOUT_MS = 1_000;
