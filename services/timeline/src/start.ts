import { createRowCache, createVectorCache } from '@murmur/cache';
import { connectDiscovery } from '@murmur/discovery';
import { createHttp, createMetrics, type Log, type RunningService } from '@murmur/service';
import { openStore } from '@murmur/store';
import { mountApi } from './api.js';
import { timelineMetrics } from './metrics.js';
import type { TimelineOptions } from './options.js';

export interface StartTools {
  readonly log: Log;
  /** What `/quitquitquit` and `/abortabortabort` do; nothing when it is left out. */
  readonly quit?: () => void;
  readonly abort?: () => void;
}

const nothing = (): void => undefined;

/** Starts one timeline process. It starts while everything else is away, and gets well by itself. */
export async function startTimeline(options: TimelineOptions, tools: StartTools): Promise<RunningService> {
  const { log, quit = nothing, abort = nothing } = tools;
  const { zk, clusterPath, sessionTimeoutMs } = options;
  const metrics = createMetrics();
  const measure = timelineMetrics(metrics);
  const discovery = connectDiscovery({ zk, sessionTimeoutMs, log });
  const pools = {
    rows: discovery.watch(`${clusterPath}/memcached-rows`),
    vectors: discovery.watch(`${clusterPath}/memcached-vectors`),
  };
  const hooks = (pool: 'rows' | 'vectors') => ({
    lookup: (hits: number, misses: number) => {
      measure.lookup(pool, hits, misses);
    },
  });
  const rowCache = createRowCache({ serverSet: pools.rows, log, hooks: hooks('rows') });
  const vectorCache = createVectorCache({ serverSet: pools.vectors, log, hooks: hooks('vectors') });
  const store = openStore({ url: options.mysql, log });

  // Once they are known, caches that go away make reads slower, not impossible.
  let known = false;
  const health = (): string | null => {
    known ||= pools.rows.members().length > 0 && pools.vectors.members().length > 0;
    return known ? null : 'no memcached is known yet';
  };
  const { clusterKey } = options;
  const http = createHttp({ log, metrics, clusterKey, health, onQuit: quit, onAbort: abort });
  mountApi(http.app, { ...options, log, metrics: measure, rowCache, vectorCache, store, now: Date.now });

  const closeAll = async (): Promise<void> => {
    rowCache.close();
    vectorCache.close();
    await Promise.all([store.close(), discovery.close()]);
  };
  let stopped: Promise<void> | null = null;
  try {
    const port = await http.listen(options.port, options.host);
    return { port, stop: () => (stopped ??= http.close(options.graceMs).then(closeAll)) };
  } catch (error) {
    await closeAll();
    throw error;
  }
}
