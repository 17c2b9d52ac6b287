import { setTimeout as sleep } from 'node:timers/promises';

/** Long enough for a slow machine: a wait ends as soon as its condition holds, so only failures take this long. */
export const DEFAULT_WAIT_MS = 20_000;
const DEFAULT_EVERY_MS = 20;

export interface WaitOptions {
  /** Named in the error. */
  readonly what: string;
  readonly timeoutMs?: number;
  readonly everyMs?: number;
}

/**
 * Waits until `condition` gives something truthy, and returns that. A condition that throws does not hold yet.
 * Throws after `timeoutMs`, naming `what` and the condition's last error.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { what, timeoutMs = DEFAULT_WAIT_MS, everyMs = DEFAULT_EVERY_MS }: WaitOptions,
): Promise<Exclude<T, false | null | undefined>> {
  const deadline = Date.now() + timeoutMs;
  let last: unknown = null;
  for (;;) {
    try {
      const value = await condition();
      if (Boolean(value)) return value as Exclude<T, false | null | undefined>;
      last = null;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= deadline) {
      const reason = last instanceof Error ? `: ${last.message}` : '';
      throw new Error(`waited ${String(timeoutMs)} ms for ${what}${reason}`);
    }
    await sleep(everyMs);
  }
}
