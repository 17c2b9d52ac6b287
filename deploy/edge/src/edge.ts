import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { connectDiscovery } from '@murmur/discovery';
import { createHttp, createMetrics, type Log, type RunningService } from '@murmur/service';
import { BACKENDS, renderConfig, type Backend } from './config-core.js';
import { superviseHaproxy } from './haproxy.js';
import { edgeMetrics } from './metrics.js';
import { makePools } from './pools.js';
import { askHaproxy, commandHaproxy } from './runtime.js';
import type { EdgeOptions } from './options.js';

/** The kernel's bound on the path of a socket is 108 bytes, and HAProxy binds a temporary name first. */
export const RUN_PATH_MAX = 90;
/** The first configuration should already hold the members; without ZooKeeper it does not. */
const FIRST_READ_MS = 2_000;
/** Between the end of HAProxy's grace and ours. */
const GRACE_SHARE = 0.8;

export interface EdgeTools {
  readonly log: Log;
  readonly quit?: () => void;
  readonly abort?: () => void;
}

/** Starts HAProxy and keeps its servers as the ServerSets say. Resolves when the edge's own HTTP side listens. */
export async function startEdge(
  options: EdgeOptions,
  { log, quit, abort }: EdgeTools,
): Promise<RunningService> {
  const folder = await runFolder(options.runPath);
  const socketPath = join(folder.path, 'haproxy.sock');
  const configPath = join(folder.path, 'haproxy.cfg');
  const discovery = connectDiscovery({ zk: options.zk, sessionTimeoutMs: options.sessionTimeoutMs, log });
  const watch = (backend: Backend) => discovery.watch(`${options.clusterPath}/${backend}`);
  const sets = {
    ingest: watch('ingest'),
    timeline: watch('timeline'),
    'push-gateway': watch('push-gateway'),
  };
  const read = Promise.all(BACKENDS.map((backend) => sets[backend].ready(FIRST_READ_MS)));
  await read.catch(() => log.warn({ zk: options.zk }, 'ZooKeeper is away; starting without servers'));

  const metrics = createMetrics();
  const counters = edgeMetrics(metrics, () => askHaproxy(socketPath, 'show stat'));
  const pools = makePools({
    slotCount: options.slots,
    sets,
    send: (commands) => commandHaproxy(socketPath, commands),
    metrics: counters,
    log,
  });
  const haproxy = superviseHaproxy({
    program: options.haproxy,
    configPath,
    socketPath,
    log,
    writeConfig: () =>
      writeFile(configPath, renderConfig({ ...options, socketPath }, pools.configured()), { mode: 0o600 }),
    onStarted: () => pools.sync(),
    onDied: () => counters.restarts(),
  });
  const http = createHttp({
    log,
    metrics,
    clusterKey: options.clusterKey,
    health: () => (haproxy.running() ? null : 'HAProxy is not running'),
    onQuit: quit ?? (() => undefined),
    onAbort: abort ?? (() => undefined),
  });
  const port = await http.listen(options.port, options.host);

  const stop = async (): Promise<void> => {
    pools.close();
    await haproxy.stop(options.graceMs * GRACE_SHARE);
    await Promise.all([http.close(options.graceMs), discovery.close()]);
    await folder.remove();
  };
  let stopped: Promise<void> | null = null;
  return { port, stop: () => (stopped ??= stop()) };
}

async function runFolder(runPath: string): Promise<{ path: string; remove: () => Promise<void> }> {
  if (runPath === '') {
    const path = await mkdtemp(join(tmpdir(), 'murmur-edge-'));
    return { path, remove: () => rm(path, { recursive: true, force: true }) };
  }
  const path = resolve(runPath);
  if (path.length > RUN_PATH_MAX) {
    throw new Error(
      `--run-path: "${path}" has ${path.length} characters, allowed are ${RUN_PATH_MAX}: a socket lies below it`,
    );
  }
  await mkdir(path, { recursive: true, mode: 0o700 });
  return { path, remove: () => Promise.resolve() };
}
