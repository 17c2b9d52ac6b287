const GIB = 2 ** 30;

/** What a task may make the agent fetch. */
export interface FetchLimits {
  /** URIs of one container. */
  readonly uris: number;
  /** Bytes that one URI has. */
  readonly uriBytes: number;
  /** Bytes that all URIs of one container have, before unpacking. */
  readonly containerBytes: number;
  /** Bytes that the archives of one container have unpacked. */
  readonly unpackedBytes: number;
  /** Files, folders and links of one container. */
  readonly files: number;
  /** For all of one container, ms. */
  readonly timeoutMs: number;
  readonly redirects: number;
}

/** Generous to artifacts, and yet an end to bombs. */
export const DEFAULT_FETCH_LIMITS: FetchLimits = {
  uris: 100,
  uriBytes: 4 * GIB,
  containerBytes: 8 * GIB,
  unpackedBytes: 16 * GIB,
  files: 200_000,
  timeoutMs: 600_000,
  redirects: 5,
};
