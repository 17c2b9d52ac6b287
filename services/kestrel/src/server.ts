import { totalmem } from 'node:os';
import { StartError, type Log } from '@murmur/service';
import { Clients, type Protocol } from './clients.js';
import { ConfigBook } from './config/book-core.js';
import { loadConfig } from './config/file.js';
import { needRestart } from './config/reload-core.js';
import { QUEUE_DEFAULTS, type ServerConfig } from './config/schema.js';
import { JournalFolder } from './journal/folder.js';
import { Turn } from './journal/turn.js';
import { JournalWriter } from './journal/writer.js';
import { Listener } from './listener.js';
import { acceptMemcache } from './memcache/connection.js';
import { Deadlines, TICK_MS } from './queue/deadlines-core.js';
import { Registry } from './queue/registry-core.js';
import { freshHubCounts, type Hub } from './queue/session-core.js';
import { NO_FIGURES } from './queue/stats-core.js';
import { StatusKeeper, type Status } from './queue/status-core.js';
import type { AcceptClient, Services } from './services.js';
import { acceptText } from './text/connection.js';
import { createThriftAcceptor } from './thrift/connection.js';

export const VERSION = '0.1.0';

export interface QueueServerOptions {
  readonly config: ServerConfig;
  /** Read again by `reload`; empty: there is none. */
  readonly configFile: string;
  readonly queuePath: string;
  /** What the server starts with; asked for once the folder is known to be its own. */
  readonly status: () => Status;
  readonly log: Log;
  /** What the command `shutdown` does. */
  readonly quit: () => void;
}

/** Queues, journals and the client ports of one server. */
export class QueueServer {
  readonly services: Services;
  readonly #options: QueueServerOptions;
  #config: ServerConfig;
  readonly #turn: Turn;
  readonly #folder: JournalFolder;
  readonly #hub: Hub;
  readonly #clients: Clients;
  readonly #listeners: Readonly<Record<Protocol, Listener>>;
  readonly #startedAt = Date.now();
  #wheel: NodeJS.Timeout | null = null;
  #sweeper: NodeJS.Timeout | null = null;

  constructor(options: QueueServerOptions) {
    this.#options = options;
    this.#config = options.config;
    this.#turn = new Turn(() => this.#turnWheel());
    const book = new ConfigBook(options.config, QUEUE_DEFAULTS);
    this.#folder = new JournalFolder(
      options.queuePath,
      () => this.#hub.registry.book,
      this.#turn,
      options.log,
    );
    this.#hub = {
      registry: new Registry(book, this.#folder),
      deadlines: new Deadlines(),
      status: new StatusKeeper(options.status()),
      maxOpenReads: options.config.maxOpenTransactions,
      counts: freshHubCounts(),
      trace: (queue, operation) => options.log.info({ queue, operation }, 'trace'),
    };
    this.#hub.status.graceMs = options.config.statusChangeGracePeriod;
    this.#hub.status.onEnforced(() => this.#hub.registry.rouse(Date.now()));
    this.#clients = new Clients(() => this.#config, options.log);
    this.services = this.#makeServices();
    this.#listeners = {
      memcache: this.#listener('memcache', acceptMemcache),
      text: this.#listener('text', acceptText),
      thrift: this.#listener('thrift', createThriftAcceptor(this.services)),
    };
  }

  /** Brings back the queues of the folder and makes those that the config declares. Throws a StartError. */
  open(): void {
    const now = Date.now();
    const { registry } = this.#hub;
    for (const name of [...this.#folder.queues(), ...registry.book.declaredParents()]) {
      if (registry.obtain(name, now) === null)
        throw new StartError(`queue ${name}: its journal cannot be opened`);
    }
    this.#turn.end();
    this.#startSweeper();
  }

  /** Listens for one protocol; answers the port. Rejects with a StartError. */
  listen(protocol: Protocol, port: number, host: string): Promise<number> {
    return this.#listeners[protocol].listen(port, host, this.#config.connectionBacklog);
  }

  /** Answers what waits, closes connections (at once after `graceMs`) and then the journals. */
  async close(graceMs: number): Promise<void> {
    this.#hub.status.goDown();
    const closed = Object.values(this.#listeners).map((listener) => listener.close());
    this.#clients.shutDown(Date.now());
    this.#turn.end();
    const cut = setTimeout(() => this.#clients.destroy(), graceMs);
    await Promise.all(closed);
    clearTimeout(cut);
    if (this.#wheel !== null) clearInterval(this.#wheel);
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    this.#turn.end();
    await this.#folder.close();
  }

  #listener(protocol: Protocol, accept: AcceptClient): Listener {
    const { log } = this.#options;
    return new Listener(
      protocol,
      (socket) => this.#clients.take(protocol, accept, socket, this.services),
      log,
    );
  }

  #makeServices(): Services {
    const memoryLimit = memoryOfThisProcess();
    return {
      hub: this.#hub,
      turn: this.#turn,
      version: VERSION,
      log: this.#options.log,
      facts: () => {
        const { read, written } = this.#clients.traffic();
        return {
          startedAt: this.#startedAt,
          version: VERSION,
          connections: this.#clients.size,
          connectionsBy: this.#clients.counts,
          totalConnections: this.#clients.total,
          bytesRead: read,
          bytesWritten: written,
          openJournals: this.#folder.openFiles,
          memoryLimit,
          counts: this.#hub.counts,
        };
      },
      journalFacts: ({ journal }) => (journal instanceof JournalWriter ? journal : NO_FIGURES),
      reload: () => this.#reload(),
      shutdown: this.#options.quit,
    };
  }

  async #reload(): Promise<boolean> {
    const { configFile, log } = this.#options;
    try {
      const config = await loadConfig(configFile);
      const ignored = needRestart(this.#config, config);
      if (ignored.length > 0) log.warn({ ignored }, 'these fields of the config change at a restart only');
      this.#config = config;
      this.#hub.maxOpenReads = config.maxOpenTransactions;
      this.#hub.status.graceMs = config.statusChangeGracePeriod;
      this.#hub.registry.reload(new ConfigBook(config, QUEUE_DEFAULTS), Date.now());
      this.#startSweeper();
      log.info({ configFile }, 'config reloaded');
      return true;
    } catch (err) {
      const reason = err instanceof Error ? err.message : String(err);
      log.error({ reason }, 'the config cannot be used; the old one stays');
      return false;
    }
  }

  /** One timer for all waits, and none while nobody waits. */
  #turnWheel(): void {
    const { deadlines } = this.#hub;
    if (deadlines.size === 0) return;
    this.#wheel ??= setInterval(() => {
      deadlines.advance(Date.now());
      if (deadlines.size > 0 || this.#wheel === null) return;
      clearInterval(this.#wheel);
      this.#wheel = null;
    }, TICK_MS);
  }

  #startSweeper(): void {
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    const { registry } = this.#hub;
    const every = this.#config.expirationTimerFrequency;
    this.#sweeper =
      every === null || every === 0 ? null : setInterval(() => registry.expire(Date.now()), every);
  }
}

/** What this process may use, bytes: the machine's memory, or what its control group leaves it. */
function memoryOfThisProcess(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}
