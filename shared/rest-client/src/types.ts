import type { Endpoint } from '@murmur/discovery';

export interface RestRequest {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Path and query, `/internal/...`. */
  readonly path: string;
  readonly body?: unknown;
  /** One instance instead of any of the set. */
  readonly endpoint?: Endpoint;
  readonly traceId?: string;
  readonly signal?: AbortSignal;
}

export interface RestResponse {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Calls one service: picks the less loaded of two random members, bounds requests under way, retries
 * idempotent requests on another member, carries the cluster key and the trace id.
 */
export interface RestClient {
  /** Rejects with RestUnavailable when no member answered; an HTTP error status is an answer. */
  request(request: RestRequest): Promise<RestResponse>;
  close(): Promise<void>;
}
