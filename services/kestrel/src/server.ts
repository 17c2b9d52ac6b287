import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { totalmem } from 'node:os';
import type { Log } from '@murmur/service';
import type { Access, ClientConnection, Services } from './services.js';
import { ConfigBook } from './config/book-core.js';
import { loadConfig } from './config/file.js';
import { QUEUE_DEFAULTS, type ServerConfig } from './config/schema.js';
import { acceptMemcache } from './memcache/connection.js';
import { Deadlines, TICK_MS } from './queue/deadlines-core.js';
import { JournalFolder } from './journal/folder.js';
import { JournalWriter } from './journal/writer.js';
import { Registry } from './queue/registry-core.js';
import type { Hub } from './queue/session-core.js';
import { StatusKeeper } from './queue/status-core.js';
import { Turn } from './journal/turn.js';

export const VERSION = '0.1.0';
const BACKLOG = 1024;
const EVERYTHING: Access = { reads: true, writes: true };

export interface QueueServerOptions {
  readonly config: ServerConfig;
  /** Read again by `reload`; empty: there is none. */
  readonly configFile: string;
  readonly queuePath: string;
  readonly log: Log;
  /** What the command `shutdown` does. */
  readonly quit: () => void;
}

/** Queues, journals and the memcache port of one server. */
export class QueueServer {
  readonly services: Services;
  readonly #options: QueueServerOptions;
  #config: ServerConfig;
  readonly #turn: Turn;
  readonly #folder: JournalFolder;
  readonly #hub: Hub;
  readonly #connections = new Set<ClientConnection>();
  readonly #server: Server;
  readonly #startedAt = Date.now();
  /** Of connections that are gone. */
  #bytesRead = 0;
  #bytesWritten = 0;
  #totalConnections = 0;
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
      status: new StatusKeeper(),
      maxOpenReads: options.config.maxOpenTransactions,
      counts: { gets: 0, sets: 0, peeks: 0, hits: 0, misses: 0, monitors: 0, monitorGets: 0 },
    };
    this.services = this.#makeServices();
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = options.config.maxConnections;
  }

  /** Brings back the queues of the folder and makes those that the config declares. */
  open(): void {
    const now = Date.now();
    const { registry } = this.#hub;
    for (const name of [...this.#folder.queues(), ...registry.book.declaredParents()]) {
      if (registry.obtain(name, now) === null) throw new Error(`queue ${name}: its journal cannot be opened`);
    }
    this.#turn.end();
    this.#startSweeper();
  }

  listen(port: number, host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ port, host, backlog: BACKLOG }, () => {
        this.#server.off('error', reject);
        this.#server.on('error', (err) => this.#options.log.warn({ err }, 'a connection could not be taken'));
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  /** Answers what waits, closes connections (at once after `graceMs`) and then the journals. */
  async close(graceMs: number): Promise<void> {
    this.#hub.status.goDown();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections) connection.shutDown(Date.now());
    this.#turn.end();
    const cut = setTimeout(() => {
      for (const connection of this.#connections) connection.destroy();
    }, graceMs);
    if (this.#server.listening || this.#connections.size > 0) await closed;
    clearTimeout(cut);
    if (this.#wheel !== null) clearInterval(this.#wheel);
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    this.#turn.end();
    for (const { queue } of this.#hub.registry.families()) {
      if (queue.journal instanceof JournalWriter) queue.journal.close();
    }
  }

  #accept(socket: Socket): void {
    this.#totalConnections += 1;
    const connection = acceptMemcache(socket, this.services, EVERYTHING, this.#config.clientTimeout);
    this.#connections.add(connection);
    socket.once('close', () => {
      this.#connections.delete(connection);
      this.#bytesRead += connection.bytesRead;
      this.#bytesWritten += connection.bytesWritten;
    });
  }

  #makeServices(): Services {
    return {
      hub: this.#hub,
      turn: this.#turn,
      version: VERSION,
      facts: () => {
        let bytesRead = this.#bytesRead;
        let bytesWritten = this.#bytesWritten;
        for (const connection of this.#connections) {
          bytesRead += connection.bytesRead;
          bytesWritten += connection.bytesWritten;
        }
        return {
          startedAt: this.#startedAt,
          version: VERSION,
          connections: this.#connections.size,
          totalConnections: this.#totalConnections,
          bytesRead,
          bytesWritten,
          memoryLimit: totalmem(),
          counts: this.#hub.counts,
        };
      },
      journalFacts: ({ journal }) =>
        journal instanceof JournalWriter
          ? { size: journal.size, rewrites: journal.rewrites }
          : { size: 0, rewrites: 0 },
      reload: () => this.#reload(),
      shutdown: this.#options.quit,
    };
  }

  async #reload(): Promise<void> {
    const { configFile, log } = this.#options;
    try {
      this.#config = await loadConfig(configFile);
      this.#hub.maxOpenReads = this.#config.maxOpenTransactions;
      this.#hub.registry.reload(new ConfigBook(this.#config, QUEUE_DEFAULTS), Date.now());
      this.#server.maxConnections = this.#config.maxConnections;
      this.#startSweeper();
      log.info({ configFile }, 'config reloaded');
    } catch (err) {
      log.error({ err }, 'the config cannot be used; the old one stays');
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
    const every = this.#config.expirationTimerFrequency;
    this.#sweeper = every === null || every === 0 ? null : setInterval(() => this.#sweep(Date.now()), every);
  }

  #sweep(now: number): void {
    const { registry } = this.#hub;
    registry.sweep(now);
    for (const { queue } of [...registry.families()]) {
      const { maxQueueAge } = queue.config;
      if (queue.length > 0 || queue.openReads > 0 || queue.waiters.size > 0) queue.usedAt = now;
      if (maxQueueAge === null || now - queue.usedAt <= maxQueueAge) continue;
      registry.delete(queue.name, now);
      registry.counts.expires += 1;
    }
  }
}
