import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@murmur/service';
import type { Store } from '@murmur/store';

/** Between two tries while MySQL is away, ms. */
const RETRY_MS = 1_000;

/** Migrates in the background until it has worked once; the process starts meanwhile. */
export function keepMigrating(store: Pick<Store, 'migrate'>, log: Log): { stop(): Promise<void> } {
  const stopped = new AbortController();
  const run = async (): Promise<void> => {
    for (let tries = 1; !stopped.signal.aborted; tries++) {
      try {
        await store.migrate();
        return;
      } catch (err) {
        if (tries === 1) log.warn({ err }, 'the database cannot be migrated yet');
        await sleep(RETRY_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
      }
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopped.abort();
      await running;
    },
  };
}
