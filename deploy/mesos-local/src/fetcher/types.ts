import type { CommandInfoURI } from '@murmur/engine';

export interface FetchRequest {
  /** Exists; everything is put below it. */
  readonly sandbox: string;
  readonly uris: readonly CommandInfoURI[];
  /** Who the files are given to; null = they stay the agent's. */
  readonly user: { readonly uid: number; readonly gid: number } | null;
  readonly signal: AbortSignal;
}

/** Brings the URIs of a command into its sandbox. */
export interface Fetcher {
  /** Throws FetchError with the first URI that failed and why; what was begun of it is removed. */
  fetch(request: FetchRequest): Promise<void>;
}

export class FetchError extends Error {
  override readonly name = 'FetchError';
}
