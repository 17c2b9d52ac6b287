import type { Log, RunningService } from '@murmur/service';
import { createAdmin } from './admin/http.js';
import { loadConfig } from './config/file.js';
import { joinCluster } from './membership.js';
import type { KestrelOptions } from './options.js';
import { QueueServer } from './server.js';

export interface StartTools {
  readonly log: Log;
  /** What `/quitquitquit`, `/abortabortabort` and the command `shutdown` do; a service alone when left out. */
  readonly quit?: () => void;
  readonly abort?: () => void;
}

/** A running queue server; `port` is the admin port. */
export interface RunningKestrel extends RunningService {
  readonly memcachePort: number;
}

/** Reads the journals, then listens. Throws when the config or the queue directory cannot be used. */
export async function startKestrel(options: KestrelOptions, tools: StartTools): Promise<RunningKestrel> {
  const { log } = tools;
  const config = await loadConfig(options.config);
  const quit = tools.quit ?? ((): void => void stop());
  const server = new QueueServer({
    config,
    configFile: options.config,
    queuePath: options.queuePath,
    log,
    quit,
  });
  server.open();
  const admin = createAdmin({
    log,
    clusterKey: options.clusterKey,
    services: server.services,
    quit,
    abort: tools.abort ?? ((): void => undefined),
  });
  const memcachePort = await server.listen(options.memcachePort, options.host);
  const port = await admin.listen(options.adminPort, options.host);
  const membership = joinCluster(options, { memcache: memcachePort, admin: port }, log);
  const { status } = server.services.hub;
  membership.apply(status.current);
  status.onChange((now) => membership.apply(now));
  log.info({ memcachePort, adminPort: port, queues: server.services.hub.registry.size }, 'listening');

  async function close(): Promise<void> {
    await membership.leave();
    await server.close(options.graceMs);
    await admin.close(options.graceMs);
  }
  let stopped: Promise<void> | null = null;
  function stop(): Promise<void> {
    return (stopped ??= close());
  }
  return { port, memcachePort, stop };
}
