import { rm, writeFile } from 'node:fs/promises';
import { createHttp, createMetrics, type Log, type RunningService } from '@murmur/service';
import { addAdminRoutes, type SuiteStatus } from './admin.js';
import { agentsAreEmpty, cleanUpAgents } from './clean-up.js';
import { agentSpecs, masterSpec, schedulerSpec } from './cluster.js';
import { layOut, type Layout } from './files.js';
import { allRun, createJobs, type Jobs } from './jobs.js';
import { takeLock } from './lock.js';
import { planOf } from './plan.js';
import { bindingsOf, publicUrl, schedulerUrl, writeClusters, writeServiceEnvironment } from './profile.js';
import { Runner } from './runner.js';
import { mariadbSpec, zookeeperSpec } from './servers.js';
import { portOf, type Plan, type TaskSpec } from './specs.js';
import type { LocalOptions } from './options.js';

const BYTES_PER_MB = 1024 * 1024;
const STOP_POLL_MS = 20;

export interface Suite extends RunningService {
  readonly publicUrl: string;
  readonly clusterKey: string;
  status(): Promise<SuiteStatus>;
}

/**
 * Starts what jobs run on (ZooKeeper, MariaDB, a master, three agents, a scheduler) in the folder `options.data`, and starts again what
 * dies. Resolves when the launcher runs, not when all is healthy: `GET /status` on the port in `<data>/launcher.json` tells that.
 * Jobs are submitted by somebody else; those of an earlier launcher are found again. `stop` ends the jobs, too.
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
  const environmentChanged = await writeServiceEnvironment(plan);
  await writeClusters(plan);
  const jobs = createJobs(schedulerUrl(plan), plan.schedulerToken, log);
  const runners = startRunners(plan, log);
  const status = async (): Promise<SuiteStatus> => {
    const tasks = [...runners.values()].map((runner) => runner.status());
    const known = await jobs.status();
    return {
      healthy: tasks.every((task) => task.state === 'healthy') && allRun(known),
      pid: process.pid,
      publicUrl: publicUrl(plan),
      schedulerUrl: schedulerUrl(plan),
      bindings: bindingsOf(plan),
      environmentChanged,
      tasks,
      jobs: known,
    };
  };
  const healthy = (): boolean => [...runners.values()].every((runner) => runner.phase === 'healthy');
  const http = createHttp({
    log,
    metrics: createMetrics(),
    clusterKey: plan.clusterKey,
    health: () => (healthy() ? null : 'not every process is healthy'),
    onQuit: quit,
    onAbort: () => process.exit(1),
  });
  addAdminRoutes(http.app, { clusterKey: plan.clusterKey, runners, status });
  const port = await http.listen(portOf(plan, 'admin'), '127.0.0.1');
  const about = layout.of('launcher.json');
  await writeFile(about, `${JSON.stringify(aboutOf(plan, port), null, 2)}\n`);

  const stop = async (): Promise<void> => {
    await stopAll(plan, [...runners.values()], jobs, log);
    await Promise.all([http.close(0), ...[...runners.values()].map((runner) => runner.close())]);
    await rm(about, { force: true });
    await unlock();
  };
  let stopped: Promise<void> | null = null;
  return {
    port,
    publicUrl: publicUrl(plan),
    clusterKey: plan.clusterKey,
    status,
    stop: () => (stopped ??= stop()),
  };
}

function startRunners(plan: Plan, log: Log): ReadonlyMap<string, Runner> {
  const specs = [
    zookeeperSpec(plan),
    mariadbSpec(plan, log),
    masterSpec(plan),
    ...agentSpecs(plan),
    schedulerSpec(plan),
  ];
  const runners = new Map<string, Runner>();
  const start = (spec: TaskSpec): Runner =>
    new Runner({
      spec,
      logs: plan.layout.logs,
      logMaxBytes: plan.options.logMaxMb * BYTES_PER_MB,
      log,
      canStart: () => spec.needs.every((name) => runners.get(name)?.wasHealthy === true),
    });
  for (const spec of specs) runners.set(spec.name, start(spec));
  return runners;
}

/** What a client needs to find its way, in `launcher.json`. */
function aboutOf(plan: Plan, port: number): object {
  return {
    pid: process.pid,
    admin: `http://127.0.0.1:${port}`,
    publicUrl: publicUrl(plan),
    schedulerUrl: schedulerUrl(plan),
    zk: `127.0.0.1:${portOf(plan, 'zookeeper')}`,
  };
}

/** The jobs while everything that ends them is there; then the infrastructure in its turns; then what jobs have left behind. */
async function stopAll(plan: Plan, runners: readonly Runner[], jobs: Jobs, log: Log): Promise<void> {
  const canKill = runners.every(({ spec, phase }) => spec.turn > 2 || phase === 'healthy');
  const ended = canKill && (await jobs.killAll()) && (await agentsAreEmpty(plan));
  for (const turn of [0, 1, 2, 3]) {
    const now = runners.filter(({ spec }) => spec.turn === turn);
    for (const runner of now) runner.dispatch({ type: 'stop' });
    while (now.some(({ phase }) => phase !== 'stopped'))
      await new Promise((resolve) => setTimeout(resolve, STOP_POLL_MS));
    if (turn === 1 && !ended)
      await cleanUpAgents(plan, log).catch((err: unknown) => log.error({ err }, 'clean-up'));
  }
}
