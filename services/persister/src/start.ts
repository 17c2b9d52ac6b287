import { connectDiscovery } from '@murmur/discovery';
import { createKestrelClient } from '@murmur/kestrel-client';
import { QUEUES } from '@murmur/model';
import { createHttp, createMetrics, type Log, type RunningService } from '@murmur/service';
import { openStore } from '@murmur/store';
import { persisterMetrics } from './metrics.js';
import type { PersisterOptions } from './options.js';
import { Persister } from './persister.js';

export interface StartTools {
  readonly log: Log;
  /** What `/quitquitquit` and `/abortabortabort` do; nothing when it is left out. */
  readonly quit?: () => void;
  readonly abort?: () => void;
}

const nothing = (): void => undefined;

/** Starts one persister process. It starts while everything else is away, and gets well by itself. */
export async function startPersister(options: PersisterOptions, tools: StartTools): Promise<RunningService> {
  const { log, quit = nothing, abort = nothing } = tools;
  const { zk, clusterPath, sessionTimeoutMs, clusterKey } = options;
  const discovery = connectDiscovery({ zk, sessionTimeoutMs, log });
  const readSet = discovery.watch(`${clusterPath}/kestrel/read`);
  const writeSet = discovery.watch(`${clusterPath}/kestrel/write`);
  const kestrel = createKestrelClient({ readSet, writeSet, log });
  const store = openStore({ url: options.mysql, log });
  const registry = createMetrics();
  const metrics = persisterMetrics(registry, () => ({
    lagSeconds: () => persister.lagSeconds(),
    queue: () => kestrel.queueStats(QUEUES.persist),
  }));
  const persister = new Persister({ kestrel, store, options, metrics, log, now: Date.now });
  const http = createHttp({
    log,
    metrics: registry,
    clusterKey,
    health: () => persister.trouble(),
    onQuit: quit,
    onAbort: abort,
  });

  async function close(): Promise<void> {
    await Promise.all([persister.stop(), http.close(options.graceMs)]);
    await kestrel.close();
    await Promise.all([store.close(), discovery.close()]);
  }
  try {
    const port = await http.listen(options.port, options.host);
    let stopped: Promise<void> | null = null;
    return { port, stop: () => (stopped ??= close()) };
  } catch (error) {
    await close();
    throw error;
  }
}
