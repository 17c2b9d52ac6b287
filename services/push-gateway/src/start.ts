/** A gateway among the others: ZooKeeper, Kestrel, timeline, caches and MySQL around `gateway.ts`. */
import { randomUUID } from 'node:crypto';
import { createRowCache } from '@murmur/cache';
import { connectDiscovery } from '@murmur/discovery';
import { createKestrelClient } from '@murmur/kestrel-client';
import { pushQueue } from '@murmur/model';
import { apiErrors, authenticate } from '@murmur/public-api';
import { createRestClient } from '@murmur/rest-client';
import { createHttp, createMetrics, type Log, type RunningService } from '@murmur/service';
import { openStore } from '@murmur/store';
import { createGateway, type Gateway } from './gateway.js';
import type { GatewayOptions } from './options.js';
import { askTimeline } from './timeline.js';

/** Items of the push queue open at a time on one Kestrel; the next half arrives while one half is written. */
const BATCH_MAX = 512;
/** How long one monitor of the push queue lasts; confirms go out at its end, ms. */
const MONITOR_MS = 1_000;
/** A batch never fails; if it does, it comes again after this, ms. */
const RETRY_DELAY_MS = 500;
/** How often it is looked whether a Kestrel came or went, ms. */
const LOOK_EVERY_MS = 500;
/** The part of the grace time that sending readers away may take. */
const DRAIN_PART = 0.7;

export interface Tools {
  readonly log: Log;
  readonly quit?: () => void;
  readonly abort?: () => void;
}

const nothing = (): void => undefined;

/** Resolves when it listens; what it needs may be away. `stop` takes `graceMs` at the most. */
export async function startPushGateway(options: GatewayOptions, tools: Tools): Promise<RunningService> {
  const { log } = tools;
  const around = connectAround(options, log);
  const metrics = createMetrics();
  let gateway: Gateway | null = null;
  let stopped: Promise<void> | null = null;
  const http = createHttp({
    log,
    metrics,
    clusterKey: options.clusterKey,
    health: () => problemOf(gateway),
    onQuit: tools.quit ?? nothing,
    onAbort: tools.abort ?? nothing,
  });
  const { kestrel, store, rows, rest, fanouts } = around;
  const queue = pushQueue(options.instance);
  const auth = authenticate({ rows, store });
  const running = createGateway(options, {
    http,
    metrics,
    log,
    resolveToken: (token) => auth.resolveToken(token),
    askHome: askTimeline(rest),
    put: (name, payload) => kestrel.put(name, payload),
    queueStats: () => kestrel.queueStats(queue),
    newEpoch: randomUUID,
    now: () => Date.now(),
  });
  gateway = running;
  http.app.use(...apiErrors({ log }));
  fanouts.onChange(() => running.sweep());
  const port = await http.listen(options.port, options.host);
  const consumer = kestrel.consume({
    queue,
    batchMax: BATCH_MAX,
    monitorMs: MONITOR_MS,
    retryDelayMs: RETRY_DELAY_MS,
    handle: (batch) => running.deliver(batch),
  });
  const stopWatching = onChangeOf(
    () => consumer.liveServers(),
    () => running.sweep(),
  );
  const stop = async (): Promise<void> => {
    stopWatching();
    const drained = running.drain(options.graceMs * DRAIN_PART);
    const closed = http.close(options.graceMs * DRAIN_PART);
    await drained;
    await closed;
    await Promise.all([running.stop(), consumer.stop()]);
    await around.close();
  };
  return { port, stop: () => (stopped ??= stop()) };
}

/** A Kestrel that is lost takes its push queues along, which are in memory only: what was in them is in the homes. */
function onChangeOf(count: () => number, changed: () => void): () => void {
  let before = count();
  const timer = setInterval(() => {
    const now = count();
    if (now !== before && before > 0) changed();
    before = now;
  }, LOOK_EVERY_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
  };
}

/** Once it has worked, a Kestrel that is away is no reason to send readers elsewhere: they would find the same. */
function problemOf(gateway: Gateway | null): string | null {
  if (gateway === null || !gateway.published()) return 'presence has not been published: no Kestrel yet';
  return gateway.draining() ? 'draining' : null;
}

function connectAround(options: GatewayOptions, log: Log) {
  const { zk, sessionTimeoutMs, clusterPath, clusterKey } = options;
  const discovery = connectDiscovery({ zk, sessionTimeoutMs, log });
  const watch = (name: string) => discovery.watch(`${clusterPath}/${name}`);
  const kestrel = createKestrelClient({
    readSet: watch('kestrel/read'),
    writeSet: watch('kestrel/write'),
    log,
  });
  const rest = createRestClient({ serverSet: watch('timeline'), clusterKey, name: 'timeline', log });
  const rows = createRowCache({ serverSet: watch('memcached-rows'), log });
  const store = openStore({ url: options.mysql, log });
  return {
    kestrel,
    rest,
    rows,
    store,
    fanouts: watch('fanout'),
    close: async (): Promise<void> => {
      await Promise.all([kestrel.close(), rest.close(), store.close()]);
      rows.close();
      await discovery.close();
    },
  };
}
