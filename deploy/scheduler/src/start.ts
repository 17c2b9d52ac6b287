import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createHttp, createMetrics, StartError, type Log, type RunningService } from '@murmur/service';
import { steadyClock } from './clock-core.js';
import { addApi, openAuth } from './http/index.js';
import { contend } from './leader.js';
import { schedulerMetrics } from './metrics.js';
import { settingsOf, type SchedulerFlags } from './options.js';
import { Term } from './term.js';

export interface StartTools {
  readonly log: Log;
  /** What `/quitquitquit` and `/abortabortabort` do; nothing when it is left out. */
  readonly quit?: () => void;
  readonly abort?: () => void;
  /** It led and lost the lead. */
  readonly onLost?: () => void;
  /** It cannot go on: the log failed, or the engine ended its registration. */
  readonly onFailure?: (error: Error) => void;
}

const nothing = (): void => undefined;

const VERSION = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }
).version;

/**
 * Starts a scheduler: it listens, contends for leadership, and once elected reads its log and registers at the engine. Rejects with
 * OptionError for a value that is not allowed, StartError when it cannot listen or a file cannot be used.
 */
export async function startScheduler(flags: SchedulerFlags, tools: StartTools): Promise<RunningService> {
  const { log, quit = nothing, abort = nothing, onLost = nothing, onFailure = nothing } = tools;
  const settings = settingsOf(flags);
  const now = steadyClock(Date.now, () => performance.now());
  const registry = createMetrics();
  const metrics = schedulerMetrics(registry);
  const auth = await openAuth({
    file: flags.authFile === '' ? null : flags.authFile,
    insecure: flags.insecure,
    log,
  });
  // Nobody else has this key: the lifecycle endpoints are for this machine alone.
  const clusterKey = randomUUID();
  const health = (): string | null => null;
  const http = createHttp({ log, metrics: registry, clusterKey, health, onQuit: quit, onAbort: abort });
  let term: Term | null = null;
  let leading: ReturnType<typeof contend> | null = null;
  const api = addApi(http.app, {
    backend: () => term?.backend() ?? null,
    leadership: () => ({ leads: leading?.leads() ?? false, leaderUrl: leading?.leaderUrl() ?? null }),
    cluster: flags.clusterName,
    version: VERSION,
    auth,
    overhead: settings.executor.overhead,
    log,
    metrics: registry,
    now,
    vars: () => metrics.vars(),
  });
  const port = await http.listen(flags.port, flags.ip).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`--ip, --port: cannot listen on ${flags.ip}:${String(flags.port)}: ${reason}`);
  });
  const host = settings.hostname;
  const elected = new Term({
    ...{ flags, settings, log, metrics, version: VERSION, startedAt: now(), now },
    url: `http://${host}:${String(port)}`,
    onRegistered: () => leading?.announce(),
    onFatal: onFailure,
  });
  const contending = contend({
    ...{ zk: settings.zk, sessionTimeoutMs: flags.zkSessionTimeoutMs, serversetPath: flags.serversetPath },
    ...{ host, port, log },
    onElected: () => {
      log.info({ host, port }, 'elected as the leading scheduler');
      term = elected;
      elected.begin().catch((error: unknown) => {
        onFailure(new Error('the log cannot be read', { cause: error }));
      });
    },
    onLost: () => {
      log.error({}, 'lost the lead');
      onLost();
    },
  });
  leading = contending;
  const close = async (): Promise<void> => {
    api.close();
    auth.close();
    await term?.end();
    await contending.close();
    await http.close(flags.graceMs);
  };
  let stopped: Promise<void> | null = null;
  return { port, stop: () => (stopped ??= close()) };
}
