/** What a cache write may take after a status is accepted, ms: the author waits for it, and it is only a cache. */
export const CACHE_WRITE_MS = 250;

/** True when `work` came to true in time. Never rejects; work that is late goes on by itself. */
export function withinMs(work: Promise<boolean>, ms = CACHE_WRITE_MS): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms, false);
    const settle = (done: boolean): void => {
      clearTimeout(timer);
      resolve(done);
    };
    work.then(settle, () => settle(false));
  });
}
