import { rm, writeFile } from 'node:fs/promises';
import { connectDiscovery } from '@murmur/discovery';
import { createHttp, createMetrics, type Log, type RunningService } from '@murmur/service';
import { addAdminRoutes, type SuiteStatus } from './admin.js';
import { isFree, layOut, portsIn, secretIn, type Layout } from './files.js';
import { takeLock } from './lock.js';
import { Runner } from './runner.js';
import { mariadbSpec, memcachedSpecs, zookeeperSpec } from './servers.js';
import { edgeSpec, kestrelSpecs, publicUrl, serviceSpecs } from './services.js';
import { portNames, portOf, type Plan, type TaskSpec } from './specs.js';
import type { LocalOptions } from './options.js';

const BYTES_PER_MB = 1024 * 1024;
const SESSION_TIMEOUT_MS = 30_000;
const STOP_POLL_MS = 20;

export interface Suite extends RunningService {
  readonly publicUrl: string;
  readonly clusterKey: string;
  status(): SuiteStatus;
}

/**
 * Starts every process of the suite in the folder `options.data`, and starts again what dies. Resolves when the launcher
 * runs, not when all is healthy: `GET /status` on the port in `<data>/launcher.json` tells that.
 */
export async function startLocal(
  options: LocalOptions,
  { log, quit }: { log: Log; quit?: () => void },
): Promise<Suite> {
  const layout = await layOut(options.data);
  const unlock = await takeLock(layout.of('launcher.pid'));
  try {
    return await startLocked(options, layout, log, quit ?? (() => undefined), unlock);
  } catch (error) {
    await unlock();
    throw error;
  }
}

async function startLocked(
  options: LocalOptions,
  layout: Layout,
  log: Log,
  quit: () => void,
  unlock: () => Promise<void>,
): Promise<Suite> {
  const plan = await planOf(options, layout);
  const specs = [
    zookeeperSpec(plan),
    mariadbSpec(plan, log),
    ...memcachedSpecs(plan),
    ...kestrelSpecs(plan),
    ...serviceSpecs(plan),
    edgeSpec(plan),
  ];
  const zk = `127.0.0.1:${portOf(plan, 'zookeeper')}`;
  const discovery = connectDiscovery({ zk, sessionTimeoutMs: SESSION_TIMEOUT_MS, log });
  const runners = new Map<string, Runner>();
  const start = (spec: TaskSpec): Runner =>
    new Runner({
      spec,
      discovery,
      logs: layout.logs,
      logMaxBytes: options.logMaxMb * BYTES_PER_MB,
      log,
      canStart: () => spec.needs.every((name) => runners.get(name)?.wasHealthy === true),
      onChange: () => undefined,
    });
  for (const spec of specs) runners.set(spec.name, start(spec));

  const status = (): SuiteStatus => {
    const tasks = [...runners.values()].map((runner) => runner.status());
    return {
      healthy: tasks.every((task) => task.state === 'healthy'),
      pid: process.pid,
      publicUrl: publicUrl(plan),
      tasks,
    };
  };
  const { clusterKey } = plan;
  const health = (): string | null => (status().healthy ? null : 'not every task is healthy');
  const http = createHttp({
    log,
    metrics: createMetrics(),
    clusterKey,
    health,
    onQuit: quit,
    onAbort: () => process.exit(1),
  });
  addAdminRoutes(http.app, { clusterKey, runners, status });
  const port = await http.listen(portOf(plan, 'admin'), '127.0.0.1');
  const about = layout.of('launcher.json');
  await writeFile(
    about,
    `${JSON.stringify({ pid: process.pid, admin: `http://127.0.0.1:${port}`, publicUrl: publicUrl(plan), zk }, null, 2)}\n`,
  );

  const stop = async (): Promise<void> => {
    await stopAll([...runners.values()]);
    await Promise.all([
      discovery.close(),
      http.close(0),
      ...[...runners.values()].map((runner) => runner.close()),
    ]);
    await rm(about, { force: true });
    await unlock();
  };
  let stopped: Promise<void> | null = null;
  return { port, publicUrl: publicUrl(plan), clusterKey, status, stop: () => (stopped ??= stop()) };
}

async function planOf(options: LocalOptions, layout: Layout): Promise<Plan> {
  const ports = await portsIn(layout.of('ports.json'), portNames(options.instances), Math.random);
  const publicPort = options.port === 0 ? (ports.get('public') ?? 0) : options.port;
  if (!(await isFree(publicPort, options.host)))
    throw new Error(`--port: ${options.host}:${publicPort} is taken by another process`);
  const dbPassword = await secretIn(layout.of('db-password'));
  return {
    options,
    layout,
    ports,
    publicPort,
    clusterKey: await secretIn(layout.of('cluster-key')),
    dbPassword,
    mysqlUrl: `mysql://murmur:${dbPassword}@127.0.0.1:${ports.get('mariadb') ?? 0}/murmur`,
  };
}

/** In waves: what takes requests first, what everybody needs last. */
async function stopAll(runners: readonly Runner[]): Promise<void> {
  const wave = (spec: TaskSpec): number => {
    if (spec.name === 'edge') return 0;
    if (spec.name.startsWith('kestrel') || spec.name.startsWith('memcached')) return 2;
    return spec.needs.length === 0 ? 3 : 1;
  };
  for (const turn of [0, 1, 2, 3]) {
    const now = runners.filter((runner) => wave(runner.spec) === turn);
    for (const runner of now) runner.dispatch({ type: 'stop' });
    while (now.some((runner) => runner.phase !== 'stopped'))
      await new Promise((resolve) => setTimeout(resolve, STOP_POLL_MS));
  }
}
