/** What a client can ask for, whatever the protocol. The memcache decoder makes these; the session runs them. */

export interface GetRequest {
  readonly kind: 'get';
  readonly queue: string;
  /** How long to wait for an item, ms; 0: not at all. */
  readonly timeoutMs: number;
  readonly open: boolean;
  readonly close: boolean;
  readonly abort: boolean;
  readonly peek: boolean;
}

export interface SetRequest {
  readonly kind: 'set';
  readonly queue: string;
  /** As on the wire: 0 never, below 1,000,000 seconds from now, else Unix seconds. */
  readonly expiry: number;
  readonly bytes: number;
}

export interface MonitorRequest {
  readonly kind: 'monitor';
  readonly queue: string;
  /** How long it goes on, ms. */
  readonly timeoutMs: number;
  /** Null: as many as may be open. */
  readonly max: number | null;
}

export type Request =
  | GetRequest
  | SetRequest
  | MonitorRequest
  | { readonly kind: 'confirm'; readonly queue: string; readonly count: number }
  | { readonly kind: 'delete' | 'flush' | 'flush_expired'; readonly queue: string }
  | { readonly kind: 'flush_all' }
  | { readonly kind: 'flush_all_expired' | 'stats' | 'version' | 'reload' | 'shutdown' | 'quit' }
  | { readonly kind: 'dump_stats'; readonly queues: readonly string[] }
  /** Null: asks which it is. */
  | { readonly kind: 'status'; readonly name: string | null }
  | Refusal;

/** A line that is no request: answered `CLIENT_ERROR`; a fatal one ends the connection. */
export interface Refusal {
  readonly kind: 'refuse';
  readonly fatal: boolean;
  /** Bytes of data that follow and are thrown away, -1: none follow. */
  readonly bytes: number;
}
