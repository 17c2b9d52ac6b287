import { createRowCache, createVectorCache, sweepMovedKeys } from '@murmur/cache';
import { connectDiscovery } from '@murmur/discovery';
import { createKestrelClient, type KestrelConsumer } from '@murmur/kestrel-client';
import { QUEUES } from '@murmur/model';
import { createRestClient } from '@murmur/rest-client';
import { createHttp, createMetrics, type Log, type RunningService } from '@murmur/service';
import { openStore } from '@murmur/store';
import { createBatchHandler } from './batch.js';
import { fanoutGauges, fanoutMetrics } from './metrics.js';
import type { FanoutOptions } from './options.js';
import { FIRST_SNAPSHOTS_WAIT_MS, PresenceFeed } from './presence.js';
import { Presence } from './presence-core.js';
import { RetryBook } from './retry-core.js';

export interface StartTools {
  readonly log: Log;
  /** What `/quitquitquit` and `/abortabortabort` do; nothing when it is left out. */
  readonly quit?: () => void;
  readonly abort?: () => void;
}

/** A batch that could not be put back comes again after this, ms. */
const BATCH_RETRY_MS = 500;
const nothing = (): void => undefined;

/** Starts one fan-out process. It starts while everything else is away, and gets well by itself. */
export async function startFanout(options: FanoutOptions, tools: StartTools): Promise<RunningService> {
  const { log, quit = nothing, abort = nothing } = tools;
  const { clusterKey } = options;
  const registry = createMetrics();
  const metrics = fanoutMetrics(registry);
  const parts = connect(options, log, metrics);
  const { kestrel, rows, vectors, store, presence, feed, book } = parts;
  fanoutGauges(registry, {
    accounts: () => presence.accounts,
    gateways: () => presence.gateways.length,
    waiting: () => book.size,
    queue: () => kestrel.queueStats(QUEUES.fanout),
  });
  const { materialiseFollowersMax } = options;
  const ports = { kestrel, rows, vectors, store, presence, book, metrics, materialiseFollowersMax };
  const handle = createBatchHandler({ ...ports, log, now: Date.now });

  let consumer: KestrelConsumer | null = null;
  let stopping = false;
  const health = (): string | null => {
    if (consumer === null) return 'waiting for the presence of the gateways';
    return consumer.liveServers() > 0 ? null : 'no Kestrel to read from';
  };
  const http = createHttp({ log, metrics: registry, clusterKey, health, onQuit: quit, onAbort: abort });
  const begin = async (): Promise<void> => {
    // Events that come before the vector pool is known would only go round.
    await Promise.all([feed.start(), parts.vectorsKnown()]);
    if (stopping) return;
    const { batchMax, monitorMs } = options;
    consumer = kestrel.consume({
      queue: QUEUES.fanout,
      batchMax,
      monitorMs,
      retryDelayMs: BATCH_RETRY_MS,
      handle,
    });
  };
  let begun: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    stopping = true;
    await Promise.all([consumer?.stop(), feed.stop(), http.close(options.graceMs)]);
    await begun;
    await parts.close();
  };
  try {
    const port = await http.listen(options.port, options.host);
    begun = begin();
    let stopped: Promise<void> | null = null;
    return { port, stop: () => (stopped ??= close()) };
  } catch (error) {
    await parts.close();
    throw error;
  }
}

function connect(options: FanoutOptions, log: Log, metrics: ReturnType<typeof fanoutMetrics>) {
  const { zk, clusterPath, sessionTimeoutMs, clusterKey, instance } = options;
  const discovery = connectDiscovery({ zk, sessionTimeoutMs, log });
  const watch = (path: string) => discovery.watch(`${clusterPath}/${path}`);
  const gateways = watch('push-gateway');
  const kestrel = createKestrelClient({
    readSet: watch('kestrel/read'),
    writeSet: watch('kestrel/write'),
    log,
  });
  const rest = createRestClient({ serverSet: gateways, clusterKey, name: 'push-gateway', log });
  const pools = { rows: watch('memcached-rows'), vectors: watch('memcached-vectors') };
  const sweepers = (['rows', 'vectors'] as const).map((pool) =>
    sweepMovedKeys({
      serverSet: pools[pool],
      log,
      onSwept: (keys) => {
        metrics.movedKeys.inc({ pool }, keys);
      },
    }),
  );
  const rows = createRowCache({ serverSet: pools.rows, log });
  const vectors = createVectorCache({
    serverSet: pools.vectors,
    log,
    hooks: {
      lookup: (hits, misses) => {
        metrics.cacheLookups.inc({ result: 'hit' }, hits);
        metrics.cacheLookups.inc({ result: 'miss' }, misses);
      },
    },
  });
  const store = openStore({ url: options.mysql, log });
  const presence = new Presence();
  const feed = new PresenceFeed({ presence, gateways, rest, kestrel, instance, metrics, log });
  const close = async (): Promise<void> => {
    await kestrel.close();
    await Promise.all(sweepers.map((sweeper) => sweeper.close()));
    rows.close();
    vectors.close();
    await Promise.all([rest.close(), store.close()]);
    await discovery.close();
  };
  const vectorsKnown = () => pools.vectors.ready(FIRST_SNAPSHOTS_WAIT_MS).catch(nothing);
  return { kestrel, rows, vectors, store, presence, feed, book: new RetryBook(), vectorsKnown, close };
}
