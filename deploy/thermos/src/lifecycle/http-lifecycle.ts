import type { Log } from '@murmur/service';
import type { LaunchPlan } from '../executor/launch-core.js';
import { exchange } from '../http.js';

/** A process that was asked to end answers within this, or has not heard, ms. */
export const SIGNAL_TIMEOUT_MS = 1_000;
const BODY_BYTES_MAX = 1_024;

/**
 * Asks the task to end: the graceful endpoint, then the other. After any HTTP answer it gets the time that its config says to
 * do so; no answer, no time. Resolves true when the task has ended, false when it must be made to. Never rejects.
 */
export async function askToEnd(
  { port, http }: NonNullable<LaunchPlan['lifecycle']>,
  ended: Promise<unknown>,
  options: { readonly waitMsMax: () => number; readonly log: Log },
): Promise<boolean> {
  const steps = [
    [http.graceful_shutdown_endpoint, http.graceful_shutdown_wait_secs],
    [http.shutdown_endpoint, http.shutdown_wait_secs],
  ] as const;
  for (const [path, waitSecs] of steps) {
    const left = options.waitMsMax();
    if (left <= 0) return false;
    const timeoutMs = Math.min(SIGNAL_TIMEOUT_MS, left);
    const answer = await exchange({
      method: 'POST',
      port,
      path,
      timeoutMs,
      bodyBytesMax: BODY_BYTES_MAX,
    }).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    if (typeof answer === 'string') {
      options.log.info({ port, path, reason: answer }, 'lifecycle: no answer');
      continue;
    }
    options.log.info({ port, path, status: answer.status, waitSecs }, 'lifecycle: asked to end');
    if (await within(ended, Math.min(waitSecs * 1_000, options.waitMsMax()))) return true;
  }
  return false;
}

/** Whether it settles within the time. */
export async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, ms));
  });
  const done = promise.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([done, late]);
  } finally {
    clearTimeout(timer);
  }
}
