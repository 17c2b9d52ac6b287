/** What a cache write may take after a status is accepted, ms: the author waits for it, and it is only a cache. */
export const CACHE_WRITE_MS = 250;

/** True when `work` came to true in time. Never rejects; work that is late goes on by itself. */
export async function withinMs(work: Promise<boolean>, ms = CACHE_WRITE_MS): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, ms, false);
  });
  try {
    return await Promise.race([work, late]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
