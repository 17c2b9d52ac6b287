/** The contract of this package. What is exported beside these types is listed in README.md. */
import type { RowCache } from '@murmur/cache';
import type { Id } from '@murmur/model';
import type { OauthToken, Store } from '@murmur/store';
import type { Request, RequestHandler } from 'express';

/** Whose token came with the request. */
export interface Caller {
  /** Null for an app token (`client_credentials`). */
  readonly accountId: Id | null;
  readonly appId: Id;
  /** As granted: granular and umbrella names. */
  readonly scopes: readonly string[];
  /** Hex; also the key of the token's rate limit. */
  readonly tokenSha256: string;
}

export interface UserCaller extends Caller {
  readonly accountId: Id;
}

export interface AuthenticateOptions {
  readonly rows: RowCache;
  readonly store: Pick<Store, 'tokenByHash'>;
}

/**
 * A middleware that reads `Authorization: Bearer` and remembers the caller for `callerOf`. No token: no
 * caller, the request goes on. A token that is not valid is 401 whatever the route: `rateLimit`, which
 * goes behind it, counts the attempt first.
 */
export interface Authenticate extends RequestHandler {
  /** The same look-up for a token that came another way (`?access_token=`, a WebSocket sub-protocol). */
  resolveToken(token: string): Promise<Caller | null>;
  /** Puts a fresh token into the row cache, so that its first use does not wait for MySQL. */
  remember(token: OauthToken): Promise<void>;
  /** After a revocation: leaves a tombstone in the row cache that no reader overwrites. */
  forget(tokenSha256: string): Promise<void>;
}

export interface RateLimitOptions {
  readonly rows: RowCache;
  /** Requests per subject and window, over all instances; 0 = no limit and no headers. Default 300. */
  readonly limit?: number;
  /** Default 300. */
  readonly windowSeconds?: number;
  /** Unix ms. */
  readonly now?: () => number;
}

export interface BodiesOptions {
  /** Default 64 KiB. */
  readonly bodyBytesMax?: number;
}

export interface StringLimits {
  /** Unicode characters; default `FIELD_CHARACTERS_MAX`. */
  readonly charactersMax?: number;
}

/**
 * Typed reading of what the client sent: body fields, and where those lack a name, the query. Every
 * reader throws a 422 `ApiError` that names the field, the value and what is allowed. A field that is
 * absent, or JSON null, is null (a list: empty).
 */
export interface FieldReader {
  has(name: string): boolean;
  /** A string, or a JSON number as text. Refuses null characters and unpaired surrogates. */
  string(name: string, limits?: StringLimits): string | null;
  /** As `string`; 422 when absent or only white space. */
  required(name: string, limits?: StringLimits): string;
  /** true, True, t, on, 1, "1" and their opposites; an empty string is false. */
  boolean(name: string): boolean | null;
  /** A decimal id as a string. */
  id(name: string): Id | null;
  integer(name: string, min: number, max: number): number | null;
  oneOf<T extends string>(name: string, allowed: readonly T[]): T | null;
  /** `k[]=a&k[]=b`, `k=a&k=b`, a JSON array, or one plain value. At most `LIST_ITEMS_MAX` items. */
  list(name: string): readonly string[];
  /** As `list`, every item an id. */
  ids(name: string): readonly Id[];
}

/** What one cursor page wants of its query. */
export interface PageLimits {
  /** Without `limit`. Default 20. */
  readonly default?: number;
  /** A larger `limit` gives this many. Default 40. */
  readonly max?: number;
}

export interface LinkTarget {
  /** `http://host:port` */
  readonly origin: string;
  /** Path and query as requested: `/api/v1/timelines/home?limit=5&max_id=3`. */
  readonly pathAndQuery: string;
}

/** Where a request came from, for `originOf` and the rate limit. */
export type Incoming = Pick<Request, 'headers' | 'socket'>;
