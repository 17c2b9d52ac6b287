import type { DiscoveryLog } from './types.js';

const FIRST_RETRY_MS = 50;
const MAX_RETRY_MS = 2_000;

/** Brings ZooKeeper (or our picture of it) to what is wanted; runs one at a time, again when poked meanwhile. */
export interface Reconciler {
  poke(): void;
  stop(): void;
}

/**
 * `work` is run when poked, and retried with a growing pause while it fails. While `ready` says no nothing is run:
 * whoever sees the connection come back pokes again.
 */
export function makeReconciler(
  name: string,
  ready: () => boolean,
  work: () => Promise<void>,
  log: DiscoveryLog,
): Reconciler {
  let running = false;
  let wanted = false;
  let stopped = false;
  let pause = FIRST_RETRY_MS;
  let timer: NodeJS.Timeout | undefined;

  const run = async (): Promise<void> => {
    running = true;
    while (wanted && !stopped && ready()) {
      wanted = false;
      try {
        await work();
        pause = FIRST_RETRY_MS;
      } catch (error) {
        wanted = true;
        if (!ready()) break;
        log.warn(
          { name, error: error instanceof Error ? error.message : String(error), retryMs: pause },
          'discovery: will try again',
        );
        timer = setTimeout(start, pause);
        pause = Math.min(MAX_RETRY_MS, pause * 2);
        break;
      }
    }
    running = false;
  };
  const start = (): void => {
    if (!running) void run();
  };
  return {
    poke: () => {
      wanted = true;
      if (stopped) return;
      clearTimeout(timer);
      start();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
