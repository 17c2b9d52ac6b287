import { createRowCache, createVectorCache } from '@murmur/cache';
import { connectDiscovery, type Discovery } from '@murmur/discovery';
import { createKestrelClient, type KestrelClient } from '@murmur/kestrel-client';
import { WORKER_ID_MAX } from '@murmur/model';
import { authenticate } from '@murmur/public-api';
import { createHttp, createMetrics, type Log, type RunningService } from '@murmur/service';
import { openStore } from '@murmur/store';
import { accountSource } from './account-source.js';
import { addPublicRoutes } from './app.js';
import { idSource } from './ids.js';
import { ingestMetrics } from './metrics.js';
import { keepMigrating } from './migrating.js';
import type { IngestOptions } from './options.js';
import { passwords } from './passwords.js';
import type { Tools } from './tools.js';

export interface StartTools {
  readonly log: Log;
  /** Called by `/quitquitquit` and `/abortabortabort`. */
  readonly quit?: () => void;
  readonly abort?: () => void;
}

const WORKER_IDS = '/murmur/worker-ids';

/** Starts while anything it needs is away, and gets well by itself; `/health` says what is missing. */
export async function startIngest(options: IngestOptions, tools: StartTools): Promise<RunningService> {
  const { log } = tools;
  const nothing = (): void => undefined;
  const discovery = connectDiscovery({ zk: options.zk, sessionTimeoutMs: options.sessionTimeoutMs, log });
  const parts = openParts(options, discovery, log);
  const lease = discovery.lease(WORKER_IDS, WORKER_ID_MAX);
  const http = createHttp({
    log,
    metrics: parts.registry,
    clusterKey: options.clusterKey,
    health: () => problemOf(lease.current(), parts.queue.liveWriters()),
    onQuit: tools.quit ?? nothing,
    onAbort: tools.abort ?? nothing,
  });
  addPublicRoutes(
    http.app,
    { ...parts, ids: idSource(lease, Date.now), log, clusterKey: options.clusterKey, now: Date.now },
    options,
  );
  const migrating = keepMigrating(parts.store, log);
  const port = await http.listen(options.port, options.host);

  const stop = async (): Promise<void> => {
    await http.close(options.graceMs);
    await migrating.stop();
    await parts.close();
    await lease.release();
    await discovery.close();
  };
  let stopping: Promise<void> | null = null;
  return { port, stop: () => (stopping ??= stop()) };
}

/** What must be there to accept a status. MySQL and the caches need not. */
function problemOf(worker: number | null, writers: number): string | null {
  if (worker === null) return 'no worker id is leased from ZooKeeper';
  return writers === 0 ? 'no Kestrel takes writes' : null;
}

type Parts = Omit<Tools, 'ids' | 'queue' | 'log' | 'clusterKey' | 'now'> & {
  readonly queue: KestrelClient;
  readonly registry: ReturnType<typeof createMetrics>;
  readonly close: () => Promise<void>;
};

function openParts(options: IngestOptions, discovery: Discovery, log: Log): Parts {
  const registry = createMetrics();
  const hashes = passwords(options.passwordHashesMax);
  const metrics = ingestMetrics(registry, () => hashes.waiting());
  const watch = (name: string) => discovery.watch(`${options.clusterPath}/${name}`);
  const sets = [
    watch('memcached-rows'),
    watch('memcached-vectors'),
    watch('kestrel/read'),
    watch('kestrel/write'),
  ] as const;
  const [rowSet, vectorSet, readSet, writeSet] = sets;
  const lookups = (pool: 'rows' | 'vectors') => ({
    lookup: (hits: number, misses: number) => {
      metrics.lookup(pool, hits, misses);
    },
  });
  const rows = createRowCache({ serverSet: rowSet, log, hooks: lookups('rows') });
  const vectors = createVectorCache({ serverSet: vectorSet, log, hooks: lookups('vectors') });
  const queue = createKestrelClient({ readSet, writeSet, log });
  const store = openStore({ url: options.mysql, log });
  return {
    store,
    rows,
    vectors,
    queue,
    metrics,
    registry,
    accounts: accountSource(rows, store, Date.now),
    auth: authenticate({ rows, store }),
    passwords: hashes,
    close: async () => {
      await queue.close();
      rows.close();
      vectors.close();
      for (const set of sets) set.close();
      await store.close();
    },
  };
}
