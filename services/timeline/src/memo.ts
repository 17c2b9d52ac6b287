/**
 * One value that may be a little old. It is loaded at most once per `ttlMs`, whoever asks; when loading
 * fails the old value stays, and the next attempt waits for `ttlMs` too.
 */
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
      if (now() >= dueAtMs) await (loading ??= refresh());
      return value;
    },
  };
}
