import { join, resolve } from 'node:path';
import { OptionError, StartError, type Log, type ProcessHttp, type RunningService } from '@murmur/service';
import { createAdmin } from './admin/http.js';
import { loadConfig } from './config/file.js';
import type { ServerConfig } from './config/schema.js';
import { codeOf, mustTakeFiles } from './journal/make-folder.js';
import { NOT_SERVED } from './listener.js';
import { joinCluster, type Membership, type Ports } from './membership.js';
import type { KestrelOptions } from './options.js';
import type { StatusKeeper } from './queue/status-core.js';
import { QueueServer, type QueueServerOptions } from './server.js';
import { Enforcer } from './status/enforcer.js';
import { readStatus, writeStatus } from './status/file.js';

export interface StartTools {
  readonly log: Log;
  /** What `/quitquitquit`, `/abortabortabort` and the command `shutdown` do; a service alone when left out. */
  readonly quit?: () => void;
  readonly abort?: () => void;
}

/** A running queue server; `port` is the admin port. A protocol that is not served has the port -1. */
export interface RunningKestrel extends RunningService {
  readonly memcachePort: number;
  readonly textPort: number;
  readonly thriftPort: number;
  /** Reads the config file again. False: it cannot be used, and nothing has changed. */
  reload(): Promise<boolean>;
}

/**
 * Reads the journals, then listens. Rejects with an OptionError where flags or config file are wrong, with a StartError
 * where the queue directory or a port cannot be used.
 */
export async function startKestrel(options: KestrelOptions, tools: StartTools): Promise<RunningKestrel> {
  const { log } = tools;
  const config = await configOf(options);
  const quit = tools.quit ?? ((): void => void stop());
  const statusFile = statusFileOf(config, options.queuePath);
  const server = openServer(options, {
    config,
    configFile: options.config,
    queuePath: options.queuePath,
    status: () => readStatus(statusFile, config.defaultStatus, log),
    log,
    quit,
  });
  const { services } = server;
  let stopped: Promise<void> | null = null;
  const admin = createAdmin({
    log,
    clusterKey: options.clusterKey,
    services,
    leaving: () => stopped !== null,
    quit,
    abort: tools.abort ?? ((): void => undefined),
  });
  const ports = await listenAll(server, admin, options);
  const { status, registry } = services.hub;
  const enforcer = new Enforcer(status);
  status.onChange((told) => {
    log.info({ status: told }, 'the status has changed');
    writeStatus(statusFile, told, log);
  });
  const membership = joinCluster(options, ports, log);
  if (membership !== null) announce(status, membership, log);
  const { memcache: memcachePort, text: textPort, thrift: thriftPort, admin: adminPort } = ports;
  log.info(
    { memcachePort, textPort, thriftPort, adminPort, queues: registry.size, status: status.current },
    'listening',
  );

  async function close(): Promise<void> {
    await membership?.leave();
    enforcer.stop();
    await server.close(options.graceMs);
    await admin.close(options.graceMs);
  }
  function stop(): Promise<void> {
    return (stopped ??= close());
  }
  return { port: adminPort, memcachePort, textPort, thriftPort, reload: services.reload, stop };
}

/** Takes all ports that are asked for, or none. */
async function listenAll(server: QueueServer, admin: ProcessHttp, options: KestrelOptions): Promise<Ports> {
  const { host, graceMs } = options;
  try {
    return {
      memcache: await server.listen('memcache', options.memcachePort, host),
      text: await server.listen('text', options.textPort, host),
      thrift: await server.listen('thrift', options.thriftPort, host),
      admin: await admin.listen(options.adminPort, host).catch((cause: unknown) => {
        const reason = cause instanceof Error ? cause.message : String(cause);
        throw new StartError(`admin: cannot listen on ${host}:${options.adminPort}: ${reason}`, { cause });
      }),
    };
  } catch (error) {
    await server.close(graceMs);
    throw error;
  }
}

/** Takes the seats the status allows, now and at each change; a stricter status is enforced once the others are left. */
function announce(status: StatusKeeper, membership: Membership, log: Log): void {
  status.announced = true;
  void membership.apply(status.current);
  status.onChange((told) => {
    const left = (): void => status.left(told, Date.now());
    membership.apply(told).then(left, (err: unknown) => {
      log.error({ err, status: told }, 'the ServerSets could not be left');
      left();
    });
  });
}

async function configOf(options: KestrelOptions): Promise<ServerConfig> {
  const { memcachePort, textPort, thriftPort } = options;
  if (Math.max(memcachePort, textPort, thriftPort) === NOT_SERVED)
    throw new OptionError('--memcache-port, --text-port, --thrift-port: -1 is allowed for two of them only');
  try {
    return await loadConfig(options.config);
  } catch (cause) {
    throw new OptionError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function openServer(options: KestrelOptions, its: QueueServerOptions): QueueServer {
  try {
    const server = new QueueServer(its);
    mustTakeFiles(options.queuePath);
    server.open();
    return server;
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    // What making a folder fails with where a file has that name.
    const told = codeOf(cause) === 'EEXIST' ? 'it is no folder' : reason;
    throw new StartError(`--queue-path: ${options.queuePath} cannot be used: ${told}`, { cause });
  }
}

/** Where the status is kept: in the file the config names, else among the journals, where no queue can have that name. */
function statusFileOf(config: ServerConfig, queuePath: string): string {
  return config.statusFile === null ? join(queuePath, '.status') : resolve(config.statusFile);
}
