import { randomUUID } from 'node:crypto';
import type { MasterInfo } from '@murmur/engine';
import { createMetrics, type Log, type Metrics, type RunningService } from '@murmur/service';
import { textAnswer, type HttpAnswer } from '../http/answer.js';
import { createServer, type MesosServer } from '../http/server.js';
import { listenAt } from '../options/listen.js';
import { toggledLog, type ToggledLog } from '../options/logging.js';
import { makeWorkDir, takeWorkDir } from '../options/work-dir.js';
import { redirectTo, startElection, type Election } from './election.js';
import { addMasterRoutes, authenticators } from './http.js';
import { MESOS_VERSION, masterInfo } from './identity.js';
import { createMaster, MASTER_DEFAULTS } from './master.js';
import { REALM, type Leading } from './operator/context.js';
import { openSubscribers } from './operator/subscribers.js';
import { settingsOf, shownFlags, type MasterFlags, type MasterSettings } from './options.js';
import { openRegistry } from './registry.js';
import type { Master, MasterOptions, MasterRegistryPort } from './types.js';

export interface MasterStartTools {
  readonly log: Log;
  /** Called by `/quitquitquit` and `/abortabortabort`. */
  readonly quit?: () => void;
  readonly abort?: () => void;
  /** It led and does not any more; the process must exit with `EXIT_LOST_LEADERSHIP`. */
  readonly onLost?: () => void;
  /** The registry cannot be read or written; the process must exit. */
  readonly onFailure?: (error: Error) => void;
}

export interface RunningMaster extends RunningService {
  /** Null until it leads. */
  master(): Master | null;
  readonly id: string;
}

/** What `/version` says. It is built where it runs, so it has no date. */
const VERSION = { version: MESOS_VERSION, build_date: '', build_time: 0, build_user: 'murmur' };

/**
 * Starts a master: it listens, contends for leadership, and once elected reads its registry and begins to work. Rejects with
 * OptionError for a value that is not allowed, StartError when it cannot listen or the work dir is another's or cannot be
 * written. Masters of one election share their work dir, for only the one that leads writes.
 */
export async function startMaster(flags: MasterFlags, tools: MasterStartTools): Promise<RunningMaster> {
  const settings = settingsOf(flags);
  const taken = settings.zk === null ? takeWorkDir(flags.workDir, 'master') : null;
  try {
    if (taken === null) makeWorkDir(flags.workDir);
    const running = new Running(flags, settings, toggledLog(tools.log), tools);
    const port = await running.listen();
    const id = randomUUID();
    running.contend(masterInfo(flags, id, port));
    const stop = (): Promise<void> => running.stop().finally(() => taken?.release());
    return { port, id, master: () => running.leading()?.master ?? null, stop };
  } catch (error) {
    taken?.release();
    throw error;
  }
}

class Running {
  readonly #flags: MasterFlags;
  readonly #settings: MasterSettings;
  readonly #logging: ToggledLog;
  readonly #tools: MasterStartTools;
  readonly #authenticate: ReturnType<typeof authenticators>;
  readonly #server: MesosServer;
  #election: Election | null = null;
  #leading: Leading | null = null;
  #stopping: Promise<void> | null = null;

  constructor(flags: MasterFlags, settings: MasterSettings, logging: ToggledLog, tools: MasterStartTools) {
    this.#flags = flags;
    this.#settings = settings;
    this.#logging = logging;
    this.#tools = tools;
    this.#authenticate = authenticators(flags, settings.credentials);
    this.#server = this.#createServer();
  }

