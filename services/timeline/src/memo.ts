/**
 * One value that may be a little old. It is loaded at most once per `ttlMs`, whoever asks; when loading
 * fails the old value stays, and the next attempt waits for `ttlMs` too. A source that is there but silent holds
 * up only who found the value too old, and that one not for long.
 */
import { setTimeout as after } from 'node:timers/promises';

export interface Memo<T> {
  /** Null when it has never been loaded. */
  get(): Promise<T | null>;
}

export interface MemoOptions<T> {
  readonly load: () => Promise<T>;
  readonly ttlMs: number;
  /** Unix ms. */
  readonly now: () => number;
  readonly onError: (error: unknown) => void;
}

/** How long a fresh value is waited for where there is an old one, ms. */
export const REFRESH_WAIT_MS = 200;

export function memo<T>({ load, ttlMs, now, onError }: MemoOptions<T>): Memo<T> {
  let value: T | null = null;
  let dueAtMs = 0;
  let loading: Promise<void> | null = null;
  const refresh = async (): Promise<void> => {
    try {
      value = await load();
    } catch (error) {
      onError(error);
    } finally {
      dueAtMs = now() + ttlMs;
      loading = null;
    }
  };
  return {
    get: async () => {
      if (now() < dueAtMs) return value;
      if (value === null) {
        await (loading ??= refresh());
      } else if (loading === null) {
        const enough = new AbortController();
        loading = refresh();
        const waited = after(REFRESH_WAIT_MS, undefined, { signal: enough.signal }).catch(() => undefined);
        await Promise.race([loading, waited]);
        enough.abort();
      }
      return value;
    },
  };
}