  #createServer(): MesosServer {
    const { quit, abort } = this.#tools;
    const nothing = (): void => undefined;
    const metrics = createMetrics();
    const server = createServer({
      name: 'master',
      log: this.#logging.log,
      metrics,
      clusterKey: this.#settings.clusterKey ?? '',
      onQuit: quit ?? nothing,
      onAbort: abort ?? nothing,
      gate: (url) => this.#gate(url),
      authenticate: this.#authenticate,
    });
    const { cluster } = this.#flags;
    const facts = {
      version: VERSION,
      flags: shownFlags(this.#flags),
      cluster: cluster === '' ? null : cluster,
    };
    const current = (): Leading | null => this.#leading;
    addMasterRoutes(server, { facts, logging: this.#logging, current }, () => this.#election);
    addGauges(metrics, current);
    return server;
  }

  #gate(url: string): HttpAnswer | null {
    if (this.#election?.leading() !== true) return redirectTo(this.#election?.leader() ?? null, url);
    return this.#leading === null ? textAnswer(503, 'Master has not finished recovery') : null;
  }

  leading(): Leading | null {
    return this.#leading;
  }

  listen(): Promise<number> {
    return listenAt(this.#server, this.#flags.port, this.#flags.ip);
  }

  contend(info: MasterInfo): void {
    const { log } = this.#logging;
    this.#election = startElection({
      zk: this.#settings.zk,
      sessionTimeoutMs: this.#settings.zkSessionTimeoutMs,
      info,
      log,
      onElected: () => {
        log.info({ id: info.id, master: info.pid }, 'elected as the leading master');
        this.#lead(info).catch((error: unknown) => {
          this.#fail(error);
        });
      },
      onLost: () => {
        log.error({ id: info.id }, 'lost leadership');
        this.#leading?.master.stop();
        this.#tools.onLost?.();
      },
    });
  }

  async #lead(info: MasterInfo): Promise<void> {
    const leading = await beginToLead({
      flags: this.#flags,
      settings: this.#settings,
      info,
      log: this.#logging.log,
      authenticate: (request) => this.#authenticate(REALM.frameworks, request),
      fail: (error) => {
        this.#fail(error);
      },
    });
    if (this.#stopping === null) this.#leading = leading;
    else await end(leading);
  }

  #fail(error: unknown): void {
    const failure = error instanceof Error ? error : new Error(String(error));
    if (this.#tools.onFailure !== undefined) this.#tools.onFailure(failure);
    else this.#logging.log.error({ err: failure }, 'the registry failed');
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    const led = this.#leading;
    this.#leading = null;
    await this.#election?.close();
    if (led !== null) await end(led);
    this.#logging.close();
    await this.#server.close(this.#flags.graceMs);
  }
}

interface LeadOptions {
  readonly flags: MasterFlags;
  readonly settings: MasterSettings;
  readonly info: MasterInfo;
  readonly log: Log;
  readonly authenticate: NonNullable<MasterOptions['authenticate']>;
  readonly fail: (error: Error) => void;
}

async function beginToLead(options: LeadOptions): Promise<Leading> {
  const { flags, settings, info, log, authenticate, fail } = options;
  const registry = await openRegistry(flags.workDir);
  // What was not stored must not be acted on, and nothing more can be: the process ends.
  const guarded: MasterRegistryPort = {
    store: (change) =>
      registry.store(change).catch((error: unknown) => {
        fail(new Error('the registry cannot be written', { cause: error }));
        throw error;
      }),
  };
  const master = createMaster({
    config: {
      ...MASTER_DEFAULTS,
      info,
      allocationIntervalMs: settings.allocationIntervalMs,
      agentPingTimeoutMs: settings.agentPingTimeoutMs,
      maxAgentPingTimeouts: flags.maxAgentPingTimeouts,
      agentReregisterTimeoutMs: settings.agentReregisterTimeoutMs,
      offerTimeoutMs: settings.offerTimeoutMs,
      minAllocatable: settings.minAllocatable,
      clusterKey: settings.clusterKey,
    },
    now: Date.now,
    random: Math.random,
    uuid: randomUUID,
    log,
    registry: guarded,
    authenticate,
  });
  const { recovered } = registry;
  master.restore(recovered.weights.length > 0 ? recovered : { ...recovered, weights: settings.weights });
  master.start();
  return { master, registry, subscribers: openSubscribers(master, log) };
}

async function end({ master, registry, subscribers }: Leading): Promise<void> {
  subscribers.close();
  master.stop();
  await registry.close();
}

/** For Prometheus; what Mesos's tools read is at `/metrics/snapshot`. */
function addGauges(metrics: Metrics, current: () => Leading | null): void {
  const gauge = (name: string, help: string, value: (master: Master) => number): void => {
    const each = metrics.gauge(name, help, [], () => {
      const leading = current();
      each.set(leading === null ? 0 : value(leading.master));
    });
  };
  gauge('murmur_mesos_master_leading', '1 while this master leads.', () => 1);
  gauge('murmur_mesos_master_agents', 'Agents that are admitted.', ({ state }) => state.agents.size);
  gauge('murmur_mesos_master_frameworks', 'Frameworks that are known.', ({ state }) => state.frameworks.size);
  gauge('murmur_mesos_master_offers', 'Offers without an answer.', ({ state }) => state.offers.size);
  gauge('murmur_mesos_master_tasks', 'Tasks that are not completed.', ({ state }) =>
    [...state.frameworks.values()].reduce((sum, framework) => sum + framework.tasks.size, 0),
  );
}
